/** What can be done to a job: savepoint, stop, cancel; each asks first and shows how it goes. */
import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { hasEnded } from '../jobs/job-order.ts';
import { nowMs } from '../live/browser-clock.ts';
import { refreshAll } from '../live/poll.ts';
import { startOperation } from '../operations/operation.ts';
import { OperationDialog } from '../operations/operation-dialog.tsx';
import { restClient } from '../rest/client.ts';
import type { JobState } from '../rest/jobs.ts';
import { Dialog } from '../widgets/dialog.tsx';

type Action = 'savepoint' | 'stop' | 'cancel';

interface ActionProps {
  readonly jid: string;
  readonly name: string;
  readonly onClose: () => void;
}

export function JobActions({
  jid,
  name,
  state,
}: {
  jid: string;
  name: string;
  state: JobState;
}): VNode {
  const open = useSignal<Action | undefined>(undefined);
  const props = {
    jid,
    name,
    onClose: () => {
      open.value = undefined;
    },
  };
  const button = (action: Action, text: string, isDanger = false): VNode => (
    <button
      type="button"
      class={isDanger ? 'danger' : undefined}
      disabled={hasEnded({ state }) || state === 'CANCELLING'}
      onClick={() => {
        open.value = action;
      }}
    >
      {text}
    </button>
  );
  return (
    <div class="actions">
      {button('savepoint', 'Savepoint…')}
      {button('stop', 'Stop…')}
      {button('cancel', 'Cancel…', true)}
      {open.value === 'savepoint' && <SavepointDialog {...props} />}
      {open.value === 'stop' && <StopDialog {...props} />}
      {open.value === 'cancel' && <CancelDialog {...props} />}
    </div>
  );
}

const FORMATS = ['CANONICAL', 'NATIVE'] as const;
type Format = (typeof FORMATS)[number];

function useSavepointFields(): {
  fields: VNode;
  directory: ReadonlySignal<string>;
  format: ReadonlySignal<Format>;
} {
  const directory = useSignal('');
  const format = useSignal<Format>(FORMATS[0]);
  const fields = (
    <>
      <label>
        Directory
        <input
          type="text"
          placeholder="execution.checkpointing.savepoint-dir of the configuration"
          value={directory.value}
          onInput={(event) => {
            directory.value = event.currentTarget.value;
          }}
        />
      </label>
      <fieldset>
        <legend>Format</legend>
        {FORMATS.map((one) => (
          <label key={one} class="choice">
            <input
              type="radio"
              name="format"
              checked={format.value === one}
              onChange={() => {
                format.value = one;
              }}
            />
            {one === 'CANONICAL' ? 'Canonical: any backend reads it' : 'Native: faster'}
          </label>
        ))}
      </fieldset>
    </>
  );
  return { fields, directory, format };
}

/** The configured one where nothing was given. */
function folder(given: string): { targetDirectory?: string } {
  return given === '' ? {} : { targetDirectory: given };
}

function SavepointDialog({ jid, name, onClose }: ActionProps): VNode {
  const { fields, directory, format } = useSavepointFields();
  return (
    <OperationDialog
      title={`Savepoint of ${name}`}
      verb="Take the savepoint"
      onClose={onClose}
      start={() =>
        startOperation((options) =>
          restClient().triggerSavepoint(jid, {
            ...options,
            ...folder(directory.peek()),
            ...{ what: `savepoint of ${name}`, cancelJob: false, formatType: format.peek() },
          }),
        )
      }
    >
      <p>The job runs on. Nothing deletes the savepoint but you.</p>
      {fields}
    </OperationDialog>
  );
}

function StopDialog({ jid, name, onClose }: ActionProps): VNode {
  const { fields, directory, format } = useSavepointFields();
  const drain = useSignal(false);
  return (
    <OperationDialog
      title={`Stop ${name}`}
      verb="Stop the job"
      onClose={onClose}
      start={() =>
        startOperation((options) =>
          restClient().stopWithSavepoint(jid, {
            ...options,
            ...folder(directory.peek()),
            ...{ what: `stop of ${name}`, drain: drain.peek(), formatType: format.peek() },
          }),
        )
      }
    >
      <p>
        The sources read no more, a savepoint is taken, and the job ends. It can start from there.
      </p>
      {fields}
      <label class="choice">
        <input
          type="checkbox"
          checked={drain.value}
          onChange={(event) => {
            drain.value = event.currentTarget.checked;
          }}
        />
        Drain: event time ends first, so all windows fire. The job should not go on from it.
      </label>
    </OperationDialog>
  );
}

function CancelDialog({ jid, name, onClose }: ActionProps): VNode {
  const failure = useSignal<string | undefined>(undefined);
  const askedAt = useSignal(0);
  const cancel = async (): Promise<void> => {
    askedAt.value = nowMs();
    try {
      await restClient().cancelJob(jid);
      refreshAll();
      onClose();
    } catch (error) {
      askedAt.value = 0;
      failure.value = error instanceof Error ? error.message : String(error);
    }
  };
  return (
    <Dialog title={`Cancel ${name}`} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void cancel();
        }}
      >
        <p>
          The job ends at once, without a savepoint. What came after its last checkpoint is computed
          again when it is started from there.
        </p>
        {failure.value !== undefined && (
          <div class="note bad" role="alert">
            <p>{failure.value}</p>
          </div>
        )}
        <footer>
          <button type="button" onClick={onClose}>
            Leave it running
          </button>
          <button class="danger" type="submit" disabled={askedAt.value > 0}>
            Cancel the job
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
