/** Whole programs through the package that users install. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  CollectSink,
  DataGeneratorSource,
  type DataStream,
  DiscardingSink,
  errorCode,
  OutputTag,
  type ProcessContext,
  ProcessFunction,
  type ProcessWindowContext,
  ProcessWindowFunction,
  RateLimiterStrategy,
  RichFunction,
  StreamExecutionEnvironment,
  type TimeWindow,
  TumblingEventTimeWindows,
  Types,
  WatermarkStrategy,
} from 'millrace';
import { AllKindsOfState, expectedHeld, type Held, KEYS, SEEN } from './all-kinds-of-state.ts';
import {
  checkpointsIn,
  completedCheckpoints,
  countingProgram,
  EXACT_COUNTS,
  lastCounts,
  NUMBER_OF_KEYS,
  NUMBER_OF_RECORDS,
  retainedCheckpoint,
} from './counting-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-programs-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const QUIET = { warn: (): void => {} };
const FIXED_DELAY = {
  'restart-strategy.type': 'fixed-delay',
  'restart-strategy.fixed-delay.attempts': '3',
  'restart-strategy.fixed-delay.delay': '1 ms',
};

describe('a retained checkpoint', () => {
  it('is resumed at parallelism 3 and then 1 with exact results', async () => {
    const atParallelism = (parallelism: number, from?: string) =>
      countingProgram({
        configuration: {
          ...checkpointsIn(join(folder, 'rescaled')),
          'parallelism.default': String(parallelism),
          ...(from === undefined ? {} : { 'execution.state-recovery.path': from }),
        },
        services: QUIET,
      });
    const first = await retainedCheckpoint(atParallelism(2));
    const second = await retainedCheckpoint(atParallelism(3, first));
    const last = atParallelism(1, second);

    await last.env.execute();

    assert.notEqual(second, first);
    assert.deepEqual(lastCounts(last.sink), EXACT_COUNTS);
    assert.ok(last.sink.results.length < NUMBER_OF_RECORDS);
  });
});

describe('a job whose function fails', () => {
  const failingOnce = (mode: string) => {
    let failures = 0;
    const program = countingProgram({
      configuration: {
        ...checkpointsIn(join(folder, mode)),
        ...FIXED_DELAY,
        'execution.checkpointing.mode': mode,
        'parallelism.default': '2',
      },
      services: QUIET,
      onRecord: (value) => {
        if (value === 2_500 && failures === 0) {
          failures += 1;
          throw new Error('once');
        }
      },
    });
    return { ...program, failures: () => failures };
  };

  it('restarts with a fixed delay and gives each result exactly once', async () => {
    const { env, sink, failures } = failingOnce('EXACTLY_ONCE');

    const job = await env.executeAsync();
    await job.jobExecutionResult();

    const results = sink.results.map(({ key, count }) => `${key}:${count}`);
    assert.equal(failures(), 1);
    assert.equal(job.details().numberOfRestarts, 1);
    assert.ok((job.details().restoredCheckpointId ?? 0) > 0);
    assert.equal(results.length, NUMBER_OF_RECORDS);
    assert.equal(new Set(results).size, NUMBER_OF_RECORDS);
    assert.deepEqual(lastCounts(sink), EXACT_COUNTS);
  });

  it('loses nothing with checkpoints that are at least once', async () => {
    const { env, sink, failures } = failingOnce('AT_LEAST_ONCE');

    await env.execute();

    const counts = lastCounts(sink);
    assert.equal(failures(), 1);
    assert.ok(counts.every((count) => count >= NUMBER_OF_RECORDS / NUMBER_OF_KEYS));
  });

  it('fails for good once the attempts are used up', async () => {
    let attempts = 0;
    const { env } = countingProgram({
      configuration: FIXED_DELAY,
      services: QUIET,
      onRecord: (value) => {
        if (value === 0) {
          attempts += 1;
          throw new Error('always');
        }
      },
    });

    const error = await env.execute().catch((reason: unknown) => reason);

    assert.equal(errorCode(error), 'USER_FUNCTION_FAILED');
    assert.equal(attempts, 4);
  });
});

describe('every kind of state', () => {
  it('is as before after a failure, at parallelism 2', async () => {
    const records = 3_000;
    let failures = 0;
    const env = StreamExecutionEnvironment.createLocalEnvironment({
      ...checkpointsIn(join(folder, 'kinds')),
      ...FIXED_DELAY,
      'parallelism.default': '2',
    }).setServices(QUIET);
    const source = new DataGeneratorSource((index) => index, records, {
      rateLimiterStrategy: RateLimiterStrategy.perCheckpoint(300),
    });
    const held = env
      .fromSource(source, WatermarkStrategy.noWatermarks<number>(), 'numbers', Types.LONG)
      .setParallelism(1)
      .keyBy((value) => value % KEYS, Types.LONG)
      .process(
        new AllKindsOfState((value) => {
          if (value === 2_000 && failures === 0) {
            failures += 1;
            throw new Error('once');
          }
        }),
      );
    const results = new CollectSink<Held>();
    const seen = new CollectSink<string>();
    held.sinkTo(results).setParallelism(1);
    held.getSideOutput(SEEN).sinkTo(seen).setParallelism(1);

    await env.execute();

    const last = new Map(results.results.map((result) => [result.key, result]));
    const most = results.results.reduce((map, result) => {
      const known = map.get(result.key);
      return known === undefined || result.records > known.records
        ? map.set(result.key, result)
        : map;
    }, new Map<number, Held>());
    const keys = [...new Array(KEYS).keys()];
    assert.equal(failures, 1);
    assert.deepEqual(last, most);
    assert.deepEqual(
      keys.map((key) => last.get(key)),
      keys.map((key) => expectedHeld(key, records)),
    );
    assert.equal(seen.results.length, records);
    assert.equal(lastOfEachSubtask(seen.results), records);
  });
});

/** @param seen - `subtask:records`, those of a subtask rising */
function lastOfEachSubtask(seen: readonly string[]): number {
  const last = new Map<string, number>();
  for (const [subtask, records] of seen.map((text) => text.split(':'))) {
    last.set(String(subtask), Number(records));
  }
  return [...last.values()].reduce((sum, records) => sum + records, 0);
}

describe('streams', () => {
  const EVEN = new OutputTag<number>('even', Types.LONG);
  class Parity extends ProcessFunction<number, number> {
    override processElement(
      value: number,
      context: ProcessContext,
      out: { collect(v: number): void },
    ) {
      if (value % 2 === 0) {
        context.output(EVEN, value);
      } else {
        out.collect(value);
      }
    }
  }

  it('are split by side outputs and joined by union, every record once', async () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment({ 'parallelism.default': '2' });
    const odd = env.fromSequence(1, 1_000).process(new Parity(), Types.LONG);
    const evens = odd.getSideOutput(EVEN).map((value) => -value, Types.LONG);

    const joined = await odd.union(evens, odd).executeAndCollect();

    const expected: number[] = [];
    for (let value = 1; value <= 1_000; value++) {
      expected.push(...(value % 2 === 0 ? [-value] : [value, value]));
    }
    assert.deepEqual(sorted(joined), sorted(expected));
  });

  it('drop what goes to a side output that nobody reads', async () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment({ 'parallelism.default': '2' });
    const read = new OutputTag<number>('read', Types.LONG);
    class Both extends ProcessFunction<number, number> {
      override processElement(value: number, context: ProcessContext) {
        context.output(EVEN, value);
        context.output(read, -value);
      }
    }

    const values = await env
      .fromSequence(1, 4)
      .process(new Both(), Types.LONG)
      .getSideOutput(read)
      .executeAndCollect();

    assert.deepEqual(sorted(values), [-4, -3, -2, -1]);
  });

  const partitioned: readonly [string, (s: DataStream<number>) => DataStream<number>, number][] = [
    ['shuffle', (stream) => stream.shuffle(), 1],
    ['rebalance', (stream) => stream.rebalance(), 1],
    ['rescale', (stream) => stream.rescale(), 1],
    ['global', (stream) => stream.global(), 1],
    ['broadcast', (stream) => stream.broadcast(), 3],
    ['keyBy', (stream) => stream.keyBy((value) => value, Types.LONG), 1],
    [
      'partitionCustom',
      (stream) =>
        stream.partitionCustom(
          (key: number, n) => key % n,
          (value) => value,
        ),
      1,
    ],
  ];
  for (const [name, partition, copies] of partitioned) {
    it(`reach ${copies === 1 ? 'one subtask' : 'all subtasks'} by ${name}`, async () => {
      const env = StreamExecutionEnvironment.createLocalEnvironment({ 'parallelism.default': '3' });
      const numbers = env.fromSequence(0, 299).setParallelism(2);

      const seen = await partition(numbers).map(new SubtaskOf(), Types.STRING).executeAndCollect();

      const values = seen.map((text) => Number(text.split('@')[0]));
      const subtasks = new Set(seen.map((text) => Number(text.split('@')[1])));
      const once = [...new Array(300).keys()];
      assert.deepEqual(sorted(values), sorted(new Array(copies).fill(once).flat()));
      assert.deepEqual(sorted([...subtasks]), name === 'global' ? [0] : [0, 1, 2]);
      if (name === 'partitionCustom') {
        assert.ok(seen.every((text) => Number(text.split('@')[0]) % 3 === Number(text.at(-1))));
      }
    });
  }
});

/** `value@subtask`. */
class SubtaskOf extends RichFunction {
  map(value: number): string {
    return `${value}@${this.runtimeContext.taskInfo.indexOfThisSubtask}`;
  }
}

describe('windows', () => {
  interface Reading {
    readonly sensor: string;
    readonly time: number;
    readonly value: number;
  }
  const readings: Reading[] = [];
  for (let i = 0; i < 1_000; i++) {
    readings.push({ sensor: `s${i % 5}`, time: i * 37 - (i % 3) * 100, value: (i * 7919) % 101 });
  }
  const WINDOW_MS = 1_000;

  class Listing extends ProcessWindowFunction<Reading, string, string, TimeWindow> {
    override process(
      key: string,
      context: ProcessWindowContext<TimeWindow>,
      elements: Iterable<Reading>,
      out: { collect(value: string): void },
    ): void {
      let sum = 0;
      for (const { value } of elements) {
        sum += value;
      }
      out.collect(`${key} ${context.window.start} ${sum}`);
    }
  }
  const expected = (): string[] => {
    const sums = new Map<string, number>();
    for (const { sensor, time, value } of readings) {
      const window = `${sensor} ${Math.floor(time / WINDOW_MS) * WINDOW_MS}`;
      sums.set(window, (sums.get(window) ?? 0) + value);
    }
    return [...sums].map(([window, sum]) => `${window} ${sum}`).sort();
  };
  const windowed = () =>
    StreamExecutionEnvironment.createLocalEnvironment({ 'parallelism.default': '2' })
      .fromData(readings)
      .assignTimestampsAndWatermarks(
        WatermarkStrategy.forBoundedOutOfOrderness<Reading>('1 s').withTimestampAssigner(
          (reading) => reading.time,
        ),
      )
      .keyBy((reading) => reading.sensor, Types.STRING)
      .window(TumblingEventTimeWindows.of(WINDOW_MS));

  it('are summed by process', async () => {
    const sums = await windowed().process(new Listing(), Types.STRING).executeAndCollect();

    assert.deepEqual(sums.sort(), expected());
  });

  it('are summed by reduce', async () => {
    const sums = await windowed()
      .reduce((a, b) => ({ ...a, value: a.value + b.value }), new Listing(), Types.STRING)
      .executeAndCollect();

    assert.deepEqual(sums.sort(), expected());
  });

  it('are summed by aggregate', async () => {
    const sum = {
      createAccumulator: () => 0,
      add: (reading: Reading, total: number) => total + reading.value,
      getResult: (total: number): Reading => ({ sensor: '', time: 0, value: total }),
      merge: (a: number, b: number) => a + b,
    };

    const sums = await windowed()
      .aggregate(sum, new Listing(), { accumulatorType: Types.LONG, type: Types.STRING })
      .executeAndCollect();

    assert.deepEqual(sums.sort(), expected());
  });
});

describe('an endless job', () => {
  it('is stopped by cancel, closes its functions and says so', async () => {
    const closed: number[] = [];
    class Watched extends RichFunction {
      map(value: number): number {
        return value;
      }
      override close(): void {
        closed.push(this.runtimeContext.taskInfo.indexOfThisSubtask);
      }
    }
    const env = StreamExecutionEnvironment.createLocalEnvironment({
      ...checkpointsIn(join(folder, 'cancelled')),
      'parallelism.default': '2',
    }).setServices(QUIET);
    env
      .fromSource(
        new DataGeneratorSource((index) => index, Number.MAX_SAFE_INTEGER, {
          rateLimiterStrategy: RateLimiterStrategy.perSecond(10_000),
        }),
        WatermarkStrategy.noWatermarks<number>(),
        'endless',
        Types.LONG,
      )
      .map(new Watched(), Types.LONG)
      .sinkTo(new DiscardingSink());
    const job = await env.executeAsync();
    const result = job.jobExecutionResult().catch((error: unknown) => error);
    await completedCheckpoints(job, 2);

    await job.cancel();

    assert.equal(job.jobStatus(), 'CANCELED');
    assert.equal(errorCode(await result), 'JOB_CANCELED');
    assert.deepEqual(sorted(closed), [0, 1]);
  });
});

describe('a program in a TypeScript file', () => {
  const program = fileURLToPath(new URL('../../src/e2e/typescript-program.ts', import.meta.url));
  const output = '[["be",2],["not",1],["or",1],["to",2]]\n';

  it('is run by tsx', () => {
    const run = spawnSync(process.execPath, ['--import', 'tsx', program], { encoding: 'utf8' });

    assert.equal(run.stderr, '');
    assert.equal(run.stdout, output);
  });

  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const strips = major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
  const skip = strips ? false : `Node ${process.versions.node} does not strip types`;
  it('is run directly by a Node that strips types', { skip }, () => {
    const run = spawnSync(process.execPath, [program], { encoding: 'utf8' });

    assert.equal(run.stdout, output);
  });
});

function sorted(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b);
}
