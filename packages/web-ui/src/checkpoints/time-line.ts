/** A checkpoint hop by hop: what each subtask did from the trigger to its acknowledgement. */
import type { DiagnosisHop, SubtaskCheckpoint } from '../rest/checkpoints.ts';

/** Phases in the order in which they happen. */
export const PHASES = ['start delay', 'alignment', 'synchronous', 'asynchronous'] as const;
export type Phase = (typeof PHASES)[number];

/** Milliseconds. */
export interface Hop {
  readonly vertexId: string;
  readonly subtask: number;
  readonly spans: Readonly<Record<Phase, number>>;
  /** From the trigger to the acknowledgement; more than the phases take where waiting lies between. */
  readonly endToEndMs: number;
}

export function hopOfSubtask(vertexId: string, one: SubtaskCheckpoint): Hop | undefined {
  if (one.end_to_end_duration === undefined || one.checkpoint === undefined) {
    return undefined;
  }
  return {
    vertexId,
    subtask: one.index,
    spans: {
      'start delay': known(one.start_delay),
      alignment: known(one.alignment?.duration),
      synchronous: known(one.checkpoint.sync),
      asynchronous: known(one.checkpoint.async),
    },
    endToEndMs: known(one.end_to_end_duration),
  };
}

export function hopOfDiagnosis(one: DiagnosisHop): Hop {
  return {
    vertexId: one.vertexId,
    subtask: one.subtask,
    spans: {
      'start delay': known(one.startDelayMs),
      alignment: known(one.alignmentMs),
      synchronous: known(one.syncMs),
      asynchronous: known(one.asyncMs),
    },
    endToEndMs: known(one.endToEndMs),
  };
}

export interface VertexLine {
  readonly vertexId: string;
  /** Slowest first. */
  readonly hops: readonly Hop[];
}

/** Vertices in the order in which they were given, each with its hops. */
export function linesOf(vertexIds: readonly string[], hops: readonly Hop[]): VertexLine[] {
  return vertexIds.map((vertexId) => ({
    vertexId,
    hops: hops
      .filter((hop) => hop.vertexId === vertexId)
      .sort((left, right) => right.endToEndMs - left.endToEndMs || left.subtask - right.subtask),
  }));
}

export interface Slowest {
  readonly hop: Hop;
  readonly phase: Phase;
  readonly phaseMs: number;
}

/** The hop that acknowledged last and the phase that took most of it; `undefined` without hops. */
export function slowestOf(hops: readonly Hop[]): Slowest | undefined {
  const [first, ...others] = hops;
  if (first === undefined) {
    return undefined;
  }
  const hop = others.reduce(
    (worst, one) => (one.endToEndMs > worst.endToEndMs ? one : worst),
    first,
  );
  const phase = PHASES.reduce((worst, one) => (hop.spans[one] > hop.spans[worst] ? one : worst));
  return { hop, phase, phaseMs: hop.spans[phase] };
}

export interface Bar {
  readonly phase: Phase | 'rest';
  /** Of the whole width, 0 to 1. */
  readonly start: number;
  readonly length: number;
}

/** The bars of a hop on a scale of `totalMs`; what no phase covers until the acknowledgement is the rest. */
export function barsOf({ spans, endToEndMs }: Hop, totalMs: number): Bar[] {
  const scale = 1 / Math.max(1, totalMs);
  const bars: Bar[] = [];
  let at = 0;
  for (const phase of PHASES) {
    bars.push({ phase, start: at * scale, length: spans[phase] * scale });
    at += spans[phase];
  }
  const rest = Math.max(0, endToEndMs - at);
  return [...bars, { phase: 'rest' as const, start: at * scale, length: rest * scale }]
    .map((bar) => ({
      ...bar,
      start: Math.min(1, bar.start),
      length: Math.min(1 - Math.min(1, bar.start), bar.length),
    }))
    .filter(({ length }) => length > 0);
}

/** What the phase says, in a sentence, where the server gives no findings. */
export const PHASE_MEANING: Readonly<Record<Phase, string>> = {
  'start delay':
    'The barrier came late: records before it waited, which is back-pressure, or the source was slow to take the trigger.',
  alignment:
    'Barriers of its inputs came far apart, and the fast inputs waited for the slow one. Unaligned checkpoints pass them by.',
  synchronous: 'The task stood still while its state was taken.',
  asynchronous: 'Writing the state took the time: its size, or a slow storage.',
};

function known(ms: number | undefined): number {
  return ms === undefined || !Number.isFinite(ms) || ms < 0 ? 0 : ms;
}
