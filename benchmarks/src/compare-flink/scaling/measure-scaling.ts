/**
 * What a record of a keyed count costs, in the time of all cores: here, in Flink, and on the heap in a loop by hand.
 * The sides take turns, and one whose turn it is not stands still.
 *
 * Invariants:
 * - Before anything is timed, all sides have given the same results for the same records.
 * - As many records as there are keys were made before the first turn: where one source makes them, each key
 *   has its state by then.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import type { CompareContext } from '../compare-sections.ts';
import { rateOf, sameResults, turnOf } from '../pipelines/measure-pipelines.ts';
import {
  flinkPipeline,
  loopPipeline,
  millracePipeline,
  type PipelineSideOptions,
} from '../pipelines/pipeline-sides.ts';
import type { KeyedCount } from '../pipelines/pipeline-work.ts';
import { backendName, bySide } from '../report/access-lines.ts';
import { BUDGET_BYTES } from '../sections.ts';
import { type Reply, Side, type SideProgram } from '../side.ts';
import type { ScalingSection } from './scaling-sections.ts';

/** A side that has not seen each key by then would take the time of a whole run. */
const WARM_UP_MS_MAX = 4 * 60 * 1000;

interface SideTurns {
  readonly name: string;
  readonly replies: Reply[];
}

export async function compareScaling(
  section: ScalingSection,
  context: CompareContext,
): Promise<void> {
  const missing = section.backend === 'rocksdb' ? whyNoNativeAddon() : undefined;
  if (missing !== undefined) {
    context.note(`${titleOf(section)} on RocksDB is left out: ${missing}`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'millrace-scaling-'));
  const sides: Side[] = [];
  try {
    for (const program of programsOf(section, { folder, ...context })) {
      const side = await Side.start(program);
      sides.push(side);
      context.version(side.what);
    }
    report(section, await turnsOf(sides, section), context);
    for (const side of sides) {
      side.resume();
      const { peakMiB = 0 } = await side.ask('memory');
      context.note(`${side.name}, ${titleOf(section)}: peak RSS ${peakMiB.toFixed(0)} MiB`);
    }
  } finally {
    for (const side of sides) {
      side.kill();
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function titleOf({ keys, parallelism, target }: ScalingSection): string {
  const threads = target === 'threads' ? ', threads' : '';
  return `keyed count, ${keys.toLocaleString('en')} keys, parallelism ${parallelism}${threads}`;
}

function programsOf(
  section: ScalingSection,
  { folder, withFlink }: { readonly folder: string; readonly withFlink: boolean },
): SideProgram[] {
  const { keys, backend, parallelism, target, measure } = section;
  const work: KeyedCount = `keyedcount-${keys}`;
  const of = (name: string): PipelineSideOptions => {
    const own = join(folder, name);
    mkdirSync(own);
    const { heapMiB: nodeHeapMiB } = measure;
    const shared = { work, backend, parallelism, target, nodeHeapMiB } as const;
    return { ...shared, checkpointMs: 0, budgetBytes: BUDGET_BYTES, folder: own };
  };
  const jvm = [`-Xms${measure.heapMiB}m`, `-Xmx${measure.heapMiB}m`, '-XX:+UseG1GC'];
  return [
    // The loop is the limit of one thread, with no database.
    ...(backend === 'hashmap' && target === 'local' ? [loopPipeline(work)] : []),
    millracePipeline(of('millrace')),
    ...(withFlink ? [flinkPipeline(of('flink'), { managed: 'fixed', jvm })] : []),
  ];
}

async function turnsOf(sides: readonly Side[], section: ScalingSection): Promise<SideTurns[]> {
  const { keys, measure } = section;
  const checked = Math.min(2 * keys, measure.checkedRecordsMax);
  let expected: Reply | undefined;
  for (const side of sides) {
    const results = await side.ask(`check ${checked}`);
    expected ??= results;
    sameResults(titleOf(section), { side: side.name, results, expected });
    await warmUp(side, section);
    side.hold();
  }
  const turns = sides.map(({ name }): SideTurns => ({ name, replies: [] }));
  for (let round = 0; round < measure.rounds; round++) {
    for (const [index, side] of sides.entries()) {
      side.resume();
      turns[index]?.replies.push(await turnOf(side, measure));
      side.hold();
    }
  }
  return turns;
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

function report(
  section: ScalingSection,
  turns: readonly SideTurns[],
  context: CompareContext,
): void {
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
