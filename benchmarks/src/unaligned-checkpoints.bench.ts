/** How long checkpoints take behind a slow operator: aligned, unaligned, and unaligned after a while. */
import type { BenchSuite } from '@millrace/core/bench';
import {
  type Collector,
  DataGeneratorSource,
  StreamExecutionEnvironment,
  Types,
  WatermarkStrategy,
} from 'millrace';

/** Of the slow operator, for each record. */
const WORK_MS = 0.05;
/** Of each number: as tasks of one thread take turns, only a task that sends more than it takes fills channels. */
const COPIES = 20;

const MODES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  aligned: {},
  unaligned: { 'execution.checkpointing.unaligned.enabled': 'true' },
  'unaligned after 50 ms': {
    'execution.checkpointing.unaligned.enabled': 'true',
    'execution.checkpointing.aligned-checkpoint-timeout': '50 ms',
  },
};

export async function bench(suite: BenchSuite): Promise<void> {
  const records = suite.size(4_000, 40);
  for (const [mode, configuration] of Object.entries(MODES)) {
    const { medianMs, heldBytes, taken } = await checkpointsOf(records, configuration);
    suite.report(`behind a slow operator, ${mode}: checkpoint, median`, medianMs, 'ms');
    suite.report(`behind a slow operator, ${mode}: records in flight held`, heldBytes, 'bytes');
    suite.report(`behind a slow operator, ${mode}: checkpoints taken`, taken, '');
  }
}

async function checkpointsOf(
  records: number,
  configuration: Readonly<Record<string, string>>,
): Promise<{ medianMs: number; heldBytes: number; taken: number }> {
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    'execution.checkpointing.interval': '50 ms',
    'web.checkpoints.history': '1000',
    'parallelism.default': '2',
    ...configuration,
  });
  env
    .fromSource(
      new DataGeneratorSource((n) => n, records),
      WatermarkStrategy.noWatermarks<number>(),
      'numbers',
      Types.LONG,
    )
    .setParallelism(1)
    .flatMap(copies, Types.LONG)
    .setParallelism(1)
    .keyBy((n) => n % 1_000, Types.LONG)
    .map((n) => {
      const until = performance.now() + WORK_MS;
      while (performance.now() < until);
      return n;
    }, Types.LONG);
  const job = await env.executeAsync('slow');
  await job.jobExecutionResult();
  const completed = job
    .details()
    .checkpoints.history.filter(({ status }) => status === 'COMPLETED');
  const durations = completed.map(({ endToEndDurationMs }) => endToEndDurationMs);
  const held = completed.map((each) => each.bytesPersistedDuringAlignment);
  return { medianMs: median(durations), heldBytes: median(held), taken: completed.length };
}

function copies(n: number, out: Collector<number>): void {
  for (let i = 0; i < COPIES; i++) {
    out.collect(n + i);
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
