/** One job: its name, state and actions, and the page that was chosen of it. */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { CheckpointsPage } from '../checkpoints/checkpoints-page.tsx';
import { JobConfigurationPage } from '../configuration/job-configuration-page.tsx';
import { ExceptionsPage } from '../exceptions/exceptions-page.tsx';
import { formatDuration, formatTime } from '../format/times.ts';
import { GraphPage } from '../graph/graph-page.tsx';
import { hasEnded, runningTime } from '../jobs/job-order.ts';
import { nowMs, secondsClock } from '../live/browser-clock.ts';
import { type Poll, usePoll } from '../live/poll.ts';
import { path } from '../rest/client.ts';
import type { JobDetails } from '../rest/jobs.ts';
import { goTo, route } from '../routing/location.ts';
import { hrefOf } from '../routing/routes.ts';
import { useShortcuts } from '../shortcuts/shortcuts.tsx';
import { SqlPage } from '../sql/sql-page.tsx';
import { StatePage } from '../state/state-page.tsx';
import { Copied, Fact, Facts } from '../widgets/facts.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { StatusBadge } from '../widgets/status-badge.tsx';
import { JobActions } from './job-actions.tsx';

const TABS = [
  { part: 'graph', name: 'Graph', key: 'g g' },
  { part: 'checkpoints', name: 'Checkpoints', key: 'g c' },
  { part: 'state', name: 'State', key: 'g s' },
  { part: 'sql', name: 'SQL', key: 'g q' },
  { part: 'exceptions', name: 'Exceptions', key: 'g e' },
  { part: 'configuration', name: 'Configuration', key: 'g o' },
] as const;

export function JobPage({ jid }: { jid: string }): VNode {
  const job = usePoll<JobDetails>(path`jobs/${jid}`);
  const tab = route.value.parts[2] ?? 'graph';
  useShortcuts(
    TABS.map(({ part, name, key }) => ({
      keys: key,
      what: `${name} of this job`,
      run: () => goTo(['job', jid, part]),
    })),
    [jid],
  );
  const tabs = useRef<HTMLElement>(null);
  // On a narrow screen the tabs scroll, and the one of this page is to be seen.
  useEffect(() => {
    const current = tabs.current?.querySelector(`[aria-current]`);
    current?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [tab]);
  return (
    <>
      <JobHead jid={jid} job={job} />
      <nav ref={tabs} class="tabs" aria-label="Pages of this job">
        {TABS.map(({ part, name }) => (
          <a
            key={part}
            href={hrefOf(['job', jid, part])}
            aria-current={part === tab ? 'page' : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      <Loaded poll={job} what="Job" lines={10}>
        {(details) => <JobTab job={details} tab={tab} />}
      </Loaded>
    </>
  );
}

function JobTab({ job, tab }: { job: JobDetails; tab: string }): ComponentChildren {
  switch (tab) {
    case 'graph':
      return <GraphPage job={job} />;
    case 'checkpoints':
      return <CheckpointsPage job={job} />;
    case 'state':
      return <StatePage job={job} />;
    case 'sql':
      return <SqlPage job={job} />;
    case 'exceptions':
      return <ExceptionsPage jid={job.jid} />;
    case 'configuration':
      return <JobConfigurationPage jid={job.jid} />;
    default:
      return <p class="empty">There is no page “{tab}” of a job.</p>;
  }
}

function JobHead({ jid, job }: { jid: string; job: Poll<JobDetails> }): VNode {
  const details = job.data.value;
  return (
    <div class="page-head">
      <h1>
        <a class="quiet" href={hrefOf(['jobs'])}>
          Jobs
        </a>
        <span class="quiet"> / </span>
        {details?.name ?? '…'}
      </h1>
      {details !== undefined && <StatusBadge status={details.state} />}
      <Facts>
        <Fact name="Started">
          {details === undefined ? '–' : formatTime(details['start-time'], nowMs())}
        </Fact>
        <Fact name={details !== undefined && hasEnded(details) ? 'Ran for' : 'Runs for'}>
          {details === undefined ? '–' : <RunningTime job={details} />}
        </Fact>
        <Fact name="Id">
          <Copied text={jid} what="job id" />
        </Fact>
      </Facts>
      {details !== undefined && <JobActions jid={jid} name={details.name} state={details.state} />}
    </div>
  );
}

function RunningTime({ job }: { job: JobDetails }): VNode {
  return <>{formatDuration(runningTime(job, secondsClock.value))}</>;
}
