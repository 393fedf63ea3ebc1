import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GenericMetricGroup, MIN_TIMESTAMP, WatermarkStrategy } from '@millrace/core';
import { TimestampsAndWatermarksOperator } from '@millrace/runtime';
import { type OperatorHarnessOptions, OperatorTestHarness } from '../operator-harness.ts';
import { openSource } from './scripted-source.ts';

const END = Number.POSITIVE_INFINITY;

/** What assigners return by mistake, as a message names it. */
const NO_TIMESTAMPS: readonly [string, unknown][] = [
  ['NaN', Date.parse('oops')],
  ['undefined', undefined],
  ['null', null],
  ['a Date', new Date(5)],
  ['the string "5"', '5'],
  ['the bigint 5', 5n],
  ['Infinity', END],
  ['1.5', 1.5],
  ['9007199254740992', 2 ** 53],
];

describe('timestamps and watermarks in the middle of a stream', () => {
  const open = (strategy: WatermarkStrategy<number>, options: OperatorHarnessOptions = {}) =>
    OperatorTestHarness.open(
      new TimestampsAndWatermarksOperator<number>({ name: 'times', watermarkStrategy: strategy }),
      options,
    );
  const bounded = WatermarkStrategy.forBoundedOutOfOrderness<number>(10).withTimestampAssigner(
    (value) => value * 100,
  );

  it('the assigner gets the record and the timestamp it had', async () => {
    const times = await open(
      WatermarkStrategy.noWatermarks<number>().withTimestampAssigner((value, old) => value + old),
    );

    times.processElement(5, 1000);

    assert.deepEqual(times.records, [{ value: 5, timestamp: 1005 }]);
  });

  for (const [named, given] of NO_TIMESTAMPS) {
    it(`an assigner that gives ${named} fails the task and emits nothing`, async () => {
      const times = await open(
        WatermarkStrategy.noWatermarks<number>().withTimestampAssigner(() => given as number),
      );

      assert.throws(() => times.processElement(5, 1000), {
        name: 'TaskError',
        code: 'TIMESTAMP_MISSING',
        message: new RegExp(
          `assigner of operator 'times' gave ${named} for the record 5; give mil`,
        ),
      });
      assert.deepEqual(times.output, []);
    });
  }

  it('an assigner may say that a record has no timestamp', async () => {
    const times = await open(
      WatermarkStrategy.noWatermarks<number>().withTimestampAssigner(() => MIN_TIMESTAMP),
    );

    times.processElement(5, 1000);

    assert.deepEqual(times.records, [{ value: 5, timestamp: MIN_TIMESTAMP }]);
  });

  it('without an assigner the timestamp stays', async () => {
    const times = await open(WatermarkStrategy.noWatermarks());

    times.processElement(5, 1000);

    assert.deepEqual(times.records, [{ value: 5, timestamp: 1000 }]);
  });

  it('emits at each interval, and only what is larger than the last', async () => {
    const times = await open(bounded);

    times.setProcessingTime(1000);
    times.processElement(1);
    times.setProcessingTime(2000);
    times.processElement(3);
    times.processElement(2);
    times.setProcessingTime(3000);

    assert.deepEqual(times.watermarks, [89, 289]);
  });

  it('an interval of 0 turns periodic emission off', async () => {
    const times = await open(bounded, { autoWatermarkIntervalMs: 0 });

    times.processElement(1);
    times.setProcessingTime(100_000);

    assert.deepEqual(times.watermarks, []);
  });

  it('a watermark that a generator gives for a record follows the record', async () => {
    const times = await open(
      WatermarkStrategy.forGenerator<number>(() => ({
        onEvent: (_value, timestamp, output) => output.emitWatermark(timestamp),
        onPeriodicEmit: () => {},
      })),
    );

    times.processElement(5, 7);

    assert.deepEqual(times.output, [{ value: 5, timestamp: 7 }, { watermark: 7 }]);
  });

  it('discards watermarks from upstream except the final one', async () => {
    const times = await open(WatermarkStrategy.noWatermarks());

    times.processWatermark(50);
    times.operator.processWatermarkStatus('idle');
    times.processWatermark(END);

    assert.deepEqual(times.output, [{ watermark: END }]);
  });

  it('is never idle after the final watermark, nor asks its generator again', async () => {
    const times = await open(WatermarkStrategy.noWatermarks<number>().withIdleness(1000));
    times.processElement(1);
    times.setProcessingTime(6000);

    times.processWatermark(END);
    times.setProcessingTime(20_000);
    await times.operator.finish();

    assert.deepEqual(times.output.slice(1), [
      { status: 'idle' },
      { status: 'active' },
      { watermark: END },
    ]);
  });

  it('the assigner runs before the generator, which sees the assigned timestamp', async () => {
    const seen: [number, number][] = [];
    const times = await open(
      WatermarkStrategy.forGenerator<number>(() => ({
        onEvent: (value, timestamp) => void seen.push([value, timestamp]),
        onPeriodicEmit: () => {},
      })).withTimestampAssigner((value) => value * 100),
    );

    times.processElement(5, 7);

    assert.deepEqual(seen, [[5, 500]]);
  });

  it('the assigner gets MIN_TIMESTAMP, Flink’s Long.MIN_VALUE, for a record that had none', async () => {
    const had: number[] = [];
    const times = await open(
      WatermarkStrategy.noWatermarks<number>().withTimestampAssigner((value, old) => {
        had.push(old);
        return value;
      }),
    );

    times.processElement(5);

    assert.deepEqual(had, [MIN_TIMESTAMP]);
  });

  it('each subtask has an assigner and a generator of its own, with the operator’s metrics', async () => {
    const made: string[] = [];
    const strategy = WatermarkStrategy.forGenerator<number>(({ metricGroup }) => {
      metricGroup.counter('generators').inc();
      made.push('generator');
      return { onEvent: () => {}, onPeriodicEmit: () => {} };
    }).withTimestampAssigner({
      createTimestampAssigner: ({ metricGroup }) => {
        metricGroup.counter('assigners').inc();
        made.push('assigner');
        return { extractTimestamp: (value: number) => value * 10 };
      },
    });
    const first = await open(strategy, { parallelism: 2 });
    await open(strategy, { parallelism: 2, subtask: 1 });

    first.processElement(5);

    assert.deepEqual(made, ['assigner', 'generator', 'assigner', 'generator']);
    assert.ok(first.metrics instanceof GenericMetricGroup);
    assert.deepEqual(
      [first.metrics.counter('assigners').count, first.metrics.counter('generators').count],
      [1, 1],
    );
    assert.deepEqual(first.records, [{ value: 5, timestamp: 50 }]);
  });

  it('a generator is asked each interval, and emits only what is larger than the last', async () => {
    let asked = 0;
    const times = await open(
      WatermarkStrategy.forGenerator<number>(() => ({
        onEvent: () => {},
        onPeriodicEmit: (output) => output.emitWatermark([5, 3, 5, 6][asked++] ?? 0),
      })),
    );

    times.setProcessingTime(4 * 201 + 10);

    assert.equal(asked, 4);
    assert.deepEqual(times.watermarks, [5, 6]);
  });

  it('goes idle without records and active with the next watermark that grows', async () => {
    const times = await open(bounded.withIdleness(500));
    times.processElement(1000);
    times.setProcessingTime(2000);

    times.processElement(2);
    times.setProcessingTime(2300);
    const afterRecordBehind = times.statuses;
    times.processElement(3000);
    times.setProcessingTime(2600);

    assert.deepEqual(afterRecordBehind, ['idle']);
    assert.deepEqual(times.statuses, ['idle', 'active']);
  });
});

describe('the source operator', () => {
  it('registers its reader before it starts it, and forwards split requests', async () => {
    const { source } = await openSource();

    source.sendSplitRequest();

    assert.deepEqual(source.calls, ['register 0', 'start', 'request 0']);
  });

  it('gives splits to the reader in the version they were sent in', async () => {
    const { source, harness } = await openSource();

    harness.operator.handleAddSplits([new TextEncoder().encode('s1')], 2);

    assert.deepEqual(source.splits, [{ splitId: 's1 v2' }]);
  });

  it('tells how far behind it is, and how long it has had nothing to read', async () => {
    const { harness, emit } = await openSource();
    const lags = () =>
      ['currentEmitEventTimeLag', 'watermarkLag', 'sourceIdleTime'].map((name) =>
        harness.metrics.values().get(name),
      );
    const before = lags();

    emit('s1', { record: 'a', time: 100 });
    harness.setProcessingTime(250);
    const afterwards = lags();
    emit('s1', { record: 'b', time: 240 });
    const read = lags();

    assert.deepEqual(before, [-1, -1, 0]);
    assert.deepEqual(afterwards, [150, 151, 250]);
    assert.deepEqual(read, [10, 151, 0]);
  });

  it('emits the minimum over the watermarks of its splits', async () => {
    const { harness, emit } = await openSource();
    emit('s1', { record: 'a', time: 1000 });
    emit('s2', { record: 'b', time: 500 });

    harness.setProcessingTime(201);
    emit('s2', { record: 'c', time: 800 });
    harness.setProcessingTime(500);

    assert.deepEqual(harness.watermarks, [499, 799]);
  });

  it('waits for a split that it was given and that has not emitted yet', async () => {
    const { harness, emit } = await openSource();
    const split = (name: string) => new TextEncoder().encode(name);
    harness.operator.handleAddSplits([split('s1'), split('s2')], 3);
    emit('s1', { record: 'a', time: 1000 });

    harness.setProcessingTime(201);
    const before = [...harness.watermarks];
    emit('s2', { record: 'b', time: 500 });
    harness.setProcessingTime(500);

    assert.deepEqual(before, []);
    assert.deepEqual(harness.watermarks, [499]);
  });

  it('has a generator of its own for each split', async () => {
    let generators = 0;
    const { emit } = await openSource(
      WatermarkStrategy.forGenerator<string>(() => {
        generators++;
        return { onEvent: () => {}, onPeriodicEmit: () => {} };
      }),
    );
    const ofTheReader = generators;

    emit('s1', { record: 'a', time: 1 });
    emit('s1', { record: 'b', time: 2 });
    emit('s2', { record: 'c', time: 3 });

    assert.equal(generators - ofTheReader, 2);
  });

  it('no longer waits for a split that has ended', async () => {
    const { harness, emit } = await openSource();
    emit('s1', { record: 'a', time: 1000 });
    emit('s2', { record: 'b', time: 500 });

    emit('s2', { end: true });
    harness.setProcessingTime(201);

    assert.deepEqual(harness.watermarks, [999]);
  });

  it('leaves idle splits out, and is idle when all are', async () => {
    const { harness, emit } = await openSource(
      WatermarkStrategy.forMonotonousTimestamps<string>().withIdleness(1000),
    );
    emit('s1', { record: 'a', time: 1000 });
    emit('s2', { record: 'b', time: 500 });
    for (let time = 100; time <= 3000; time += 100) {
      emit('s1', { record: 'more', time: 1000 + time });
      harness.setProcessingTime(time);
    }
    const whileOneIsIdle = [harness.watermarks.at(-1), harness.statuses];

    harness.setProcessingTime(6000);
    emit('s2', { record: 'c', time: 9000 });
    harness.setProcessingTime(6201);

    assert.ok((whileOneIsIdle[0] as number) > 3000);
    assert.deepEqual(whileOneIsIdle[1], []);
    assert.deepEqual(harness.statuses, ['idle', 'active']);
  });

  it('has its splits in each snapshot and gives them back before the start', async () => {
    const { source, harness } = await openSource();
    source.splits.push({ splitId: 's1' }, { splitId: 's2' });
    const restored = [await harness.snapshot(4)];

    const again = await openSource(undefined, { restored });

    assert.deepEqual(again.source.calls, ['splits s1 s2', 'register 0', 'start']);
  });

  it('tells the reader of completed checkpoints and closes it', async () => {
    const { source, harness } = await openSource();

    await harness.notifyCheckpointComplete(4);
    await harness.close();

    assert.deepEqual(source.calls.slice(2), ['complete 4', 'close']);
  });

  it('is active again before the final watermark, so that it is heard', async () => {
    const { harness, emit } = await openSource(
      WatermarkStrategy.forMonotonousTimestamps<string>().withIdleness(1000),
    );
    emit('s1', { record: 'a', time: 1000 });
    harness.setProcessingTime(6000);
    const silent = harness.output.length;

    harness.operator.emitFinalWatermark();

    assert.deepEqual(harness.output.slice(silent - 1), [
      { status: 'idle' },
      { status: 'active' },
      { watermark: END },
    ]);
  });

  it('says nothing of being active before the final watermark when it was not idle', async () => {
    const { harness } = await openSource();

    harness.operator.emitFinalWatermark();

    assert.deepEqual(harness.output, [{ watermark: END }]);
  });

  it('emits no watermark after the end of its input', async () => {
    const { harness, emit } = await openSource();
    emit('s1', { record: 'a', time: 1000 });

    harness.operator.handleNoMoreSplits();
    const status = harness.operator.emitNext(100);
    harness.setProcessingTime(10_000);

    assert.equal(status, 'end-of-input');
    assert.deepEqual(harness.watermarks, []);
  });

  it('fails with SOURCE_FAILED when the reader throws, the cause kept', async () => {
    const { source, harness } = await openSource();
    const cause = new Error('connection reset');
    source.pollNext = () => {
      throw cause;
    };

    assert.throws(() => harness.operator.emitNext(1), {
      code: 'SOURCE_FAILED',
      message: /source 'source' \(subtask 1\/1\) threw: connection reset/,
      cause,
    });
  });

  for (const [named, given] of NO_TIMESTAMPS.slice(0, 1).concat(NO_TIMESTAMPS.slice(2))) {
    it(`fails when its reader gives ${named} as a timestamp`, async () => {
      const { emit, harness } = await openSource();

      assert.throws(() => emit('s1', { record: 'a', time: given as number }), {
        code: 'TIMESTAMP_MISSING',
        message: new RegExp(`the reader of source 'source' gave ${named} for the record "a"`),
      });
      assert.deepEqual(harness.output, []);
    });
  }

  it('takes a record without a timestamp', async () => {
    const { emit, harness } = await openSource();

    emit('s1', { record: 'a', time: undefined });

    assert.deepEqual(harness.records, [{ value: 'a', timestamp: MIN_TIMESTAMP }]);
  });

  it('fails when its timestamp assigner gives NaN', async () => {
    const { emit } = await openSource(
      WatermarkStrategy.noWatermarks<string>().withTimestampAssigner((text) => Date.parse(text)),
    );

    assert.throws(() => emit('s1', { record: 'oops', time: 1 }), {
      code: 'TIMESTAMP_MISSING',
      message: /the timestamp assigner of source 'source' gave NaN for the record "oops"/,
    });
  });

  it('names the record when a timestamp assigner throws', async () => {
    const { emit } = await openSource(
      WatermarkStrategy.noWatermarks<string>().withTimestampAssigner(() => {
        throw new Error('no date');
      }),
    );

    assert.throws(() => emit('s1', { record: 'a', time: 1 }), {
      code: 'USER_FUNCTION_FAILED',
      message: /the timestamp assigner of operator 'source'.*"a".*no date/,
    });
  });

  it('names the reader when a timestamp assigner throws as there is no record', async () => {
    const { emit } = await openSource(
      WatermarkStrategy.noWatermarks<string>().withTimestampAssigner((text) => text.length),
    );

    assert.throws(() => emit('s1', { record: undefined as unknown as string, time: 1 }), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message: /the reader of source 'source'.*gave the record undefined/,
    });
  });
});
