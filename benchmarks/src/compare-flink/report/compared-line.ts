/** A line of the comparison: the same work on both sides, with what it was meant to reach. */

export type CompareKind = 'state' | 'pipelines' | 'scaling' | 'peers' | 'checkpoints' | 'memory';
export type PlotName = 'scaling-keys' | 'scaling-parallelism';
export type ComparedBackendName = 'heap' | 'rocksdb';

/** At least so many times as good as Flink, or an amount that is not exceeded. */
export type Aim = { readonly ratio: number } | { readonly atMost: number };

export interface Measured {
  readonly name: string;
  /** One for each turn; never none. */
  readonly samples: readonly number[];
}

export interface ComparedLine {
  readonly kind: CompareKind;
  readonly work: string;
  readonly backend: ComparedBackendName;
  readonly unit: string;
  /** Which figures are good ones. */
  readonly better: 'more' | 'less';
  readonly ours: Measured;
  /** Each in another configuration; none where Flink cannot run. */
  readonly flink: readonly Measured[];
  /** What the same work comes to without an engine. */
  readonly limit?: Measured;
  readonly aim?: Aim;
  /** Stream processors other than Flink. */
  readonly peers?: readonly Measured[];
  /** Where it is a point of a plot. */
  readonly plotted?: { readonly plot: PlotName; readonly at: number };
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spreadOf({ samples }: Measured): Spread {
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    median: middleOf(sorted),
    least: sorted[0] ?? Number.NaN,
    most: sorted.at(-1) ?? Number.NaN,
  };
}

function middleOf(sorted: readonly number[]): number {
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[sorted.length / 2 - 1] ?? upper) + upper) / 2;
}

/** Flink in the configuration that does best. */
export function bestOfFlink({ flink, better }: ComparedLine): Measured | undefined {
  const sign = better === 'more' ? 1 : -1;
  return [...flink].sort((a, b) => sign * (spreadOf(b).median - spreadOf(a).median))[0];
}

/** How many times as good as the other; 2 is twice as good, also where less is better. */
export function timesAsGood({ ours, better }: ComparedLine, other: Measured): number {
  const quotient = spreadOf(ours).median / spreadOf(other).median;
  return better === 'more' ? quotient : 1 / quotient;
}

/** Against the best of Flink's configurations; `undefined` without Flink. */
export function ratioOf(line: ComparedLine): number | undefined {
  const flink = bestOfFlink(line);
  return flink === undefined ? undefined : timesAsGood(line, flink);
}

/** `undefined` where no limit is measured. */
export function shareOfLimit(line: ComparedLine): number | undefined {
  return line.limit === undefined ? undefined : timesAsGood(line, line.limit);
}

/** `undefined` where there is no aim, or nothing to compare with. */
export function isMet(line: ComparedLine): boolean | undefined {
  if (line.aim === undefined) {
    return undefined;
  }
  if ('atMost' in line.aim) {
    return spreadOf(line.ours).median <= line.aim.atMost;
  }
  const ratio = ratioOf(line);
  return ratio === undefined ? undefined : ratio >= line.aim.ratio;
}
