/** Timers on the heap beside RocksDB: in raw keyed state of snapshots, as Flink has them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FileSystems } from '@millrace/core';
import { loadCheckpointMetadata, type OperatorSubtaskState } from '@millrace/state';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import {
  type Collector,
  CollectSink,
  DataGeneratorSource,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type OnTimerContext,
  RateLimiterStrategy,
  SavepointRestoreSettings,
  StreamExecutionEnvironment,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
} from 'millrace';
import { checkpointsIn, completedCheckpoints } from './counting-program.ts';

const skip = whyNoNativeAddon() ?? false;
const folder = mkdtempSync(join(tmpdir(), 'millrace-heap-timers-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const RECORDS = 2_000;
const KEYS = 7;

/** Each record leaves a timer that fires at the end of the input, and is counted. */
class TimerForEach extends KeyedProcessFunction<number, number, string> {
  private readonly onRecord: (value: number) => void;
  private count!: ValueState<number>;

  constructor(onRecord: (value: number) => void) {
    super();
    this.onRecord = onRecord;
  }

  override open(): void {
    this.count = this.runtimeContext.getState(new ValueStateDescriptor('count', Types.LONG));
  }

  override processElement(value: number, context: KeyedProcessContext<number>): void {
    this.onRecord(value);
    this.count.update((this.count.value() ?? 0) + 1);
    context.timerService().registerEventTimeTimer(1_000_000 + value);
  }

  override onTimer(
    timestamp: number,
    context: OnTimerContext<number>,
    out: Collector<string>,
  ): void {
    out.collect(`${timestamp - 1_000_000} of ${context.currentKey}: ${this.count.value()}`);
  }
}

function program(
  configuration: Record<string, string>,
  onRecord: (value: number) => void = () => {},
) {
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    'state.backend.type': 'rocksdb',
    'state.backend.rocksdb.timer-service.factory': 'HEAP',
    'state.backend.rocksdb.localdir': join(folder, 'local'),
    'execution.checkpointing.incremental': 'true',
    'parallelism.default': '2',
    ...configuration,
  });
  env.setServices({ warn: () => {} });
  const sink = new CollectSink<string>();
  env
    .fromSource(
      new DataGeneratorSource((index) => index, RECORDS, {
        rateLimiterStrategy: RateLimiterStrategy.perCheckpoint(200),
      }),
      WatermarkStrategy.noWatermarks<number>(),
      'numbers',
      Types.LONG,
    )
    .uid('numbers')
    .keyBy((value) => value % KEYS, Types.LONG)
    .process(new TimerForEach(onRecord))
    .uid('timers')
    .sinkTo(sink)
    .uid('results')
    .setParallelism(1);
  return { env, sink };
}

/** Each timer once, with the last count of its key. */
const EXPECTED = Array.from({ length: RECORDS }, (_, value) => {
  const key = value % KEYS;
  return `${value} of ${key}: ${Math.ceil((RECORDS - key) / KEYS)}`;
}).sort();

async function timerSubtasks(pointer: string): Promise<OperatorSubtaskState[]> {
  const { metadata } = await loadCheckpointMetadata(new FileSystems(), pointer);
  return metadata.operatorStates
    .flatMap(({ subtaskStates }) => [...subtaskStates.values()])
    .filter(({ managedKeyedState }) => managedKeyedState !== undefined);
}

describe('timers on the heap beside RocksDB', { skip }, () => {
  it('are restored after a failure, each once', async () => {
    let left = 2;
    const configuration = {
      ...checkpointsIn(join(folder, 'failing')),
      'restart-strategy.type': 'fixed-delay',
      'restart-strategy.fixed-delay.attempts': '5',
      'restart-strategy.fixed-delay.delay': '1 ms',
    };
    const { env, sink } = program(configuration, (value) => {
      if (value % 700 === 650 && left > 0) {
        left--;
        throw new Error('failed on demand');
      }
    });

    await env.execute();

    assert.equal(left, 0);
    assert.deepEqual([...sink.results].sort(), EXPECTED);
  });

  for (const formatType of ['NATIVE', 'CANONICAL'] as const) {
    for (const parallelism of ['2', '3']) {
      it(`are in a ${formatType} savepoint, and restored at parallelism ${parallelism}`, async () => {
        const name = `${formatType}-${parallelism}`;
        const first = program(checkpointsIn(join(folder, name)));
        const job = await first.env.executeAsync(name);
        await completedCheckpoints(job, 3);
        const savepoint = await job.triggerSavepoint({
          formatType,
          targetDirectory: join(folder, `${name}-savepoints`),
        });
        await job.cancel();
        const next = program({
          ...checkpointsIn(join(folder, `${name}-next`)),
          'parallelism.default': parallelism,
        });
        next.env.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(savepoint));

        await next.env.execute();

        const subtasks = await timerSubtasks(savepoint);
        assert.deepEqual(
          subtasks.map(({ managedKeyedState, rawKeyedState }) => [
            managedKeyedState?.kind,
            rawKeyedState?.kind,
          ]),
          Array(2).fill(
            formatType === 'NATIVE'
              ? ['incremental-remote', 'key-groups']
              : ['key-groups-savepoint', undefined],
          ),
        );
        assert.deepEqual([...next.sink.results].sort(), EXPECTED);
      });
    }
  }

  it('move into the database when a job goes on with timers in RocksDB, and to another backend', async () => {
    for (const backend of ['rocksdb', 'hashmap']) {
      const name = `moving-to-${backend}`;
      const first = program(checkpointsIn(join(folder, name)));
      const job = await first.env.executeAsync(name);
      await completedCheckpoints(job, 3);
      await job.cancel();
      const last = job
        .details()
        .checkpoints.history.find(({ status }) => status === 'COMPLETED')?.externalPointer;
      const next = program({
        ...checkpointsIn(join(folder, `${name}-next`)),
        'state.backend.type': backend,
        'state.backend.rocksdb.timer-service.factory': 'ROCKSDB',
      });
      next.env.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(last ?? ''));

      await next.env.execute();

      assert.deepEqual([...next.sink.results].sort(), EXPECTED);
    }
  });
});
