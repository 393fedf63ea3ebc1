/** What a user reads when a checkpoint or savepoint of a job cannot be taken. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  type CheckpointedFunction,
  type Collector,
  type FunctionInitializationContext,
  KeyedProcessFunction,
  ListStateDescriptor,
  MapStateDescriptor,
  TaskError,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import type { StreamExecutionEnvironment } from '@millrace/datastream';
import { MiniCluster } from './mini-cluster.ts';

const LAST = Number.MAX_SAFE_INTEGER;

/** More than 16 bits from the second record of a key on, which nothing tells before a checkpoint. */
class WideSum extends KeyedProcessFunction<string, number, number> {
  private total!: ValueState<number>;

  override open(): void {
    this.total = this.runtimeContext.getState(new ValueStateDescriptor('total', Types.SHORT));
  }

  override processElement(n: number, _context: unknown, _out: Collector<number>): void {
    this.total.update(this.total.value() === undefined ? 0 : 40_000 + (n % 10));
  }
}

class Seen implements CheckpointedFunction {
  private readonly kind: 'list' | 'broadcast';

  constructor(kind: 'list' | 'broadcast') {
    this.kind = kind;
  }

  map(n: number): number {
    return n;
  }

  initializeState({ operatorStateStore }: FunctionInitializationContext): void {
    if (this.kind === 'list') {
      const seen = new ListStateDescriptor('seen', Types.LONG);
      operatorStateStore.getListState(seen).update([0.5]);
    } else {
      const seen = new MapStateDescriptor('seen', Types.STRING, Types.LONG);
      operatorStateStore.getBroadcastState(seen).put('a', 0.5);
    }
  }

  snapshotState(): void {}
}

describe('a checkpoint of state that does not fit its declared type', () => {
  let cluster = new MiniCluster();
  beforeEach(() => {
    cluster = new MiniCluster({ parallelism: 2 });
  });
  afterEach(() => cluster.close());

  const sums = (settings: Record<string, string> = {}): StreamExecutionEnvironment => {
    const env = cluster.environment(settings);
    env
      .fromSequence(1, LAST)
      .keyBy((n) => String(n % 10), Types.STRING)
      .process(new WideSum())
      .name('Sums')
      .uid('sum')
      .filter(() => false)
      .print();
    return env;
  };

  const what =
    /operator Sums \(uid sum\), subtask [12]\/2: value state 'total': 4000\d is not a Short; use a whole number from -32768 to 32767/;

  it('ends the job at once instead of restarting, and names operator, uid and state', async () => {
    const env = sums({ 'restart-strategy.type': 'exponential-delay' });
    env.enableCheckpointing('10 ms');
    const job = await cluster.start(env);

    await assert.rejects(job.jobExecutionResult(), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'VALUE_NOT_SERIALIZABLE');
      assert.match(error.message, /^checkpoint \d+ cannot be taken: /);
      assert.match(error.message, what);
      assert.doesNotMatch(error.message, /tolerable/);
      return true;
    });

    assert.equal(job.jobStatus(), 'FAILED');
    assert.equal(job.details().numberOfRestarts, 0);
  });

  it('lets the job run on while the failures are tolerated', async () => {
    const env = sums({ 'execution.checkpointing.tolerable-failed-checkpoints': '2' });
    env.enableCheckpointing('10 ms');
    const job = await cluster.start(env);

    await assert.rejects(job.jobExecutionResult(), { code: 'VALUE_NOT_SERIALIZABLE' });

    // A fourth may begin before the job has failed, and is given up with it.
    assert.ok(job.details().checkpoints.counts.failed >= 3);
    assert.equal(job.details().numberOfRestarts, 0);
  });

  for (const formatType of ['CANONICAL', 'NATIVE'] as const) {
    it(`refuses a ${formatType} savepoint by that name, and the job goes on`, async () => {
      const job = await cluster.start(sums());
      await cluster.until(() => (job.details().vertices[1]?.operators[0]?.numRecordsIn ?? 0) > 100);

      await assert.rejects(job.triggerSavepoint({ formatType }), {
        code: 'CHECKPOINT_DECLINED',
        message: what,
      });

      assert.equal(job.jobStatus(), 'RUNNING');
    });
  }

  it('names operator state alike, lists and broadcast state', async () => {
    for (const kind of ['list', 'broadcast'] as const) {
      const env = cluster.environment();
      env
        .fromSequence(1, LAST)
        .map(new Seen(kind), Types.LONG)
        .name('Seen')
        .uid('seen')
        .filter(() => false)
        .print();
      const job = await cluster.start(env);
      await cluster.until(() => job.jobStatus() === 'RUNNING');

      await assert.rejects(job.triggerSavepoint(), {
        code: 'CHECKPOINT_DECLINED',
        message:
          /operator Seen \(uid seen\), subtask [12]\/2: operator state 'seen': 0\.5 is not a Long/,
      });
    }
  });
});

describe('a savepoint that fails', () => {
  let cluster = new MiniCluster();
  beforeEach(() => {
    cluster = new MiniCluster();
  });
  afterEach(() => cluster.close());

  const start = async () => {
    const env = cluster.environment();
    env
      .fromSequence(1, LAST)
      .filter(() => false)
      .print();
    const job = await cluster.start(env);
    await cluster.until(() => job.jobStatus() === 'RUNNING');
    return job;
  };

  const isExplained = (error: Error & { code?: string }): boolean => {
    assert.equal(error.code, 'IO_EXCEPTION');
    assert.match(
      error.message,
      /^the checkpoint was not taken: IO_EXCEPTION: .*memory:\/taken.* may not be made$/,
    );
    assert.ok(error.cause instanceof Error);
    assert.ok(error.message.endsWith(error.cause.message));
    return true;
  };

  it('tells who asked for it why, with the cause', async () => {
    const job = await start();
    cluster.fileSystem.mkdirs = (path) =>
      Promise.reject(new TaskError('IO_EXCEPTION', `${path} may not be made`));

    await assert.rejects(job.triggerSavepoint({ targetDirectory: 'memory:/taken' }), isExplained);
    await assert.rejects(job.stopWithSavepoint({ targetDirectory: 'memory:/taken' }), isExplained);

    assert.equal(job.jobStatus(), 'RUNNING');
  });

  it('because the job is cancelled says that', async () => {
    const job = await start();

    const savepoint = assert.rejects(job.triggerSavepoint(), {
      code: 'CHECKPOINT_COORDINATOR_SUSPEND',
      message: /CHECKPOINT_COORDINATOR_SUSPEND: job .* was cancelled/,
    });
    await job.cancel();

    await savepoint;
  });
});
