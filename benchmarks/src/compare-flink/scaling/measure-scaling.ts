/**
 * What a record of a keyed count costs, in the time of all cores: here, in Flink, and on the heap in a loop by hand.
 * The sides take turns, and one whose turn it is not stands still.
 *
 * Invariant: as many records as there are keys were made before the first turn: where one source makes them, each key
 * has its state by then.
 */
import type { CompareContext, Peers } from '../compare-sections.ts';
import {
  flinkPipeline,
  loopPipeline,
  millracePipeline,
  type PipelineSideOptions,
} from '../pipelines/pipeline-sides.ts';
import {
  endlessJob,
  makeReady,
  rateOf,
  type TurnsOf,
  takeTurns,
} from '../pipelines/pipeline-turns.ts';
import type { KeyedCount } from '../pipelines/pipeline-work.ts';
import { backendName, bySide } from '../report/access-lines.ts';
import { BUDGET_BYTES } from '../sections.ts';
import type { Reply, Side, SideProgram } from '../side.ts';
import { jvmHeap } from '../side-programs.ts';
import { canMeasure, type SectionSides, withSides } from '../with-sides.ts';
import type { ScalingSection } from './scaling-sections.ts';

/** A side that has not seen each key by then would take the time of a whole run. */
const WARM_UP_MS_MAX = 15 * 60 * 1000;

export async function compareScaling(
  section: ScalingSection,
  context: CompareContext,
): Promise<void> {
  const title = titleOf(section);
  if (!canMeasure({ title: `${title} on RocksDB`, backend: section.backend }, context)) {
    return;
  }
  await withSides(context, async ({ folderOf, startAll }) => {
    const sides = await startAll(programsOf(section, { folderOf, ...context }));
    report(section, await turnsOf(sides, section), context);
    for (const side of sides) {
      side.resume();
      const { peakMiB = 0 } = await side.ask('memory');
      context.note(`${side.name}, ${title}: peak RSS ${peakMiB.toFixed(0)} MiB`);
    }
  });
}

function titleOf({ keys, parallelism, target }: ScalingSection): string {
  const threads = target === 'threads' ? ', threads' : '';
  return `keyed count, ${keys.toLocaleString('en')} keys, parallelism ${parallelism}${threads}`;
}

function programsOf(
  section: ScalingSection,
  { folderOf, withFlink }: Pick<SectionSides, 'folderOf'> & Peers,
): SideProgram[] {
  const { keys, backend, parallelism, target, measure } = section;
  const work: KeyedCount = `keyedcount-${keys}`;
  const { heapMiB } = measure;
  const of = (side: string): PipelineSideOptions => ({
    work,
    backend,
    parallelism,
    target,
    checkpointMs: 0,
    budgetBytes: BUDGET_BYTES,
    folder: folderOf(side),
    nodeHeapMiB: heapMiB,
  });
  const jvm = jvmHeap(heapMiB);
  return [
    // The loop is the limit of one thread, with no database.
    ...(backend === 'hashmap' && target === 'local' ? [loopPipeline(work)] : []),
    millracePipeline(of('millrace')),
    ...(withFlink ? [flinkPipeline(of('flink'), { managed: 'fixed', jvm })] : []),
  ];
}

async function turnsOf(sides: readonly Side[], section: ScalingSection): Promise<TurnsOf[]> {
  const { keys, measure } = section;
  await makeReady(sides, {
    title: titleOf(section),
    checkedRecords: Math.min(2 * keys, measure.checkedRecordsMax),
    warmUp: (side) => warmUp(side, section),
  });
  const jobs = sides.map((side) => endlessJob(side, measure));
  return takeTurns(jobs, measure.rounds);
}

/** @throws Error when a side has not made as many records as there are keys in minutes */
async function warmUp(side: Side, { keys, measure }: ScalingSection): Promise<void> {
  await side.ask('start');
  for (let ms = 0; ms < WARM_UP_MS_MAX; ms += measure.warmUpMs) {
    const { made = 0 } = await side.ask(`run 0 ${measure.warmUpMs}`);
    if (made > keys) {
      return;
    }
  }
  throw new Error(`${side.name} has not made ${keys} records in ${WARM_UP_MS_MAX} ms`);
}

function report(section: ScalingSection, turns: readonly TurnsOf[], context: CompareContext): void {
  const { keys, parallelism, plot } = section;
  const figures = (figure: (reply: Reply) => number) =>
    bySide(turns.map(({ name, replies }) => ({ name, samples: replies.map(figure) })));
  const line = {
    kind: 'scaling',
    work: titleOf(section),
    backend: backendName(section.backend),
  } as const;
  context.report({
    ...line,
    unit: 'CPU ns/record',
    better: 'less',
    ...figures((reply) => (reply.cpuNs as number) / (reply.operations as number)),
    plotted: { plot, at: plot === 'scaling-keys' ? keys : parallelism },
  });
  context.report({ ...line, unit: 'records/s', better: 'more', ...figures(rateOf) });
}
