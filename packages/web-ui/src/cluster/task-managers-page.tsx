/** The task managers: slots, memory, last sign of life; one looked at closely with its logs. */
import type { VNode } from 'preact';
import { formatBytes, formatCount, formatPercent } from '../format/numbers.ts';
import { formatAgo, formatDuration } from '../format/times.ts';
import { secondsClock } from '../live/browser-clock.ts';
import { usePoll } from '../live/poll.ts';
import { LogView } from '../logs/log-view.tsx';
import { path } from '../rest/client.ts';
import type { TaskManager, TaskManagerDetails, TaskManagers } from '../rest/cluster.ts';
import { goTo } from '../routing/location.ts';
import { hrefOf } from '../routing/routes.ts';
import { type Column, DataTable } from '../widgets/data-table.tsx';
import { Fact, Facts } from '../widgets/facts.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { ThreadDumpView } from './thread-dump.tsx';

export function TaskManagersPage(): VNode {
  const all = usePoll<TaskManagers>('taskmanagers');
  return (
    <>
      <div class="page-head">
        <h1>Task managers</h1>
      </div>
      <Loaded poll={all} what="Task managers" lines={4}>
        {({ taskmanagers }) => (
          <DataTable<TaskManager>
            label="Task managers"
            columns={COLUMNS}
            rows={taskmanagers}
            rowKey={({ id }) => id}
            onOpen={({ id }) => goTo(['task-manager', id])}
            empty="No task manager is there. With execution.target: threads those of a job come and go with it."
          />
        )}
      </Loaded>
    </>
  );
}

const COLUMNS: readonly Column<TaskManager>[] = [
  {
    title: 'Id',
    grow: true,
    sort: ({ id }) => id,
    cell: ({ id }) => (
      <a href={hrefOf(['task-manager', id])} tabIndex={-1}>
        {id}
      </a>
    ),
  },
  {
    title: 'Slots free',
    numeric: true,
    sort: ({ freeSlots }) => freeSlots,
    cell: ({ freeSlots, slotsNumber }) => `${freeSlots} of ${slotsNumber}`,
  },
  {
    title: 'Last sign of life',
    numeric: true,
    cell: ({ timeSinceLastHeartbeat }) => <Heartbeat at={timeSinceLastHeartbeat} />,
  },
  {
    title: 'CPU cores',
    numeric: true,
    wideOnly: true,
    cell: ({ hardware }) => formatCount(hardware?.cpuCores),
  },
  {
    title: 'Memory',
    numeric: true,
    wideOnly: true,
    cell: ({ hardware }) => formatBytes(hardware?.physicalMemory),
  },
  {
    title: 'Managed memory',
    numeric: true,
    wideOnly: true,
    cell: ({ hardware }) => formatBytes(hardware?.managedMemory),
  },
];

/** Named a span by Flink, it is a moment. */
function Heartbeat({ at }: { at: number | undefined }): VNode {
  return <>{formatAgo(at, secondsClock.value)}</>;
}

export function TaskManagerPage({ id }: { id: string }): VNode {
  const base = path`taskmanagers/${id}`;
  const details = usePoll<TaskManagerDetails>(base);
  return (
    <>
      <div class="page-head">
        <h1>
          <a class="quiet" href={hrefOf(['task-managers'])}>
            Task managers
          </a>
          <span class="quiet"> / </span>
          {id}
        </h1>
      </div>
      <Loaded poll={details} what="Task manager" lines={3}>
        {(data) => <Details details={data} />}
      </Loaded>
      <h2>Log</h2>
      <LogView base={base} />
      <ThreadDumpView base={base} />
    </>
  );
}

function Details({ details }: { details: TaskManagerDetails }): VNode {
  const { metrics, hardware } = details;
  return (
    <Facts>
      <Fact name="Slots free">
        {details.freeSlots} of {details.slotsNumber}
      </Fact>
      <Fact name="Heap">{used(metrics.heapUsed, metrics.heapMax)}</Fact>
      <Fact name="Outside the heap">{formatBytes(metrics.nonHeapUsed)}</Fact>
      <Fact name="Direct buffers">{used(metrics.directUsed, metrics.directMax)}</Fact>
      <Fact name="Network">
        {used(metrics.nettyShuffleMemoryUsed, metrics.nettyShuffleMemoryTotal)}
      </Fact>
      <Fact name="Managed">{formatBytes(hardware?.managedMemory)}</Fact>
      {metrics.garbageCollectors.map(({ name, count, time }) => (
        <Fact key={name} name={`GC ${name}`}>
          {formatCount(count)} · {formatDuration(time)}
        </Fact>
      ))}
    </Facts>
  );
}

function used(bytes: number | undefined, of: number | undefined): string {
  return bytes === undefined || of === undefined || of <= 0
    ? formatBytes(bytes)
    : `${formatBytes(bytes)} of ${formatBytes(of)} (${formatPercent(bytes / of)})`;
}
