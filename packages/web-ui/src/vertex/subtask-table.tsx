/** The subtasks of an operator: state, load, what each has read and written, its watermark. */
import type { VNode } from 'preact';
import { formatBytes, formatCount, formatPercent } from '../format/numbers.ts';
import { formatDuration, formatWatermark } from '../format/times.ts';
import { nowMs } from '../live/browser-clock.ts';
import { usePoll } from '../live/poll.ts';
import type { BackPressure, MetricValue, Subtask, VertexDetails } from '../rest/jobs.ts';
import { type Column, DataTable } from '../widgets/data-table.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { StatusBadge } from '../widgets/status-badge.tsx';

interface SubtaskRow {
  readonly subtask: Subtask;
  readonly busy: number | undefined;
  readonly backPressured: number | undefined;
  readonly watermark: string | undefined;
}

export function SubtaskTable({ vertexPath }: { vertexPath: string }): VNode {
  const vertex = usePoll<VertexDetails>(vertexPath);
  const pressure = usePoll<BackPressure>(`${vertexPath}/backpressure`, 5000).data.value;
  const watermarks = usePoll<MetricValue[]>(`${vertexPath}/watermarks`, 5000).data.value;
  const rowOf = (subtask: Subtask): SubtaskRow => {
    const load = pressure?.subtasks?.find((one) => one.subtask === subtask.subtask);
    const watermark = watermarks?.find(({ id }) => id.startsWith(`${subtask.subtask}.`));
    return {
      subtask,
      busy: load?.busyRatio,
      backPressured: load?.ratio,
      watermark: watermark?.value,
    };
  };
  return (
    <Loaded poll={vertex} what="Subtasks" lines={4}>
      {(data) => (
        <DataTable<SubtaskRow>
          label="Subtasks"
          columns={COLUMNS}
          rows={data.subtasks.map(rowOf)}
          rowKey={({ subtask }) => subtask.subtask}
        />
      )}
    </Loaded>
  );
}

const COLUMNS: readonly Column<SubtaskRow>[] = [
  {
    title: '#',
    numeric: true,
    sort: ({ subtask }) => subtask.subtask,
    cell: ({ subtask }) => subtask.subtask,
  },
  { title: 'State', cell: ({ subtask }) => <StatusBadge status={subtask.status} /> },
  {
    title: 'Busy',
    numeric: true,
    sort: ({ busy }) => busy ?? Number.NaN,
    cell: ({ busy }) => formatPercent(busy),
  },
  {
    title: 'Pressed',
    numeric: true,
    sort: ({ backPressured }) => backPressured ?? Number.NaN,
    cell: ({ backPressured }) => formatPercent(backPressured),
  },
  {
    title: 'Read',
    numeric: true,
    sort: ({ subtask }) => subtask.metrics['read-records'],
    cell: ({ subtask }) => (
      <span title={formatBytes(subtask.metrics['read-bytes'])}>
        {formatCount(subtask.metrics['read-records'])}
      </span>
    ),
  },
  {
    title: 'Written',
    numeric: true,
    wideOnly: true,
    sort: ({ subtask }) => subtask.metrics['write-records'],
    cell: ({ subtask }) => (
      <span title={formatBytes(subtask.metrics['write-bytes'])}>
        {formatCount(subtask.metrics['write-records'])}
      </span>
    ),
  },
  {
    title: 'Watermark',
    numeric: true,
    wideOnly: true,
    cell: ({ watermark }) => (watermark === undefined ? '–' : formatWatermark(watermark, nowMs())),
  },
  {
    title: 'Attempt',
    numeric: true,
    wideOnly: true,
    cell: ({ subtask }) => subtask.attempt,
  },
  {
    title: 'Runs for',
    numeric: true,
    wideOnly: true,
    cell: ({ subtask }) => formatDuration(subtask.duration),
  },
  {
    title: 'Where',
    wideOnly: true,
    cell: ({ subtask }) => subtask.endpoint ?? subtask.host ?? '–',
  },
];
