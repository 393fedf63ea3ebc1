/** What stands in for an answer: a quiet placeholder before it, its error where it would be, or both. */
import type { RestError } from '@millrace/rest-client';
import type { ComponentChildren, VNode } from 'preact';
import type { Poll } from '../live/poll.ts';
import { detailsOf, isAway, isMissing } from '../rest/client.ts';

interface LoadedProps<T> {
  readonly poll: Poll<T>;
  /** What is being fetched, for the error's first words: `checkpoints`. */
  readonly what: string;
  /** Lines that the placeholder takes, so that little moves when the answer comes. */
  readonly lines?: number;
  /** Shown instead of an error where the server does not know the path. */
  readonly missing?: ComponentChildren;
  readonly children: (data: T) => ComponentChildren;
}

/** The last answer stays while the server does not answer; only then the error stands above it. */
export function Loaded<T>(props: LoadedProps<T>): VNode {
  const { poll, what, lines = 3, missing, children } = props;
  const data = poll.data.value;
  const error = poll.error.value;
  if (error !== undefined && isMissing(error) && missing !== undefined) {
    return <>{missing}</>;
  }
  return (
    <>
      {error !== undefined && (data === undefined || !isAway(error)) && (
        <ErrorNote what={what} error={error} />
      )}
      {data === undefined && error === undefined && <Placeholder lines={lines} what={what} />}
      {data !== undefined && children(data)}
    </>
  );
}

export function ErrorNote({ what, error }: { what: string; error: RestError }): VNode {
  const details = detailsOf(error);
  const isAll = details.endsWith(error.message) || error.message.endsWith(details);
  const isTold = !error.code.startsWith('REST_');
  return (
    <div class="note bad" role="alert">
      <p>
        <strong>{what}:</strong> {error.message}
        {isTold && <span class="quiet"> ({error.code})</span>}
      </p>
      {!isAll && (
        <details>
          <summary>All of the server’s words</summary>
          <pre class="trace">{details}</pre>
        </details>
      )}
    </div>
  );
}

/** Of an endpoint that this server lacks: what it would give, and why it is not there. */
export function NotServed({ what }: { what: string }): VNode {
  return (
    <div class="note">
      <p>
        This server has no endpoint for <strong>{what}</strong>. Millrace serves it; Apache Flink
        does not.
      </p>
    </div>
  );
}

export function Empty({ children }: { children: ComponentChildren }): VNode {
  return <p class="empty">{children}</p>;
}

export function Placeholder({ lines, what }: { lines: number; what: string }): VNode {
  return (
    <div class="placeholder" role="status" aria-label={`Loading ${what}`}>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} />
      ))}
    </div>
  );
}
