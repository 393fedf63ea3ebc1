/** All jobs of the cluster: those that run, then those that ended. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { formatDuration, formatTime } from '../format/times.ts';
import { secondsClock } from '../live/browser-clock.ts';
import { usePoll } from '../live/poll.ts';
import type { ClusterOverview, JobOverview, JobsOverview } from '../rest/jobs.ts';
import { goTo } from '../routing/location.ts';
import { hrefOf } from '../routing/routes.ts';
import { type Column, DataTable } from '../widgets/data-table.tsx';
import { Fact, Facts } from '../widgets/facts.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { matches, SearchField } from '../widgets/search-field.tsx';
import { StatusBadge } from '../widgets/status-badge.tsx';
import { TaskCounts } from '../widgets/task-counts.tsx';
import { hasEnded, runningTime } from './job-order.ts';

export function JobsPage(): VNode {
  const overview = usePoll<ClusterOverview>('overview');
  const jobs = usePoll<JobsOverview>('jobs/overview');
  return (
    <>
      <div class="page-head">
        <h1>Jobs</h1>
        <ClusterFacts overview={overview.data.value} />
      </div>
      <Loaded poll={jobs} what="Jobs" lines={6}>
        {(data) => <JobTables jobs={data.jobs} />}
      </Loaded>
    </>
  );
}

function ClusterFacts({ overview }: { overview: ClusterOverview | undefined }): VNode {
  return (
    <Facts>
      <Fact name="Task managers">{overview?.taskmanagers ?? '–'}</Fact>
      <Fact name="Slots free">
        {overview === undefined
          ? '–'
          : `${overview['slots-available']} of ${overview['slots-total']}`}
      </Fact>
      <Fact name="Version">{overview?.['flink-version'] ?? '–'}</Fact>
    </Facts>
  );
}

function JobTables({ jobs }: { jobs: readonly JobOverview[] }): VNode {
  const wanted = useSignal('');
  const shown = jobs.filter((job) => matches(wanted.value, job.name, job.jid, job.state));
  const newest = [...shown].sort((left, right) => right['start-time'] - left['start-time']);
  const open = ({ jid }: JobOverview): void => goTo(['job', jid]);
  const table = { rowKey: ({ jid }: JobOverview) => jid, onOpen: open };
  return (
    <>
      <div class="tools">
        <SearchField label="Find a job" value={wanted} />
      </div>
      <h2>Running</h2>
      <DataTable
        {...table}
        label="Running jobs"
        columns={COLUMNS}
        rows={newest.filter((job) => !hasEnded(job))}
        empty="No job runs."
      />
      <h2>Ended</h2>
      <DataTable
        {...table}
        label="Ended jobs"
        columns={ENDED_COLUMNS}
        rows={newest.filter(hasEnded)}
        empty="No job has ended."
      />
    </>
  );
}

const COLUMNS: readonly Column<JobOverview>[] = [
  {
    title: 'Name',
    grow: true,
    sort: ({ name }) => name,
    cell: ({ name, jid }) => (
      <a href={hrefOf(['job', jid])} tabIndex={-1}>
        {name}
      </a>
    ),
  },
  {
    title: 'State',
    sort: ({ state }) => state,
    cell: ({ state }) => <StatusBadge status={state} />,
  },
  { title: 'Tasks', wideOnly: true, cell: ({ tasks }) => <TaskCounts tasks={tasks} /> },
  {
    title: 'Runs for',
    numeric: true,
    sort: ({ duration }) => duration,
    cell: (job) => <Running job={job} />,
  },
  {
    title: 'Started',
    wideOnly: true,
    sort: (job) => job['start-time'],
    cell: (job) => formatTime(job['start-time'], secondsClock.peek()),
  },
  { title: 'Id', wideOnly: true, cell: ({ jid }) => <code>{jid}</code> },
];

const ENDED_COLUMNS: readonly Column<JobOverview>[] = COLUMNS.map((column) => {
  return column.title === 'Runs for' ? { ...column, title: 'Ran for' } : column;
});

function Running({ job }: { job: JobOverview }): VNode {
  return <>{formatDuration(runningTime(job, secondsClock.value))}</>;
}
