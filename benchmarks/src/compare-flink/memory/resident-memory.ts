/**
 * Resident memory of a process that counts words at full load. Node has its defaults; the JVM has a heap of at most
 * 1 GiB that begins small, as a task manager and a JobManager of Flink's default size have together.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import type { CompareContext } from '../compare-sections.ts';
import {
  flinkPipeline,
  millracePipeline,
  type PipelineSideOptions,
} from '../pipelines/pipeline-sides.ts';
import { bySide } from '../report/access-lines.ts';
import type { ComparedBackendName } from '../report/compared-line.ts';
import { BUDGET_BYTES } from '../sections.ts';
import { Side } from '../side.ts';

const JVM = ['-Xmx1g', '-XX:+UseG1GC'];
const TURNS = 3;

export async function compareResidentMemory(
  backend: ComparedBackendName,
  context: CompareContext,
): Promise<void> {
  const missing = backend === 'rocksdb' ? whyNoNativeAddon() : undefined;
  if (missing !== undefined) {
    context.note(`memory with RocksDB is left out: ${missing}`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'millrace-memory-'));
  const of = (name: string): PipelineSideOptions => {
    const own = join(folder, name);
    mkdirSync(own);
    return {
      work: 'wordcount',
      backend: backend === 'heap' ? 'hashmap' : 'rocksdb',
      parallelism: 1,
      checkpointMs: 0,
      budgetBytes: BUDGET_BYTES,
      folder: own,
    };
  };
  const programs = [
    millracePipeline(of('millrace')),
    ...(context.withFlink ? [flinkPipeline(of('flink'), { managed: 'fixed', jvm: JVM })] : []),
  ];
  try {
    const figures = [];
    for (const program of programs) {
      const side = await Side.start(program);
      context.version(side.what);
      const samples = [];
      await side.ask('start');
      for (let turn = 0; turn < TURNS; turn++) {
        await side.ask(`run 0 ${context.quick ? 200 : 5000}`);
        samples.push((await side.ask('memory')).rssMiB as number);
      }
      await side.end();
      figures.push({ name: side.name, samples });
    }
    context.report({
      kind: 'memory',
      work: 'resident memory of word count, parallelism 1',
      backend,
      unit: 'MiB',
      better: 'less',
      ...bySide(figures),
      aim: { ratio: 1 },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
