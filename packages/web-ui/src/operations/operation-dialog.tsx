/** Asks before something is done to a job, then shows how it goes and how it ended. */
import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { formatDuration } from '../format/times.ts';
import { secondsClock } from '../live/browser-clock.ts';
import { Dialog } from '../widgets/dialog.tsx';
import { Copied } from '../widgets/facts.tsx';
import type { Progress } from './operation.ts';

interface OperationDialogProps {
  readonly title: string;
  readonly verb: string;
  readonly onClose: () => void;
  readonly start: () => ReadonlySignal<Progress>;
  readonly children: ComponentChildren;
}

export function OperationDialog(props: OperationDialogProps): VNode {
  const progress = useSignal<ReadonlySignal<Progress> | undefined>(undefined);
  const now = progress.value?.value;
  const underWay = now?.step === 'asked' || now?.step === 'running';
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          progress.value = props.start();
        }}
      >
        {now?.step !== 'done' && <fieldset disabled={underWay}>{props.children}</fieldset>}
        <div aria-live="polite">{now !== undefined && <ProgressNote progress={now} />}</div>
        <footer>
          <button type="button" onClick={props.onClose}>
            {now === undefined ? 'Leave it' : 'Close'}
          </button>
          {now?.step !== 'done' && (
            <button class="primary" type="submit" disabled={underWay}>
              {now?.step === 'failed' ? 'Try again' : props.verb}
            </button>
          )}
        </footer>
      </form>
    </Dialog>
  );
}

function ProgressNote({ progress }: { progress: Progress }): VNode {
  switch (progress.step) {
    case 'asked':
    case 'running':
      return (
        <p class="progress">
          <i class="spin" aria-hidden="true" /> Under way for <Since since={progress.since} />
        </p>
      );
    case 'done':
      return (
        <div class="note good">
          <p>Done in {formatDuration(progress.tookMs)}.</p>
          {progress.result !== '' && <Copied text={progress.result} what="path" />}
        </div>
      );
    case 'failed':
      return (
        <div class="note bad" role="alert">
          <p>{progress.message}</p>
          <details>
            <summary>All of the server’s words</summary>
            <pre class="trace">{progress.details}</pre>
          </details>
        </div>
      );
  }
}

function Since({ since }: { since: number }): VNode {
  const seconds = Math.max(0, Math.round((secondsClock.value - since) / 1000));
  return <span aria-live="off">{formatDuration(seconds * 1000)}</span>;
}
