/** Why a job failed: the root cause, and each failure before it with its task and time. */
import { serverMessage } from '@millrace/rest-client';
import type { VNode } from 'preact';
import { formatAgo, formatTime } from '../format/times.ts';
import { nowMs } from '../live/browser-clock.ts';
import { usePoll } from '../live/poll.ts';
import { path } from '../rest/client.ts';
import type { ExceptionInfo, JobExceptions } from '../rest/jobs.ts';
import { hrefOf } from '../routing/routes.ts';
import { Empty, Loaded } from '../widgets/loaded.tsx';

const EXCEPTIONS_MAX = 50;

export function ExceptionsPage({ jid }: { jid: string }): VNode {
  const exceptions = usePoll<JobExceptions>(
    `${path`jobs/${jid}/exceptions`}?maxExceptions=${EXCEPTIONS_MAX}`,
  );
  return (
    <Loaded poll={exceptions} what="Exceptions" lines={8}>
      {(data) => <Failures exceptions={data} />}
    </Loaded>
  );
}

function Failures({ exceptions }: { exceptions: JobExceptions }): VNode {
  const root = exceptions['root-exception'];
  const history = exceptions.exceptionHistory?.entries ?? [];
  if ((root === undefined || root === null) && history.length === 0) {
    return <Empty>This job has not failed.</Empty>;
  }
  return (
    <>
      {root !== undefined && root !== null && (
        <section class="panel">
          <header>
            <h2>Root cause</h2>
            <span class="quiet">{formatTime(exceptions.timestamp, nowMs())}</span>
          </header>
          <p class="failure-message">{rootCause(root)}</p>
          <details open={history.length === 0}>
            <summary>Trace</summary>
            <pre class="trace">{root}</pre>
          </details>
        </section>
      )}
      <h2>History</h2>
      <ol class="failures">
        {history.map((entry, index) => (
          <Failure
            key={`${entry.timestamp} ${index}`}
            failure={entry}
            others={entry.concurrentExceptions ?? []}
          />
        ))}
      </ol>
      {exceptions.exceptionHistory?.truncated === true && (
        <p class="quiet">Only the newest {EXCEPTIONS_MAX} are shown.</p>
      )}
    </>
  );
}

function Failure({
  failure,
  others,
}: {
  failure: ExceptionInfo;
  others: readonly ExceptionInfo[];
}): VNode {
  const place = failure.endpoint ?? failure.location;
  const labels = Object.entries(failure.failureLabels ?? {});
  return (
    <li>
      <div class="failure-head">
        <time dateTime={new Date(failure.timestamp).toISOString()}>
          {formatTime(failure.timestamp, nowMs())}
        </time>
        <span class="quiet">{formatAgo(failure.timestamp, nowMs())}</span>
        <strong>{failure.taskName ?? 'the job as a whole'}</strong>
        {failure.taskManagerId !== undefined && failure.taskManagerId !== null && (
          <a href={hrefOf(['task-manager', failure.taskManagerId])}>
            {place ?? failure.taskManagerId}
          </a>
        )}
        {labels.map(([name, value]) => (
          <span key={name} class="badge idle">
            {name}: {value}
          </span>
        ))}
      </div>
      <details>
        <summary>{rootCause(failure.stacktrace)}</summary>
        <pre class="trace">{failure.stacktrace}</pre>
      </details>
      {others.length > 0 && (
        <details class="others">
          <summary>{others.length} more at the same time</summary>
          <ol class="failures">
            {others.map((other, index) => (
              <Failure key={`${other.timestamp} ${index}`} failure={other} others={[]} />
            ))}
          </ol>
        </details>
      )}
    </li>
  );
}

/** The last cause says what happened; those before it, who noticed. */
function rootCause(trace: string): string {
  const causes = trace.split('\n').filter((line) => line.startsWith('Caused by: '));
  const { code, text } = serverMessage(causes.at(-1) ?? trace);
  return code === undefined ? text : `${code}: ${text}`;
}
