/**
 * A pipeline on all sides, which take turns: a job without end runs on each, and stands still while it is not its
 * turn.
 *
 * Invariant: before anything is timed, all sides have given the same results for the same records.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import type { CompareContext } from '../compare-sections.ts';
import type { BackendKind } from '../compared-state-backends.ts';
import { backendName, bySide } from '../report/access-lines.ts';
import { pipelineAim } from '../report/aims.ts';
import type { Measured } from '../report/compared-line.ts';
import { short } from '../report/line-table.ts';
import { BUDGET_BYTES } from '../sections.ts';
import { type Reply, Side, type SideProgram } from '../side.ts';
import {
  flinkPipeline,
  loopPipeline,
  millracePipeline,
  type PipelineSideOptions,
} from './pipeline-sides.ts';
import { PIPELINE_TITLES, type PipelineWork } from './pipeline-work.ts';

export interface PipelineSection {
  readonly work: PipelineWork;
  readonly backend: BackendKind;
  readonly parallelism: number;
  readonly checkpointMs: number;
  readonly measure: PipelineMeasure;
}

export interface PipelineMeasure {
  /** Records whose results must be the same on all sides. */
  readonly checkedRecords: number;
  /** Before the first turn: at least so long, and until so many records have come. */
  readonly warmUpMs: number;
  readonly warmUpRecords: number;
  readonly rounds: number;
  /** Of a turn: not measured, and measured. */
  readonly settleMs: number;
  readonly turnMs: number;
  /** Flink with its default of managed memory too, where it matters. */
  readonly bothBudgets: boolean;
  readonly heapMiB: number;
}

/** A side too slow to come to its records of warm-up is measured all the same. */
const LONGEST_WARM_UPS = 5;
const GENERATE_MS = 300;
/** Of tiny turns, on a machine with much else to do. */
const MOST_EMPTY_TURNS = 20;

export async function comparePipeline(
  section: PipelineSection,
  context: CompareContext,
): Promise<void> {
  const missing = section.backend === 'rocksdb' ? whyNoNativeAddon() : undefined;
  if (missing !== undefined) {
    context.note(`${titleOf(section)} on RocksDB is left out: ${missing}`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'millrace-pipeline-'));
  const sides: Side[] = [];
  try {
    for (const program of programsOf(section, { folder, ...context })) {
      const side = await Side.start(program);
      sides.push(side);
      context.version(side.what);
    }
    const rates = await ratesOf(sides, section, context);
    const backend = backendName(section.backend);
    context.report({
      kind: 'pipelines',
      work: titleOf(section),
      backend,
      unit: 'records/s',
      better: 'more',
      ...bySide(rates),
      aim: pipelineAim(section.work, { parallelism: section.parallelism, backend }),
    });
  } finally {
    for (const side of sides) {
      side.kill();
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function titleOf({ work, parallelism, checkpointMs }: PipelineSection): string {
  const checkpoints = checkpointMs === 0 ? '' : ', a checkpoint each second';
  return `${PIPELINE_TITLES[work]}, parallelism ${parallelism}${checkpoints}`;
}

function programsOf(
  section: PipelineSection,
  { folder, withFlink }: { readonly folder: string; readonly withFlink: boolean },
): SideProgram[] {
  const of = (name: string): PipelineSideOptions => {
    const own = join(folder, name);
    mkdirSync(own);
    return { ...section, budgetBytes: BUDGET_BYTES, folder: own };
  };
  const programs = [loopPipeline(section.work), millracePipeline(of('millrace'))];
  if (withFlink) {
    const { heapMiB, bothBudgets } = section.measure;
    const jvm = [`-Xms${heapMiB}m`, `-Xmx${heapMiB}m`, '-XX:+UseG1GC'];
    programs.push(flinkPipeline(of('flink'), { managed: 'fixed', jvm }));
    if (bothBudgets && section.backend === 'rocksdb') {
      programs.push(flinkPipeline(of('flink-default'), { managed: 'default', jvm }));
    }
  }
  return programs;
}

async function ratesOf(
  sides: readonly Side[],
  section: PipelineSection,
  context: CompareContext,
): Promise<Measured[]> {
  const { measure } = section;
  let expected: Reply | undefined;
  for (const side of sides) {
    const results = await side.ask(`check ${measure.checkedRecords}`);
    expected ??= results;
    sameResults(titleOf(section), { side: side.name, results, expected });
    if (side.name !== 'loop by hand') {
      const rate = rateOf(await side.ask(`generate ${GENERATE_MS}`));
      context.note(`${side.name}: makes ${short(rate)} records/s of ${section.work} alone`);
    }
    await warmUp(side, measure);
    side.hold();
  }
  const rates = sides.map(({ name }) => ({ name, samples: [] as number[] }));
  for (let round = 0; round < measure.rounds; round++) {
    for (const [index, side] of sides.entries()) {
      side.resume();
      rates[index]?.samples.push(rateOf(await turnOf(side, measure)));
      side.hold();
    }
  }
  return rates;
}

/** @throws Error when no record comes any more: the job has failed */
export async function turnOf(
  side: Side,
  measure: Pick<PipelineMeasure, 'settleMs' | 'turnMs'>,
): Promise<Reply> {
  for (let turn = 0; turn < MOST_EMPTY_TURNS; turn++) {
    const reply = await side.ask(`run ${measure.settleMs} ${measure.turnMs}`);
    if (rateOf(reply) > 0) {
      return reply;
    }
  }
  throw new Error(`${side.name} made no record in ${MOST_EMPTY_TURNS} turns`);
}

export async function warmUp(side: Side, measure: PipelineMeasure): Promise<void> {
  await side.ask('start');
  for (let i = 0; i < LONGEST_WARM_UPS; i++) {
    const { made = 0 } = await side.ask(`run 0 ${measure.warmUpMs}`);
    if (made >= measure.warmUpRecords) {
      return;
    }
  }
}

/** @throws Error when a side computes something else than the first one, which is the loop by hand */
export function sameResults(
  title: string,
  of: { readonly side: string; readonly results: Reply; readonly expected: Reply },
): void {
  const { side, results, expected } = of;
  if (results.checksum !== expected.checksum || results.results !== expected.results) {
    const [got, wanted] = [JSON.stringify(results), JSON.stringify(expected)];
    throw new Error(`${title}: ${side} gave ${got}, and a loop by hand ${wanted}`);
  }
}

export function rateOf(reply: Reply): number {
  return ((reply.operations as number) / (reply.ns as number)) * 1e9;
}
