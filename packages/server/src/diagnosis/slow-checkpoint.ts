/**
 * Why a checkpoint took as long as it did, and which setting would help.
 *
 * Pure: what was measured in, findings out, the gravest first. A phase is told of when it has a good part
 * of the checkpoint's time and is long enough for anybody to care.
 *
 * Flink has nothing like it; what it says follows Flink's pages on checkpointing under back pressure and
 * on tuning checkpoints and large state.
 */
import {
  CheckpointingOptions,
  type Configuration,
  ExecutionOptions,
  StateBackendOptions,
  TaskManagerOptions,
} from '@millrace/core';
import type { CheckpointStatistics, JobVertexDetails } from '@millrace/runtime';
import { sizeFindings } from './checkpoint-size.ts';
import {
  type CheckpointDiagnosis,
  type CheckpointHop,
  durationText,
  type Finding,
  type SlowestHop,
} from './diagnosis-types.ts';

export interface DiagnosisInput {
  readonly checkpoint: CheckpointStatistics;
  /** Of the job as it is now. */
  readonly vertices: readonly Pick<JobVertexDetails, 'id' | 'name' | 'parallelism' | 'subtasks'>[];
  /** Of the job. */
  readonly configuration: Configuration;
}

/** A phase counts from this share of the checkpoint's time on. */
const SHARE_MIN = 0.3;
/** Shorter ones trouble nobody. */
const MS_MIN = 500;
/** Flink: what its UI calls low back pressure begins here. */
const BACK_PRESSURED = 0.1;

type Phase = SlowestHop['phase'];

export function diagnoseCheckpoint(input: DiagnosisInput): CheckpointDiagnosis {
  const { checkpoint } = input;
  const hops = checkpoint.subtasks.map(hopOf);
  const slowest = slowestOf(hops);
  const findings = [
    ...endFindings(input),
    ...phaseFindings(input, hops),
    ...sizeFindings(input),
    ...intervalFindings(input),
  ];
  const ordered = [...findings].sort((a, b) => rank(a) - rank(b));
  return {
    hops,
    slowest: slowest ?? null,
    findings: ordered.length > 0 ? ordered : [nothingSlow(checkpoint)],
  };
}

function hopOf(subtask: CheckpointStatistics['subtasks'][number]): CheckpointHop {
  return {
    vertexId: subtask.vertexId,
    subtask: subtask.subtask,
    startDelayMs: subtask.startDelayMs,
    alignmentMs: subtask.alignmentDurationMs,
    syncMs: subtask.syncDurationMs,
    asyncMs: subtask.asyncDurationMs,
    endToEndMs: subtask.endToEndDurationMs,
  };
}

function slowestOf(hops: readonly CheckpointHop[]): SlowestHop | undefined {
  const hop = largest(hops, ({ endToEndMs }) => endToEndMs);
  if (hop === undefined) {
    return undefined;
  }
  const phases: readonly (readonly [Phase, number])[] = [
    ['startDelay', hop.startDelayMs],
    ['alignment', hop.alignmentMs],
    ['sync', hop.syncMs],
    ['async', hop.asyncMs],
  ];
  const [phase, phaseMs] = largest(phases, ([, ms]) => ms) as (typeof phases)[number];
  return { ...hop, phase, phaseMs };
}

/** How it ended: too late, or not yet. */
function endFindings({ checkpoint, configuration, vertices }: DiagnosisInput): Finding[] {
  const acknowledged = new Set(
    checkpoint.subtasks.map((each) => `${each.vertexId} ${each.subtask}`),
  );
  const missing = vertices.flatMap(({ id, name, parallelism, subtasks }) =>
    subtasks
      .filter(({ subtask }) => !acknowledged.has(`${id} ${subtask}`))
      .map(({ subtask }) => `${name} (${subtask + 1}/${parallelism})`),
  );
  if (checkpoint.status === 'COMPLETED' || missing.length === 0) {
    return [];
  }
  const timeoutMs = configuration.get(CheckpointingOptions.CHECKPOINTING_TIMEOUT);
  const waitedFor = `${list(missing)} ${missing.length === 1 ? 'has' : 'have'} not acknowledged it`;
  if (checkpoint.status === 'IN_PROGRESS') {
    return [{ code: 'NOT_ACKNOWLEDGED', severity: 'info', text: `It goes on: ${waitedFor} yet.` }];
  }
  const isExpired = checkpoint.endToEndDurationMs >= timeoutMs;
  return [
    isExpired
      ? {
          code: 'EXPIRED',
          severity: 'error',
          text:
            `It was given up after ${durationText(timeoutMs)}: ${waitedFor}. Find what holds that up; a longer ` +
            'timeout only lets it end.',
          setting: CheckpointingOptions.CHECKPOINTING_TIMEOUT.key,
          suggestedValue: durationText(2 * timeoutMs),
        }
      : {
          code: 'FAILED',
          severity: 'error',
          text: `It failed: ${checkpoint.failureMessage ?? 'for a reason that is not known'}.`,
        },
  ];
}

function phaseFindings(input: DiagnosisInput, hops: readonly CheckpointHop[]): Finding[] {
  const { checkpoint } = input;
  const matters = (ms: number): boolean =>
    ms >= MS_MIN && ms >= SHARE_MIN * checkpoint.endToEndDurationMs;
  const findings: Finding[] = [];
  const late = largest(hops, ({ startDelayMs }) => startDelayMs);
  if (late !== undefined && matters(late.startDelayMs)) {
    findings.push(startDelayFinding(input, late));
  }
  const aligned = largest(hops, ({ alignmentMs }) => alignmentMs);
  if (aligned !== undefined && matters(aligned.alignmentMs)) {
    findings.push(alignmentFinding(input, aligned));
  }
  const sync = largest(hops, ({ syncMs }) => syncMs);
  if (sync !== undefined && matters(sync.syncMs)) {
    findings.push(syncFinding(input, sync));
  }
  const slowestMs = Math.max(0, ...hops.map(({ endToEndMs }) => endToEndMs));
  const finalizeMs = checkpoint.endToEndDurationMs - slowestMs;
  if (checkpoint.status === 'COMPLETED' && hops.length > 0 && matters(finalizeMs)) {
    findings.push({
      code: 'FINALIZE_SLOW',
      severity: 'warning',
      text:
        `After the last task was done it took ${durationText(finalizeMs)} to write the metadata: the ` +
        'checkpoint folder is slow, or the main thread was held up.',
    });
  }
  return findings;
}

/** Barriers that come late wait behind records, or for a function that returns. */
function startDelayFinding(input: DiagnosisInput, hop: CheckpointHop): Finding {
  const { configuration, vertices } = input;
  const where = nameOf(input, hop);
  const delay = durationText(hop.startDelayMs);
  const pressed = largest(
    vertices.flatMap(({ name, subtasks }) => subtasks.map((each) => ({ name, ...each }))),
    ({ backPressuredRatio }) => backPressuredRatio,
  );
  if (pressed === undefined || pressed.backPressuredRatio <= BACK_PRESSURED) {
    return {
      code: 'LOOP_BLOCKED',
      severity: 'warning',
      text:
        `The barrier reached ${where} after ${delay}, and nothing is back-pressured: functions there, or in the ` +
        'same thread, run long without returning. Wait for what takes long with an AsyncFunction, or run on ' +
        'more threads.',
      ...(configuration.get(ExecutionOptions.TARGET) !== 'threads' && {
        setting: ExecutionOptions.TARGET.key,
        suggestedValue: 'threads',
      }),
    };
  }
  const share = Math.round(100 * pressed.backPressuredRatio);
  return {
    code: 'START_DELAY_BY_BACK_PRESSURE',
    severity: 'warning',
    text:
      `The barrier reached ${where} after ${delay}: it waited behind records, as ${pressed.name} is ` +
      `back-pressured ${share} % of its time. ${OVERTAKE}`,
    ...overtaking(configuration),
  };
}

function alignmentFinding(input: DiagnosisInput, hop: CheckpointHop): Finding {
  const others = input.checkpoint.subtasks.filter(({ vertexId }) => vertexId === hop.vertexId);
  const isAlone =
    others.length > 1 &&
    others.filter(({ alignmentDurationMs }) => alignmentDurationMs >= hop.alignmentMs / 2)
      .length === 1;
  return {
    code: 'ALIGNMENT_SKEW',
    severity: 'warning',
    text:
      `${nameOf(input, hop)} waited ${durationText(hop.alignmentMs)} from the first barrier to the last: one of its ` +
      `inputs is much slower than the others${isAlone ? ', of this subtask alone' : ''}. ${OVERTAKE}`,
    ...overtaking(input.configuration),
  };
}

function syncFinding(input: DiagnosisInput, hop: CheckpointHop): Finding {
  const isRocksDB = input.configuration.get(StateBackendOptions.STATE_BACKEND) === 'rocksdb';
  return {
    code: 'SYNC_SLOW',
    severity: 'warning',
    text:
      `${nameOf(input, hop)} stood still for ${durationText(hop.syncMs)} while it began its snapshot: a ` +
      `snapshotState() that does much, ${isRocksDB ? 'or a disk that is slow to flush to' : 'or much operator state'}.`,
  };
}

const OVERTAKE =
  'Where barriers may overtake records, they do not wait; smaller buffers wait less.';

/** What lets barriers come sooner, as far as it is not set already. */
function overtaking(configuration: Configuration): Pick<Finding, 'setting' | 'suggestedValue'> {
  const options = CheckpointingOptions;
  const isExactlyOnce =
    configuration.get(options.CHECKPOINTING_CONSISTENCY_MODE) === 'EXACTLY_ONCE';
  if (isExactlyOnce && !configuration.get(options.ENABLE_UNALIGNED)) {
    return { setting: options.ENABLE_UNALIGNED.key, suggestedValue: 'true' };
  }
  const timeoutMs = configuration.get(options.ALIGNED_CHECKPOINT_TIMEOUT);
  if (isExactlyOnce && timeoutMs > 0) {
    const shorter = durationText(Math.floor(timeoutMs / 10));
    return { setting: options.ALIGNED_CHECKPOINT_TIMEOUT.key, suggestedValue: shorter };
  }
  if (!configuration.get(TaskManagerOptions.BUFFER_DEBLOAT_ENABLED)) {
    return { setting: TaskManagerOptions.BUFFER_DEBLOAT_ENABLED.key, suggestedValue: 'true' };
  }
  return {};
}

/** Little is processed between checkpoints that follow on each other's heels. */
function intervalFindings({ checkpoint, configuration }: DiagnosisInput): Finding[] {
  const intervalMs = configuration.get(CheckpointingOptions.CHECKPOINTING_INTERVAL);
  const minPauseMs = configuration.get(CheckpointingOptions.MIN_PAUSE_BETWEEN_CHECKPOINTS);
  const tookMs = checkpoint.endToEndDurationMs;
  if (
    checkpoint.snapshotType.kind === 'savepoint' ||
    intervalMs === undefined ||
    intervalMs === 0 ||
    tookMs < MS_MIN ||
    tookMs < intervalMs ||
    minPauseMs >= tookMs / 2
  ) {
    return [];
  }
  return [
    {
      code: 'INTERVAL_TOO_SHORT',
      severity: 'warning',
      text:
        `It took ${durationText(tookMs)}, longer than the interval of ${durationText(intervalMs)}: the next one begins at ` +
        'once, and the job hardly does anything but checkpoints. Leave a pause between them.',
      setting: CheckpointingOptions.MIN_PAUSE_BETWEEN_CHECKPOINTS.key,
      suggestedValue: durationText(Math.max(1000, tookMs)),
    },
  ];
}

function nothingSlow({ status, endToEndDurationMs }: CheckpointStatistics): Finding {
  return {
    code: 'NOTHING_SLOW',
    severity: 'info',
    text:
      status === 'IN_PROGRESS'
        ? 'It goes on, and nothing of it has been slow so far.'
        : `It took ${durationText(endToEndDurationMs)}, and no part of it stands out.`,
  };
}

function nameOf({ vertices }: DiagnosisInput, { vertexId, subtask }: CheckpointHop): string {
  const vertex = vertices.find(({ id }) => id === vertexId);
  return vertex === undefined
    ? `subtask ${subtask + 1} of ${vertexId}`
    : `${vertex.name} (${subtask + 1}/${vertex.parallelism})`;
}

function rank({ severity }: Finding): number {
  return ['error', 'warning', 'info'].indexOf(severity);
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

function largest<T>(items: readonly T[], sizeOf: (item: T) => number): T | undefined {
  return items.reduce<T | undefined>(
    (best, item) => (best === undefined || sizeOf(item) > sizeOf(best) ? item : best),
    undefined,
  );
}
