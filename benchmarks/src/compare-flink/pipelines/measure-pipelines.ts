/**
 * A pipeline on all sides, which take turns: a job without end runs on each, and stands still while it is not its
 * turn.
 */
import type { CompareContext, Peers } from '../compare-sections.ts';
import type { BackendKind } from '../compared-state-backends.ts';
import { backendName, bySide } from '../report/access-lines.ts';
import { pipelineAim } from '../report/aims.ts';
import type { Measured } from '../report/compared-line.ts';
import { short } from '../report/line-table.ts';
import { BUDGET_BYTES } from '../sections.ts';
import type { Side, SideProgram } from '../side.ts';
import { jvmHeap } from '../side-programs.ts';
import { canMeasure, type SectionSides, withSides } from '../with-sides.ts';
import {
  flinkPipeline,
  loopPipeline,
  millracePipeline,
  type PipelineSideOptions,
} from './pipeline-sides.ts';
import { endlessJob, makeReady, rateOf, type TurnMeasure, takeTurns } from './pipeline-turns.ts';
import { PIPELINE_TITLES, type PipelineWork } from './pipeline-work.ts';

export interface PipelineSection {
  readonly work: PipelineWork;
  readonly backend: BackendKind;
  readonly parallelism: number;
  readonly checkpointMs: number;
  readonly measure: PipelineMeasure;
}

export interface PipelineMeasure extends TurnMeasure {
  /** Records whose results must be the same on all sides. */
  readonly checkedRecords: number;
  /** Before the first turn: at least so long, and until so many records have come. */
  readonly warmUpMs: number;
  readonly warmUpRecords: number;
  readonly rounds: number;
  /** Flink with its default of managed memory too, where it matters. */
  readonly bothBudgets: boolean;
  readonly heapMiB: number;
}

/** A side too slow to come to its records of warm-up is measured all the same. */
const LONGEST_WARM_UPS = 5;
const GENERATE_MS = 300;

export async function comparePipeline(
  section: PipelineSection,
  context: CompareContext,
): Promise<void> {
  const title = titleOf(section);
  if (!canMeasure({ title: `${title} on RocksDB`, backend: section.backend }, context)) {
    return;
  }
  const rates = await withSides(context, async ({ folderOf, startAll }) => {
    const sides = await startAll(programsOf(section, { folderOf, ...context }));
    return ratesOf(sides, section, context);
  });
  const backend = backendName(section.backend);
  context.report({
    kind: 'pipelines',
    work: title,
    backend,
    unit: 'records/s',
    better: 'more',
    ...bySide(rates),
    aim: pipelineAim(section.work, { parallelism: section.parallelism, backend }),
  });
}

function titleOf({ work, parallelism, checkpointMs }: PipelineSection): string {
  const checkpoints = checkpointMs === 0 ? '' : ', a checkpoint each second';
  return `${PIPELINE_TITLES[work]}, parallelism ${parallelism}${checkpoints}`;
}

function programsOf(
  section: PipelineSection,
  { folderOf, withFlink }: Pick<SectionSides, 'folderOf'> & Peers,
): SideProgram[] {
  const of = (side: string): PipelineSideOptions => ({
    ...section,
    budgetBytes: BUDGET_BYTES,
    folder: folderOf(side),
  });
  const programs = [loopPipeline(section.work), millracePipeline(of('millrace'))];
  if (withFlink) {
    const { heapMiB, bothBudgets } = section.measure;
    const jvm = jvmHeap(heapMiB);
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
  await makeReady(sides, {
    title: titleOf(section),
    checkedRecords: measure.checkedRecords,
    async warmUp(side) {
      if (side.name !== 'loop by hand') {
        const rate = rateOf(await side.ask(`generate ${GENERATE_MS}`));
        context.note(`${side.name}: makes ${short(rate)} records/s of ${section.work} alone`);
      }
      await warmUp(side, measure);
    },
  });
  const jobs = sides.map((side) => endlessJob(side, measure));
  const turns = await takeTurns(jobs, measure.rounds);
  return turns.map(({ name, replies }) => ({ name, samples: replies.map(rateOf) }));
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
