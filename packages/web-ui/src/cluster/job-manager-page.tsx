/** The job manager: its log, its configuration, its environment. */
import type { VNode } from 'preact';
import { EntriesTable } from '../configuration/entries-table.tsx';
import { usePoll } from '../live/poll.ts';
import { LogView } from '../logs/log-view.tsx';
import type { ConfigurationEntries, Environment } from '../rest/cluster.ts';
import { route } from '../routing/location.ts';
import { hrefOf } from '../routing/routes.ts';
import { Fact, Facts } from '../widgets/facts.tsx';
import { Empty, Loaded } from '../widgets/loaded.tsx';
import { ThreadDumpView } from './thread-dump.tsx';

const TABS = [
  { part: 'logs', name: 'Log' },
  { part: 'configuration', name: 'Configuration' },
  { part: 'threads', name: 'Environment and threads' },
] as const;

export function JobManagerPage(): VNode {
  const tab = route.value.parts[1] ?? 'logs';
  return (
    <>
      <div class="page-head">
        <h1>Job manager</h1>
      </div>
      <nav class="tabs" aria-label="Pages of the job manager">
        {TABS.map(({ part, name }) => (
          <a
            key={part}
            href={hrefOf(['job-manager', part])}
            aria-current={part === tab ? 'page' : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      {tab === 'configuration' ? (
        <Configuration />
      ) : tab === 'threads' ? (
        <EnvironmentFacts />
      ) : (
        <LogView base="jobmanager" />
      )}
    </>
  );
}

function Configuration(): VNode {
  const entries = usePoll<ConfigurationEntries>('jobmanager/config', 30_000);
  return (
    <Loaded poll={entries} what="Configuration" lines={8}>
      {(data) => <EntriesTable title="Effective configuration" entries={data} />}
    </Loaded>
  );
}

function EnvironmentFacts(): VNode {
  const environment = usePoll<Environment>('jobmanager/environment', 30_000);
  return (
    <>
      <Loaded
        poll={environment}
        what="Environment"
        lines={2}
        missing={<Empty>This server does not tell its environment.</Empty>}
      >
        {({ jvm }) => (
          <>
            <Facts>
              <Fact name="Runs on">{jvm?.version ?? '–'}</Fact>
              <Fact name="Architecture">{jvm?.arch ?? '–'}</Fact>
            </Facts>
            {(jvm?.options?.length ?? 0) > 0 && (
              <details>
                <summary>{jvm?.options?.length} options</summary>
                <pre class="trace">{jvm?.options?.join('\n')}</pre>
              </details>
            )}
          </>
        )}
      </Loaded>
      <ThreadDumpView base="jobmanager" />
    </>
  );
}
