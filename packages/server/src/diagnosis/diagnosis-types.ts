/** What a diagnosis says. */

export type Severity = 'info' | 'warning' | 'error';

export interface Finding {
  /** Names the cause. */
  readonly code: string;
  readonly severity: Severity;
  /** For people: what was seen, and what to do. */
  readonly text: string;
  /** The key that would help. */
  readonly setting?: string;
  readonly suggestedValue?: string;
}

/** One subtask's part of a checkpoint, ms. */
export interface CheckpointHop {
  readonly vertexId: string;
  readonly subtask: number;
  /** Trigger to the first barrier. */
  readonly startDelayMs: number;
  /** First barrier to the last. */
  readonly alignmentMs: number;
  readonly syncMs: number;
  readonly asyncMs: number;
  /** Trigger to acknowledgement. */
  readonly endToEndMs: number;
}

export interface SlowestHop extends CheckpointHop {
  /** What took longest of it. */
  readonly phase: 'startDelay' | 'alignment' | 'sync' | 'async';
  readonly phaseMs: number;
}

export interface CheckpointDiagnosis {
  readonly hops: CheckpointHop[];
  /** `null` before any subtask has acknowledged. */
  readonly slowest: SlowestHop | null;
  /** The gravest first. */
  readonly findings: Finding[];
}

/** As a configuration takes it: `90 s`, `250 ms`, `20 min`. */
export function durationText(ms: number): string {
  if (ms >= 60_000 && ms % 60_000 === 0) {
    return `${ms / 60_000} min`;
  }
  return ms >= 10_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms)} ms`;
}

export function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size < 10 && unit > 0 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}
