/**
 * Resident memory of a process that counts words at full load. Node has its defaults; the JVM has a heap of at most
 * 1 GiB that begins small, as a task manager and a JobManager of Flink's default size have together.
 */
import type { CompareContext } from '../compare-sections.ts';
import {
  flinkPipeline,
  millracePipeline,
  type PipelineSideOptions,
} from '../pipelines/pipeline-sides.ts';
import { bySide } from '../report/access-lines.ts';
import type { ComparedBackendName } from '../report/compared-line.ts';
import { BUDGET_BYTES } from '../sections.ts';
import { canMeasure, withSides } from '../with-sides.ts';

const JVM = ['-Xmx1g', '-XX:+UseG1GC'];
const TURNS = 3;

export async function compareResidentMemory(
  backend: ComparedBackendName,
  context: CompareContext,
): Promise<void> {
  const kind = backend === 'heap' ? 'hashmap' : 'rocksdb';
  if (!canMeasure({ title: 'memory with RocksDB', backend: kind }, context)) {
    return;
  }
  const figures = await withSides(context, async ({ folderOf, start }) => {
    const of = (side: string): PipelineSideOptions => ({
      work: 'wordcount',
      backend: kind,
      parallelism: 1,
      checkpointMs: 0,
      budgetBytes: BUDGET_BYTES,
      folder: folderOf(side),
    });
    const programs = [
      millracePipeline(of('millrace')),
      ...(context.withFlink ? [flinkPipeline(of('flink'), { managed: 'fixed', jvm: JVM })] : []),
    ];
    const figures = [];
    for (const program of programs) {
      const side = await start(program);
      const samples = [];
      await side.ask('start');
      for (let turn = 0; turn < TURNS; turn++) {
        await side.ask(`run 0 ${context.quick ? 200 : 5000}`);
        samples.push((await side.ask('memory')).rssMiB as number);
      }
      await side.end();
      figures.push({ name: side.name, samples });
    }
    return figures;
  });
  context.report({
    kind: 'memory',
    work: 'resident memory of word count, parallelism 1',
    backend,
    unit: 'MiB',
    better: 'less',
    ...bySide(figures),
    aim: { ratio: 1 },
  });
}
