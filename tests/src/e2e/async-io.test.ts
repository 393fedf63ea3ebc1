/** Asynchronous I/O in whole jobs: nothing lost, nothing twice, whatever fails. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  AsyncDataStream,
  AsyncRetryStrategies,
  CollectSink,
  DataGeneratorSource,
  RateLimiterStrategy,
  RetryPredicates,
  StreamExecutionEnvironment,
  Types,
  WatermarkStrategy,
} from 'millrace';
import { checkpointsIn } from './counting-program.ts';
import { assertError, failureOf } from './failures.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-async-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const NUMBER_OF_RECORDS = 2_000;

function environment(name: string) {
  return StreamExecutionEnvironment.createLocalEnvironment({
    ...checkpointsIn(join(folder, name)),
    'restart-strategy.type': 'fixed-delay',
    'restart-strategy.fixed-delay.attempts': '3',
    'restart-strategy.fixed-delay.delay': '1 ms',
    'parallelism.default': '2',
  }).setServices({ warn: () => {} });
}

function numbers(env: StreamExecutionEnvironment) {
  return env
    .fromSource(
      new DataGeneratorSource((index) => index, NUMBER_OF_RECORDS, {
        rateLimiterStrategy: RateLimiterStrategy.perCheckpoint(200),
      }),
      WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner((n) => n),
      'numbers',
    )
    .returns(Types.LONG);
}

/** Answers some turns of the event loop later, so that calls overtake each other. */
async function later(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const ALL = Array.from({ length: NUMBER_OF_RECORDS }, (_, n) => n * 2);

describe('a job with asynchronous I/O', () => {
  it('has at most 100 calls in flight in each subtask unless it sets a capacity', async () => {
    const [most, inFlight] = [
      [0, 0],
      [0, 0],
    ];
    const env = StreamExecutionEnvironment.createLocalEnvironment({ 'parallelism.default': '1' });
    const source = env.fromSequence(1, 300);
    const counted = (call: number) => async (n: number) => {
      inFlight[call]! += 1;
      most[call] = Math.max(most[call]!, inFlight[call]!);
      await later(20);
      inFlight[call]! -= 1;
      return n;
    };

    const results = await AsyncDataStream.unorderedWait(source, counted(0), '1 min')
      .union(AsyncDataStream.orderedWait(source, counted(1), '1 min', { capacity: 7 }))
      .executeAndCollect();

    assert.equal(results.length, 600);
    assert.deepEqual(most, [100, 7]);
  });

  for (const call of ['orderedWait', 'unorderedWait'] as const) {
    it(`gives each result exactly once over failures, also of chained operators (${call})`, async () => {
      const failed = new Set<string>();
      const failOnce = (what: string): void => {
        if (!failed.has(what)) {
          failed.add(what);
          throw new Error(`${what} failed once`);
        }
      };
      const env = environment(call);
      const doubled = AsyncDataStream[call](
        numbers(env),
        async (n) => {
          await later(n % 7);
          if (n === 700) {
            failOnce('the service');
          }
          return n * 2;
        },
        '1 min',
        { capacity: 20, type: Types.LONG },
      ).map((n) => {
        if (n === 3_600) {
          failOnce('the chained operator');
        }
        return n;
      }, Types.LONG);

      const results = await doubled.executeAndCollect();

      assert.equal(failed.size, 2);
      assert.deepEqual(
        results.toSorted((a, b) => a - b),
        ALL,
      );
    });
  }

  it('keeps the order of each subtask with orderedWait', async () => {
    const env = environment('order').setParallelism(1);

    const results = await AsyncDataStream.orderedWait(
      numbers(env),
      async (n) => {
        await later(n % 5);
        return n * 2;
      },
      '1 min',
    ).executeAndCollect();

    assert.deepEqual(results, ALL);
  });

  it('tries again what failed, and ends with it at the end of input', async () => {
    const tried = new Set<number>();

    const results = await AsyncDataStream.unorderedWaitWithRetry(
      numbers(environment('retry')),
      async (n) => {
        if (n % 10 === 0 && !tried.has(n)) {
          tried.add(n);
          throw new Error('busy');
        }
        return n * 2;
      },
      '1 min',
      {
        retryStrategy: AsyncRetryStrategies.fixedDelay({
          maxAttempts: 1,
          backoffTime: '1 ms',
          ifException: RetryPredicates.HAS_EXCEPTION_PREDICATE,
        }),
      },
    ).executeAndCollect();

    assert.equal(tried.size, NUMBER_OF_RECORDS / 10);
    assert.deepEqual(
      results.toSorted((a, b) => a - b),
      ALL,
    );
  });

  it('that stops with a savepoint goes on from it with what was in flight', async () => {
    const pending: (() => void)[] = [];
    const program = (answers: boolean, path?: string) => {
      const env = StreamExecutionEnvironment.createLocalEnvironment({
        ...checkpointsIn(join(folder, 'stopped')),
        ...(path === undefined ? {} : { 'execution.state-recovery.path': path }),
      }).setServices({ warn: () => {} });
      const sink = new CollectSink<number>();
      AsyncDataStream.unorderedWait(
        numbers(env).uid('numbers'),
        (n) =>
          answers || n % 10 !== 0
            ? Promise.resolve(n * 2)
            : new Promise<number>((resolve) => pending.push(() => resolve(n * 2))),
        0,
        { capacity: 20, type: Types.LONG },
      )
        .uid('async')
        .sinkTo(sink)
        .uid('sink');
      return { env, sink };
    };
    const first = program(false);
    const job = await first.env.executeAsync();
    await first.sink.whenCollected(150);
    const stopping = job.stopWithSavepoint({ targetDirectory: join(folder, 'savepoints') });
    // These come while the job stops, before its snapshot and after.
    let stopped = false;
    stopping.finally(() => {
      stopped = true;
    });
    let answered = 0;
    for (; !stopped; await later(1)) {
      pending[answered++]?.();
    }
    const second = program(true, await stopping);

    await second.env.execute();

    const results = [...first.sink.results, ...second.sink.results];
    assert.ok(Math.min(answered, pending.length) > 1);
    assert.deepEqual(
      results.toSorted((a, b) => a - b),
      ALL,
    );
  });

  it('fails by a timeout while it finishes', async () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment().setServices({ warn: () => {} });
    const stream = AsyncDataStream.orderedWait(
      env.fromData([1, 2]),
      (n) => (n === 1 ? Promise.resolve(1) : new Promise<number>(() => {})),
      5,
    );

    const error = await failureOf(() => stream.executeAndCollect());

    assertError(
      error,
      'ASYNC_TIMEOUT',
      /the record 2 \(no timestamp\): Async function call has timed out/,
    );
  });
});
