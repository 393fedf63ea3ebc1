/** How a job is configured: its execution, its checkpoints, what the user gave, and all settings that it runs with. */
import type { VNode } from 'preact';
import { formatDuration } from '../format/times.ts';
import { usePoll } from '../live/poll.ts';
import type { CheckpointConfig } from '../rest/checkpoints.ts';
import { path } from '../rest/client.ts';
import type { ConfigurationEntries } from '../rest/cluster.ts';
import type { JobConfig } from '../rest/jobs.ts';
import { Fact, Facts } from '../widgets/facts.tsx';
import { Empty, Loaded } from '../widgets/loaded.tsx';
import { EntriesTable } from './entries-table.tsx';

const RARELY_MS = 30_000;

export function JobConfigurationPage({ jid }: { jid: string }): VNode {
  const config = usePoll<JobConfig>(path`jobs/${jid}/config`, RARELY_MS);
  const checkpoints = usePoll<CheckpointConfig>(path`jobs/${jid}/checkpoints/config`, RARELY_MS);
  // Of a server of ours those of the job; real Flink has one set for all jobs of a cluster.
  const settings = usePoll<ConfigurationEntries>(path`jobs/${jid}/jobmanager/config`, RARELY_MS);
  return (
    <>
      <h2>Execution</h2>
      <Loaded poll={config} what="Configuration of the job" lines={2}>
        {(data) => <ExecutionFacts config={data} />}
      </Loaded>
      <h2>Checkpoints</h2>
      <Loaded
        poll={checkpoints}
        what="Configuration of checkpoints"
        lines={2}
        missing={<Empty>Checkpointing is not enabled for this job.</Empty>}
      >
        {(data) => <CheckpointFacts config={data} />}
      </Loaded>
      <Loaded poll={config} what="Settings of the user" lines={2}>
        {(data) => (
          <EntriesTable
            title="Given by the user"
            entries={Object.entries(data['execution-config']?.['user-config'] ?? {}).map(
              ([key, value]) => ({ key, value }),
            )}
          />
        )}
      </Loaded>
      <Loaded poll={settings} what="Settings of the job" lines={6}>
        {(entries) => <EntriesTable title="Set for the job" entries={entries} />}
      </Loaded>
    </>
  );
}

function ExecutionFacts({ config }: { config: JobConfig }): VNode {
  const execution = config['execution-config'];
  return (
    <Facts>
      <Fact name="Mode">{execution?.['execution-mode']?.toLowerCase() ?? '–'}</Fact>
      <Fact name="Parallelism">{execution?.['job-parallelism'] ?? '–'}</Fact>
      <Fact name="Restarts">{execution?.['restart-strategy'] ?? '–'}</Fact>
      <Fact name="Object reuse">{yesNo(execution?.['object-reuse-mode'])}</Fact>
    </Facts>
  );
}

function CheckpointFacts({ config }: { config: CheckpointConfig }): VNode {
  const { externalization } = config;
  return (
    <Facts>
      <Fact name="Mode">{config.mode.replaceAll('_', ' ')}</Fact>
      <Fact name="Interval">{formatDuration(config.interval)}</Fact>
      <Fact name="Least pause">{formatDuration(config.min_pause)}</Fact>
      <Fact name="Timeout">{formatDuration(config.timeout)}</Fact>
      <Fact name="At once">{config.max_concurrent}</Fact>
      <Fact name="Unaligned">{yesNo(config.unaligned_checkpoints)}</Fact>
      <Fact name="Aligned at most">{formatDuration(config.aligned_checkpoint_timeout)}</Fact>
      <Fact name="Failures borne">{config.tolerable_failed_checkpoints ?? '–'}</Fact>
      <Fact name="Retained">
        {externalization?.enabled !== true
          ? 'no'
          : externalization.delete_on_cancellation
            ? 'until cancelled'
            : 'always'}
      </Fact>
      <Fact name="State backend">{config.state_backend ?? '–'}</Fact>
      <Fact name="Storage">{config.checkpoint_storage ?? '–'}</Fact>
      <Fact name="Changelog">{yesNo(config.state_changelog_enabled)}</Fact>
    </Facts>
  );
}

function yesNo(value: boolean | undefined): string {
  return value === undefined ? '–' : value ? 'yes' : 'no';
}
