/**
 * Whether a soak was right: what was lost or came twice, what failed by itself, and what memory did.
 *
 * Invariant: what was to happen has happened, or it is a fault too: a soak without kills, checkpoints or
 * records shows nothing.
 */
import { type MemorySample, memoryTrend } from './memory-samples.ts';
import type { SoakVerdict } from './soak-records.ts';

export interface SoakEvents {
  readonly elapsedMs: number;
  readonly restarts: number;
  readonly checkpoints: number;
  readonly kills: number;
  /** Of the main thread's heap no garbage is in them. */
  readonly memory: readonly MemorySample[];
  /** Found on the way. */
  readonly faults: readonly string[];
}

/** One checkpoint each second is asked for; a machine that is busy, and restarts, take many of them. */
const SECONDS_PER_CHECKPOINT_MAX = 10;
/** A kill may hit a job that restarts, or be followed by the failure of what had to do with it. */
const RESTARTS_PER_KILL = { min: 0.7, max: 1.2 };
/** Memory of a process that has just begun grows. */
const MEMORY_MS_MIN = 55_000;
/** Failures that a machine without time for heartbeats has. */
const RESTARTS_OPEN = 2;

export function faultsOf(
  events: SoakEvents,
  records: SoakVerdict,
  { kills }: { readonly kills: boolean },
): string[] {
  const faults = [...events.faults, ...records.faults];
  if (records.records === 0) {
    faults.push('no record came to the end');
  }
  if (events.checkpoints < events.elapsedMs / 1000 / SECONDS_PER_CHECKPOINT_MAX) {
    faults.push(`only ${events.checkpoints} checkpoints completed, with one asked for each second`);
  }
  if (kills && events.kills === 0) {
    faults.push('there were no kills');
  }
  if (events.restarts < Math.ceil(events.kills * RESTARTS_PER_KILL.min)) {
    faults.push(`${events.kills} kills led to ${events.restarts} restarts: they killed nothing`);
  }
  if (events.restarts > events.kills * RESTARTS_PER_KILL.max + RESTARTS_OPEN) {
    faults.push(`${events.restarts} restarts, of ${events.kills} kills: something fails by itself`);
  }
  return events.elapsedMs < MEMORY_MS_MIN ? faults : [...faults, ...growth(events.memory)];
}

function growth(memory: readonly MemorySample[]): string[] {
  const measures = ['rss', 'mainHeap', 'workerHeaps'] as const;
  return measures
    .filter((measure) => !memoryTrend(memory, measure).isFlat)
    .map((measure) => `${measure} grows`);
}
