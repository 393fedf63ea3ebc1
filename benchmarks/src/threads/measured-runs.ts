/**
 * Runs measured programs in turn and tells their rates.
 *
 * The harness' own comparison times a run from outside, where the start of the threads would count.
 */
import type { BenchSuite } from '@millrace/core/bench';
import type { JobClient } from 'millrace';
import {
  exchange,
  handOff,
  keyedCount,
  type MeasuredJob,
  tumblingCount,
} from './measured-programs.ts';
import { Meter } from './meter.ts';

const PROGRAMS = { keyedCount, tumblingCount, handOff, exchange } as const;
export type ProgramName = 'keyedCount' | 'tumblingCount' | 'handOff' | 'exchange';

export interface MeasuredVariant {
  readonly target: 'local' | 'threads';
  readonly parallelism: number;
  readonly configuration?: Readonly<Record<string, string>>;
  /** So many at once, each with its share of the records and of the keys; 1 unless given. */
  readonly jobs?: number;
}

export type MeasuredWork = Pick<MeasuredJob, 'records' | 'keys' | 'rate' | 'sinkMicros'>;

export interface MeasuredRate {
  readonly ratePerSecond: number;
  /** For each record, of all cores together. */
  readonly cpuMicros: number;
}

/** Of a variant: medians over its turns, and each turn in their order. */
export interface MeasuredRates extends MeasuredRate {
  readonly turns: readonly MeasuredRate[];
}

export async function startMeasured(
  program: ProgramName,
  work: MeasuredWork,
  variant: MeasuredVariant,
): Promise<{ readonly meter: Meter; readonly client: JobClient }> {
  const meter = new Meter(variant.parallelism);
  return { meter, client: await startOn(meter, { program, work, variant, firstSubtask: 0 }) };
}

function startOn(
  meter: Meter,
  run: {
    readonly program: ProgramName;
    readonly work: MeasuredWork;
    readonly variant: MeasuredVariant;
    readonly firstSubtask: number;
  },
): Promise<JobClient> {
  const { program, work, variant, firstSubtask } = run;
  const { target, parallelism, configuration } = variant;
  return PROGRAMS[program]({
    ...work,
    parallelism,
    meter: meter.buffer,
    firstSubtask,
    configuration: { 'execution.target': target, ...configuration },
  });
}

/** Several jobs have nothing to do with each other: what the machine gives to so many threads. */
export async function runMeasured(
  program: ProgramName,
  work: MeasuredWork,
  variant: MeasuredVariant,
): Promise<Meter> {
  const { jobs = 1, parallelism } = variant;
  const meter = new Meter(jobs * parallelism);
  const share = { ...work, records: work.records / jobs, keys: work.keys / jobs };
  const clients = await Promise.all(
    Array.from({ length: jobs }, (_, job) =>
      startOn(meter, { program, work: share, variant, firstSubtask: job * parallelism }),
    ),
  );
  await Promise.all(clients.map((client) => client.jobExecutionResult()));
  if (meter.sum !== work.records) {
    throw new Error(
      `${program} on ${variant.target} came to ${meter.sum} of ${work.records} records`,
    );
  }
  return meter;
}

/** Of variants that take turns; the first turn is not counted. */
export async function compareRates<V extends string>(
  suite: BenchSuite,
  title: string,
  options: {
    readonly program: ProgramName;
    readonly work: MeasuredWork;
    readonly turns: number;
    readonly variants: Readonly<Record<V, MeasuredVariant>>;
  },
): Promise<Record<V, MeasuredRates>> {
  const { program, work, variants } = options;
  const names = Object.keys(variants) as V[];
  const runs = new Map<V, MeasuredRate[]>(names.map((name) => [name, []]));
  const turns = suite.smoke ? 1 : options.turns + 1;
  for (let turn = 0; turn < turns; turn++) {
    for (let place = 0; place < names.length; place++) {
      const name = names[(place + turn) % names.length] as V;
      const meter = await runMeasured(program, work, variants[name]);
      if (turn > 0 || suite.smoke) {
        const { ratePerSecond, cpuMicrosPerRecord: cpuMicros } = meter;
        runs.get(name)?.push({ ratePerSecond, cpuMicros });
      }
    }
  }
  const rates = {} as Record<V, MeasuredRates>;
  for (const name of names) {
    const own = runs.get(name) as MeasuredRate[];
    const ratePerSecond = median(own.map((run) => run.ratePerSecond));
    const cpuMicros = median(own.map((run) => run.cpuMicros));
    suite.report(`${title}, ${name}`, ratePerSecond, 'records/s');
    suite.report(`${title}, ${name}, time of cores`, cpuMicros, 'us/record');
    rates[name] = { ratePerSecond, cpuMicros, turns: own };
  }
  return rates;
}

/** The median over turns: what slows the machine for a while is on both sides of a turn. */
export function medianRatio(
  { turns }: MeasuredRates,
  against: MeasuredRates,
  ratio: (one: MeasuredRate, other: MeasuredRate) => number,
): number {
  return median(turns.map((turn, i) => ratio(turn, against.turns[i] as MeasuredRate)));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
