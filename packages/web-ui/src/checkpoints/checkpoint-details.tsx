/** One checkpoint: where it is, what it holds, its time line, and why it was slow. */

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { formatBytes } from '../format/numbers.ts';
import { formatDuration, formatTime } from '../format/times.ts';
import { nowMs } from '../live/browser-clock.ts';
import { type Poll, usePoll } from '../live/poll.ts';
import type { Checkpoint, Diagnosis, Finding } from '../rest/checkpoints.ts';
import { path } from '../rest/client.ts';
import type { JobDetails } from '../rest/jobs.ts';
import { Copied, Fact, Facts } from '../widgets/facts.tsx';
import { Empty, Loaded } from '../widgets/loaded.tsx';
import { StatusBadge } from '../widgets/status-badge.tsx';
import { Gantt } from './gantt.tsx';
import { type Hop, PHASE_MEANING, slowestOf } from './time-line.ts';
import { useHops } from './use-hops.ts';

interface CheckpointDetailsProps {
  readonly job: JobDetails;
  readonly checkpointId: string;
  readonly onClose: () => void;
}

/** How often is asked of a checkpoint that may still change. */
const ASKED_EVERY_MS = 2000;

export function CheckpointDetails({ job, checkpointId, onClose }: CheckpointDetailsProps): VNode {
  const base = path`jobs/${job.jid}/checkpoints/details/${checkpointId}`;
  const { checkpoint, diagnosis } = useCheckpoint(base);
  const names = new Map(job.vertices.map(({ id, name }) => [id, name]));
  const section = useRef<HTMLElement>(null);
  // It stands above the history, where the one who chose it there would not see it.
  useEffect(() => section.current?.scrollIntoView({ block: 'nearest' }), []);
  return (
    <section ref={section} class="panel" aria-label={`Checkpoint ${checkpointId}`}>
      <header>
        <h2>Checkpoint {checkpointId}</h2>
        {checkpoint.data.value !== undefined && (
          <StatusBadge status={checkpoint.data.value.status} />
        )}
        <button class="icon" type="button" aria-label="Close the checkpoint" onClick={onClose}>
          ✕
        </button>
      </header>
      <Loaded
        poll={checkpoint}
        what={`Checkpoint ${checkpointId}`}
        lines={6}
        missing={
          <Empty>
            The server does not know this checkpoint, or no more: it remembers as many of the last
            ones as web.checkpoints.history says.
          </Empty>
        }
      >
        {(data) => (
          <>
            <DetailFacts checkpoint={data} />
            <TimeLine
              base={base}
              checkpoint={data}
              names={names}
              diagnosis={diagnosis.data.value}
              diagnosisFailed={diagnosis.error.value !== undefined}
            />
          </>
        )}
      </Loaded>
    </section>
  );
}

/** Nothing changes once it has ended: it is asked for no more, and stays when the server forgets it. */
function useCheckpoint(base: string): {
  readonly checkpoint: Poll<Checkpoint>;
  readonly diagnosis: Poll<Diagnosis>;
} {
  const endedAt = useSignal(0);
  const isDiagnosed = useSignal(false);
  const everyMs = (isOver: boolean) => (isOver ? Number.POSITIVE_INFINITY : ASKED_EVERY_MS);
  const checkpoint = usePoll<Checkpoint>(base, everyMs(endedAt.value > 0));
  const diagnosis = usePoll<Diagnosis>(`${base}/diagnosis`, everyMs(isDiagnosed.value));
  const status = checkpoint.data.value?.status;
  const diagnosedAt = diagnosis.updatedAt.value;
  useEffect(() => {
    const hasEnded = status !== undefined && status !== 'IN_PROGRESS';
    endedAt.value = hasEnded ? endedAt.peek() || nowMs() : 0;
    isDiagnosed.value = hasEnded && diagnosedAt > endedAt.peek();
  }, [status, diagnosedAt, endedAt, isDiagnosed]);
  return { checkpoint, diagnosis };
}

function DetailFacts({ checkpoint }: { checkpoint: Checkpoint }): VNode {
  const { external_path, failure_message } = checkpoint;
  return (
    <>
      <Facts>
        <Fact name="Triggered">{formatTime(checkpoint.trigger_timestamp, nowMs())}</Fact>
        <Fact name="Took">{formatDuration(checkpoint.end_to_end_duration)}</Fact>
        <Fact name="Written">{formatBytes(checkpoint.checkpointed_size)}</Fact>
        <Fact name="Full size">{formatBytes(checkpoint.state_size)}</Fact>
        <Fact name="Records in flight">{formatBytes(checkpoint.persisted_data)}</Fact>
        <Fact name="Acknowledged">
          {checkpoint.num_acknowledged_subtasks} of {checkpoint.num_subtasks}
        </Fact>
      </Facts>
      {external_path?.includes('/') === true && (
        <p class="path">
          <Copied text={external_path} what="path" />
          {checkpoint.discarded === true && <span class="quiet"> deleted meanwhile</span>}
        </p>
      )}
      {failure_message !== undefined && failure_message !== null && (
        <div class="note bad">
          <p>{failure_message}</p>
        </div>
      )}
    </>
  );
}

interface TimeLineProps {
  readonly base: string;
  readonly checkpoint: Checkpoint;
  readonly names: ReadonlyMap<string, string>;
  readonly diagnosis: Diagnosis | undefined;
  readonly diagnosisFailed: boolean;
}

function TimeLine(props: TimeLineProps): VNode {
  const { base, checkpoint, names, diagnosis, diagnosisFailed } = props;
  // Vertices in the order of the job, from sources on; what the checkpoint names beyond it comes last.
  const vertexIds = [
    ...[...names.keys()].filter((id) => id in checkpoint.tasks),
    ...Object.keys(checkpoint.tasks).filter((id) => !names.has(id)),
  ];
  const hops = useHops(base, vertexIds, checkpoint.status, diagnosis, diagnosisFailed);
  return (
    <>
      <Why hops={hops} findings={diagnosis?.findings} names={names} />
      <Gantt vertexIds={vertexIds} hops={hops} names={names} />
    </>
  );
}

interface WhyProps {
  readonly hops: readonly Hop[];
  readonly findings: readonly Finding[] | undefined;
  readonly names: ReadonlyMap<string, string>;
}

function Why({ hops, findings, names }: WhyProps): VNode | null {
  const slowest = slowestOf(hops);
  if (slowest === undefined) {
    return null;
  }
  const { hop, phase, phaseMs } = slowest;
  return (
    <div class="why">
      <p>
        Last to acknowledge, after {formatDuration(hop.endToEndMs)}: subtask {hop.subtask} of{' '}
        <strong>{names.get(hop.vertexId) ?? hop.vertexId}</strong>; most of it was {phase} (
        {formatDuration(phaseMs)}).
        {findings === undefined && phaseMs > 0 && ` ${PHASE_MEANING[phase]}`}
      </p>
      {findings !== undefined && findings.length > 0 && (
        <ul class="findings">
          {findings.map((finding) => (
            <FindingLine key={finding.code + finding.text} finding={finding} />
          ))}
        </ul>
      )}
      {findings?.length === 0 && <p class="quiet">Nothing about it was slow.</p>}
    </div>
  );
}

function FindingLine({ finding }: { finding: Finding }): VNode {
  const { severity, text, setting, suggestedValue } = finding;
  return (
    <li class={severity.toLowerCase()}>
      <span class="unseen">{severity}: </span>
      {text}
      {setting !== undefined && setting !== null && (
        <span class="advice">
          Try{' '}
          <code>
            {setting}
            {suggestedValue === undefined || suggestedValue === null ? '' : `: ${suggestedValue}`}
          </code>
        </span>
      )}
    </li>
  );
}
