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

export interface MeasuredRun {
  readonly meter: Meter;
  readonly ratePerSecond: number;
  readonly cpuMicros: number;
}

/** Of a variant: medians over its turns. */
export interface MeasuredRate {
  readonly ratePerSecond: number;
  /** For each record, of all cores together. */
  readonly cpuMicros: number;
}

export async function startMeasured(
  program: ProgramName,
  work: MeasuredWork,
  { target, parallelism, configuration }: MeasuredVariant,
): Promise<{ readonly meter: Meter; readonly client: JobClient }> {
  const meter = new Meter(parallelism);
  const client = await PROGRAMS[program]({
    ...work,
    parallelism,
    meter: meter.buffer,
    configuration: { 'execution.target': target, ...configuration },
  });
  return { meter, client };
}

export async function runMeasured(
  program: ProgramName,
  work: MeasuredWork,
  variant: MeasuredVariant,
): Promise<MeasuredRun> {
  const { meter, client } = await startMeasured(program, work, variant);
  await client.jobExecutionResult();
  if (meter.sum !== work.records) {
    throw new Error(
      `${program} on ${variant.target} came to ${meter.sum} of ${work.records} records`,
    );
  }
  return {
    meter,
    ratePerSecond: meter.ratePerSecond(work.records),
    cpuMicros: meter.cpuMicrosPerRecord(work.records),
  };
}

/** Jobs that have nothing to do with each other: what the machine gives to so many threads. */
async function runAtOnce(
  program: ProgramName,
  work: MeasuredWork,
  variant: MeasuredVariant,
): Promise<MeasuredRate> {
  const { jobs = 1 } = variant;
  const share = { ...work, records: work.records / jobs, keys: work.keys / jobs };
  const runs = await Promise.all(
    Array.from({ length: jobs }, () => runMeasured(program, share, variant)),
  );
  const meter = Meter.joined(runs.map((run) => run.meter));
  return {
    ratePerSecond: meter.ratePerSecond(work.records),
    cpuMicros: meter.cpuMicrosPerRecord(work.records),
  };
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
): Promise<Record<V, MeasuredRate>> {
  const { program, work, variants } = options;
  const names = Object.keys(variants) as V[];
  const runs = new Map<V, MeasuredRate[]>(names.map((name) => [name, []]));
  const turns = suite.smoke ? 1 : options.turns + 1;
  for (let turn = 0; turn < turns; turn++) {
    for (let place = 0; place < names.length; place++) {
      const name = names[(place + turn) % names.length] as V;
      const run = await runAtOnce(program, work, variants[name]);
      if (turn > 0 || suite.smoke) {
        runs.get(name)?.push(run);
      }
    }
  }
  return Object.fromEntries(
    names.map((name) => {
      const own = runs.get(name) as MeasuredRate[];
      const ratePerSecond = median(own.map((run) => run.ratePerSecond));
      const cpuMicros = median(own.map((run) => run.cpuMicros));
      suite.report(`${title}, ${name}`, ratePerSecond, 'records/s');
      suite.report(`${title}, ${name}, time of cores`, cpuMicros, 'us/record');
      return [name, { ratePerSecond, cpuMicros }];
    }),
  ) as Record<V, MeasuredRate>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
