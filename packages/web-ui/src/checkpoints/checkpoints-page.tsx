/** The checkpoints of a job: counts, sizes and durations over time, history, and one looked at closely. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { formatBytes } from '../format/numbers.ts';
import { formatAgo, formatDuration, formatTime } from '../format/times.ts';
import { hasEnded } from '../jobs/job-order.ts';
import { nowMs, secondsClock } from '../live/browser-clock.ts';
import { usePoll } from '../live/poll.ts';
import { startOperation } from '../operations/operation.ts';
import { OperationDialog } from '../operations/operation-dialog.tsx';
import type { Checkpoint, CheckpointStatistics } from '../rest/checkpoints.ts';
import { path, restClient } from '../rest/client.ts';
import type { JobDetails } from '../rest/jobs.ts';
import { goTo, route } from '../routing/location.ts';
import { hrefOf } from '../routing/routes.ts';
import { type Column, DataTable } from '../widgets/data-table.tsx';
import { Fact, Facts } from '../widgets/facts.tsx';
import { Empty, Loaded } from '../widgets/loaded.tsx';
import { Plot } from '../widgets/plot.tsx';
import { StatusBadge } from '../widgets/status-badge.tsx';
import { CheckpointDetails } from './checkpoint-details.tsx';

export function CheckpointsPage({ job }: { job: JobDetails }): VNode {
  const statistics = usePoll<CheckpointStatistics>(path`jobs/${job.jid}/checkpoints`);
  const chosen = route.value.parts[3];
  return (
    <Loaded
      poll={statistics}
      what="Checkpoints"
      lines={8}
      missing={<Empty>Checkpointing is not enabled for this job.</Empty>}
    >
      {(data) => (
        <>
          <CheckpointFacts statistics={data} job={job} />
          {chosen !== undefined && (
            <CheckpointDetails
              key={chosen}
              job={job}
              checkpointId={chosen}
              onClose={() => goTo(['job', job.jid, 'checkpoints'])}
            />
          )}
          <CheckpointPlots history={data.history} />
          <h2>History</h2>
          <DataTable<Checkpoint>
            label="Checkpoints, newest first"
            columns={columnsFor(job.jid)}
            rows={data.history}
            rowKey={({ id }) => id}
            isChosen={({ id }) => String(id) === chosen}
            onOpen={({ id }) => goTo(['job', job.jid, 'checkpoints', id])}
            empty="No checkpoint yet."
          />
        </>
      )}
    </Loaded>
  );
}

function CheckpointFacts({
  statistics,
  job,
}: {
  statistics: CheckpointStatistics;
  job: JobDetails;
}): VNode {
  const { counts, latest } = statistics;
  const duration = statistics.summary.end_to_end_duration;
  const asking = useSignal(false);
  return (
    <div class="tools">
      <Facts>
        <Fact name="Completed">{counts.completed}</Fact>
        <Fact name="Under way">{counts.in_progress}</Fact>
        <Fact name="Failed">
          <span class={counts.failed > 0 ? 'warn-text' : undefined}>{counts.failed}</span>
        </Fact>
        <Fact name="Restored">{counts.restored}</Fact>
        <Fact name="Last">
          <Ago at={latest.completed?.latest_ack_timestamp} />
        </Fact>
        <Fact name="Duration, mean and 99 %">
          {formatDuration(duration?.avg)} · {formatDuration(duration?.p99)}
        </Fact>
        {latest.restored !== null && (
          <Fact name="Began from" title={latest.restored.external_path ?? ''}>
            {latest.restored.is_savepoint ? 'savepoint' : 'checkpoint'} {latest.restored.id}
          </Fact>
        )}
      </Facts>
      <button
        type="button"
        disabled={hasEnded(job)}
        onClick={() => {
          asking.value = true;
        }}
      >
        Checkpoint now…
      </button>
      {asking.value && (
        <TriggerDialog
          jid={job.jid}
          onClose={() => {
            asking.value = false;
          }}
        />
      )}
    </div>
  );
}

function TriggerDialog({ jid, onClose }: { jid: string; onClose: () => void }): VNode {
  const isFull = useSignal(false);
  return (
    <OperationDialog
      title="Take a checkpoint now"
      verb="Take it"
      onClose={onClose}
      start={() =>
        startOperation(async (options) => {
          const checkpointType = isFull.peek() ? 'FULL' : 'CONFIGURED';
          const id = await restClient().triggerCheckpoint(jid, { ...options, checkpointType });
          return `checkpoint ${id}`;
        })
      }
    >
      <label class="choice">
        <input
          type="checkbox"
          checked={isFull.value}
          onChange={(event) => {
            isFull.value = event.currentTarget.checked;
          }}
        />
        Full: also what earlier checkpoints hold is written anew
      </label>
    </OperationDialog>
  );
}

function Ago({ at }: { at: number | undefined }): VNode {
  return <>{formatAgo(at, secondsClock.value)}</>;
}

function CheckpointPlots({ history }: { history: readonly Checkpoint[] }): VNode | null {
  // A savepoint writes all anew and would dwarf what checkpoints write.
  const completed = history
    .filter(({ status, is_savepoint }) => status === 'COMPLETED' && !is_savepoint)
    .reverse();
  if (completed.length < 2) {
    return null;
  }
  const times = completed.map(({ trigger_timestamp }) => trigger_timestamp);
  return (
    <div class="plots">
      <Plot
        label="Size of checkpoints"
        times={times}
        format={formatBytes}
        points
        series={[
          { label: 'full size', values: completed.map(({ state_size }) => state_size) },
          { label: 'written', values: completed.map((one) => one.checkpointed_size) },
        ]}
      />
      <Plot
        label="Duration of checkpoints"
        times={times}
        format={formatDuration}
        points
        series={[{ label: 'duration', values: completed.map((one) => one.end_to_end_duration) }]}
      />
    </div>
  );
}

function columnsFor(jid: string): readonly Column<Checkpoint>[] {
  return [
    {
      title: 'Id',
      numeric: true,
      sort: ({ id }) => id,
      cell: ({ id }) => (
        <a href={hrefOf(['job', jid, 'checkpoints', id])} tabIndex={-1}>
          {id}
        </a>
      ),
    },
    { title: 'State', cell: ({ status }) => <StatusBadge status={status} /> },
    { title: 'Kind', wideOnly: true, cell: kindOf },
    {
      title: 'Triggered',
      sort: (one) => one.trigger_timestamp,
      cell: (one) => formatTime(one.trigger_timestamp, nowMs()),
    },
    {
      title: 'Took',
      numeric: true,
      sort: (one) => one.end_to_end_duration,
      cell: (one) => formatDuration(one.end_to_end_duration),
    },
    {
      title: 'Written',
      numeric: true,
      sort: (one) => one.checkpointed_size,
      cell: (one) => formatBytes(one.checkpointed_size),
    },
    {
      title: 'Full size',
      numeric: true,
      wideOnly: true,
      sort: (one) => one.state_size,
      cell: (one) => formatBytes(one.state_size),
    },
    {
      title: 'In flight',
      numeric: true,
      wideOnly: true,
      cell: (one) => formatBytes(one.persisted_data),
    },
    {
      title: 'Acknowledged',
      numeric: true,
      wideOnly: true,
      cell: (one) => `${one.num_acknowledged_subtasks} of ${one.num_subtasks}`,
    },
  ];
}

function kindOf(one: Checkpoint): string {
  const kind = one.is_savepoint ? 'savepoint' : 'checkpoint';
  const format = one.savepointFormat?.toLowerCase();
  const unaligned = one.checkpoint_type?.toLowerCase().includes('unaligned') === true;
  return [unaligned ? 'unaligned' : undefined, kind, format].filter(Boolean).join(', ');
}
