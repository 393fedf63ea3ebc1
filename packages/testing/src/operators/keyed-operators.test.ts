import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Collector,
  type KeyedProcessContext,
  KeyedProcessFunction,
  MIN_TIMESTAMP,
  type OnTimerContext,
  OutputTag,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import { KeyedProcessOperator, StreamGroupedReduce } from '@millrace/runtime';
import { type OperatorHarnessOptions, OperatorTestHarness } from '../operator-harness.ts';

/** `key:time` registers an event-time timer, `key:time!` one in processing time, `key:-time` deletes. */
class Alarms extends KeyedProcessFunction<string, string, string> {
  processElement(value: string, context: KeyedProcessContext<string>): void {
    const command = value.split(':')[1] as string;
    const timers = context.timerService();
    if (command.endsWith('!')) {
      timers.registerProcessingTimeTimer(Number.parseInt(command, 10));
    } else if (command.startsWith('-')) {
      timers.deleteEventTimeTimer(-Number(command));
    } else {
      timers.registerEventTimeTimer(Number(command));
    }
  }

  override onTimer(time: number, context: OnTimerContext<string>, out: Collector<string>): void {
    out.collect(`${context.currentKey}@${time} ${context.timeDomain} ${context.timestamp()}`);
  }
}

const byPrefix = {
  keySelector: (value: string) => value.split(':')[0] as string,
  keyType: Types.STRING,
};

function openAlarms(options: OperatorHarnessOptions = {}) {
  return OperatorTestHarness.open(
    new KeyedProcessOperator({ name: 'alarms', fn: new Alarms(), ...byPrefix }),
    options,
  );
}

/** `key:time` registers a processing-time timer, `key:-time` deletes it. */
class Reminders extends KeyedProcessFunction<string, string, string> {
  processElement(value: string, context: KeyedProcessContext<string>): void {
    const time = Number(value.split(':')[1]);
    if (time < 0) {
      context.timerService().deleteProcessingTimeTimer(-time);
    } else {
      context.timerService().registerProcessingTimeTimer(time);
    }
  }

  override onTimer(time: number, context: OnTimerContext<string>, out: Collector<string>): void {
    out.collect(`${context.currentKey}@${time}`);
  }
}

function openDeleting() {
  return OperatorTestHarness.open(
    new KeyedProcessOperator({ name: 'reminders', fn: new Reminders(), ...byPrefix }),
  );
}

/** Sends what it sees to a side output. */
class Observer extends KeyedProcessFunction<string, string, string> {
  processElement(_value: string, context: KeyedProcessContext<string>): void {
    const timers = context.timerService();
    context.output(SEEN, `element ${context.timestamp()} after ${timers.currentWatermark()}`);
    timers.registerEventTimeTimer(10);
    timers.registerProcessingTimeTimer(20);
  }

  override onTimer(time: number, context: OnTimerContext<string>): void {
    const watermark = context.timerService().currentWatermark();
    const { currentKey, timeDomain } = context;
    context.output(
      SEEN,
      `${timeDomain} ${time}: ${currentKey} ${context.timestamp()} after ${watermark}`,
    );
  }
}

const SEEN = new OutputTag<string>('seen');

describe('what a keyed function sees', () => {
  it('of a timer: its key, its time as timestamp, its domain and the watermark', async () => {
    const observer = await OperatorTestHarness.open(
      new KeyedProcessOperator({ name: 'observer', fn: new Observer(), ...byPrefix }),
    );
    observer.processElement('a:', 7);

    observer.processWatermark(15);
    observer.setProcessingTime(21);

    assert.deepEqual(
      observer.sideOutput(SEEN).map(({ value, timestamp }) => `${value}, sent at ${timestamp}`),
      [
        'element 7 after -Infinity, sent at 7',
        'event-time 10: a 10 after 15, sent at 10',
        'processing-time 20: a 20 after 15, sent at 20',
      ],
    );
  });

  it('of a record without a timestamp, before the first watermark: none, and MIN_TIMESTAMP', async () => {
    const observer = await OperatorTestHarness.open(
      new KeyedProcessOperator({ name: 'observer', fn: new Observer(), ...byPrefix }),
    );

    observer.processElement('a:');

    const [seen] = observer.sideOutput(SEEN);
    assert.equal(seen?.value, `element undefined after ${MIN_TIMESTAMP}`);
  });
});

describe('event-time timers', () => {
  it('fire when the watermark reaches them, before the watermark goes on', async () => {
    const alarms = await openAlarms();
    alarms.processElement('a:10', 1);

    alarms.processWatermark(9);
    alarms.processWatermark(10);

    assert.deepEqual(alarms.output, [
      { watermark: 9 },
      { value: 'a@10 event-time 10', timestamp: 10 },
      { watermark: 10 },
    ]);
  });

  it('fire in the order of their times', async () => {
    const alarms = await openAlarms();
    for (const value of ['a:30', 'b:10', 'c:20']) {
      alarms.processElement(value, 1);
    }

    alarms.processWatermark(100);

    assert.deepEqual(
      alarms.records.map((record) => record.timestamp),
      [10, 20, 30],
    );
  });

  it('registered twice for one key and time fire once', async () => {
    const alarms = await openAlarms();
    alarms.processElement('a:10', 1);
    alarms.processElement('a:10', 2);

    alarms.processWatermark(10);

    assert.equal(alarms.records.length, 1);
  });

  it('of two keys at one time are two timers', async () => {
    const alarms = await openAlarms();
    alarms.processElement('a:10', 1);
    alarms.processElement('b:10', 2);

    alarms.processWatermark(10);

    assert.deepEqual(alarms.values.map((value) => value[0]).sort(), ['a', 'b']);
  });

  it('of other domains, keys and times are other timers', async () => {
    const alarms = await openAlarms();
    for (const value of ['a:10', 'a:11', 'b:10', 'a:10!']) {
      alarms.processElement(value, 1);
    }

    alarms.processWatermark(11);
    alarms.setProcessingTime(11);

    assert.deepEqual(alarms.values.toSorted(), [
      'a@10 event-time 10',
      'a@10 processing-time 10',
      'a@11 event-time 11',
      'b@10 event-time 10',
    ]);
  });

  it('a millisecond apart are not coalesced', async () => {
    const alarms = await openAlarms();
    alarms.processElement('a:10', 1);
    alarms.processElement('a:11', 1);

    alarms.processWatermark(20);

    assert.deepEqual(alarms.values, ['a@10 event-time 10', 'a@11 event-time 11']);
  });

  it('that are deleted without having been registered change nothing', async () => {
    const alarms = await openAlarms();
    alarms.processElement('a:10', 1);
    alarms.processElement('a:-11', 1);
    alarms.processElement('b:-10', 1);

    alarms.processWatermark(20);

    assert.deepEqual(alarms.values, ['a@10 event-time 10']);
  });

  it('that were deleted do not fire', async () => {
    const alarms = await openAlarms();
    alarms.processElement('a:10', 1);
    alarms.processElement('a:-10', 2);

    alarms.processWatermark(10);

    assert.deepEqual(alarms.values, []);
  });

  it('registered at or below the watermark fire at its next advance, not at once', async () => {
    const alarms = await openAlarms();
    alarms.processWatermark(50);

    alarms.processElement('a:10', 1);
    const before = alarms.values.length;
    alarms.processWatermark(51);

    assert.deepEqual([before, alarms.values], [0, ['a@10 event-time 10']]);
  });

  it('at the end of a bounded input all fire', async () => {
    const alarms = await openAlarms();
    alarms.processElement('a:999999999999', 1);

    alarms.processWatermark(Number.POSITIVE_INFINITY);

    assert.equal(alarms.values.length, 1);
  });

  it('are refused between milliseconds', async () => {
    const alarms = await openAlarms();

    assert.throws(() => alarms.processElement('a:1.5', 1), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message: /a timer at 1.5; register timers at whole milliseconds/,
    });
  });
});

describe('processing-time timers', () => {
  it('fire one millisecond after their time at the earliest, and emit without a timestamp', async () => {
    const alarms = await openAlarms();
    alarms.processElement('a:100!', 1);

    alarms.setProcessingTime(100);
    const at100 = alarms.values.length;
    alarms.setProcessingTime(101);

    assert.equal(at100, 0);
    assert.deepEqual(alarms.records, [
      { value: 'a@100 processing-time 100', timestamp: Number.NEGATIVE_INFINITY },
    ]);
  });

  it('need one physical timer, for the earliest', async () => {
    const alarms = await openAlarms({ autoWatermarkIntervalMs: 0 });

    for (const value of ['a:300!', 'b:100!', 'c:200!']) {
      alarms.processElement(value, 1);
    }

    assert.equal(alarms.time.numberOfTimers, 1);
    alarms.setProcessingTime(1000);
    assert.equal(alarms.values.length, 3);
  });

  it('in the past fire as soon as possible', async () => {
    const alarms = await openAlarms({ processingTime: 5000 });
    alarms.processElement('a:100!', 1);

    alarms.setProcessingTime(5001);

    assert.deepEqual(alarms.values, ['a@100 processing-time 100']);
  });

  it('at the time of the physical timer all fire with it, later ones with the next', async () => {
    const alarms = await openAlarms({ autoWatermarkIntervalMs: 0 });
    for (const value of ['a:100!', 'b:100!', 'c:101!']) {
      alarms.processElement(value, 1);
    }

    alarms.setProcessingTime(101);
    const first = alarms.values.map((value) => value[0]);
    alarms.setProcessingTime(102);

    assert.deepEqual(first.toSorted(), ['a', 'b']);
    assert.deepEqual(alarms.values.at(-1), 'c@101 processing-time 101');
  });

  it('that were deleted do not fire, and the next one is armed', async () => {
    const alarms = await openDeleting();
    alarms.processElement('a:100', 1);
    alarms.processElement('b:200', 1);
    alarms.processElement('a:-100', 1);

    alarms.setProcessingTime(201);

    assert.deepEqual(alarms.values, ['b@200']);
  });

  it('that are pending at the end of a bounded input are dropped', async () => {
    const alarms = await openAlarms();
    alarms.processElement('a:100!', 1);

    alarms.processWatermark(Number.POSITIVE_INFINITY);
    await alarms.finish();
    alarms.setProcessingTime(1000);

    assert.deepEqual(alarms.values, []);
  });
});

describe('timers in snapshots', () => {
  it('come back in both time domains; processing-time ones in the past fire at once', async () => {
    const before = await openAlarms();
    before.processElement('a:10', 1);
    before.processElement('b:100!', 1);
    const snapshot = await before.snapshot(1);

    const after = await openAlarms({ restored: [snapshot], processingTime: 5000 });
    after.setProcessingTime(5001);
    after.processWatermark(10);

    assert.deepEqual(after.values, ['b@100 processing-time 100', 'a@10 event-time 10']);
  });

  it('go to the subtask that owns the key after a change of parallelism', async () => {
    const before = await openAlarms();
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    for (const key of keys) {
      before.processElement(`${key}:10`, 1);
    }
    const restored = [await before.snapshot(1)];

    const fired: string[][] = [];
    for (const subtask of [0, 1]) {
      const after = await openAlarms({ restored, subtask, parallelism: 2 });
      after.processWatermark(10);
      fired.push(after.values.map((value) => value[0] as string));
    }

    assert.deepEqual(fired.flat().sort(), keys);
    assert.ok(fired.every((values) => values.length > 0));
  });
});

describe('keys', () => {
  it('undefined and null are refused with the operator and the record named', async () => {
    for (const key of [undefined, null]) {
      const reduce = await OperatorTestHarness.open(
        new StreamGroupedReduce<string, string>({
          name: 'longest',
          fn: (a) => a,
          elementType: Types.STRING,
          keySelector: () => key as unknown as string,
          keyType: Types.STRING,
        }),
      );

      assert.throws(() => reduce.processElement('late flight', 5), {
        code: 'KEY_UNDEFINED',
        message: new RegExp(
          `operator 'longest' \\(subtask 1/1\\) gave ${key} for the record "late flight"`,
        ),
      });
    }
  });

  it('are not asked for of the record undefined, which is refused', async () => {
    const reduce = await OperatorTestHarness.open(
      new StreamGroupedReduce<string, string>({
        name: 'longest',
        fn: (a) => a,
        elementType: Types.STRING,
        keySelector: () => 'all',
        keyType: Types.STRING,
      }),
    );
    reduce.processElement('late flight', 5);

    assert.throws(() => reduce.processElement(undefined as unknown as string, 6), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message:
        /^operator 'longest' \(subtask 1\/1\) got the record undefined, .* leave out others by filter\(\)/,
    });
  });

  it('are in the message when a function throws', async () => {
    const alarms = await OperatorTestHarness.open(
      new StreamGroupedReduce<string, string>({
        name: 'failing',
        fn: () => {
          throw new Error('boom');
        },
        elementType: Types.STRING,
        ...byPrefix,
      }),
    );
    alarms.processElement('k:1', 5);

    assert.throws(() => alarms.processElement('k:2', 6), {
      code: 'USER_FUNCTION_FAILED',
      message: /"k:2" \(timestamp 6, key "k"\)/,
    });
  });

  it('without a key type are refused when the operator is made', () => {
    assert.throws(
      () =>
        new KeyedProcessOperator({
          name: 'half',
          fn: new Alarms(),
          keySelector: byPrefix.keySelector,
          keyType: undefined as never,
        }),
      { code: 'INVALID_GRAPH', message: /'half' has a key selector but no key type; give both/ },
    );
  });
});

describe('reduce on keyed streams', () => {
  const sum = () =>
    new StreamGroupedReduce<number, string>({
      name: 'sum',
      fn: (a, b) => a + b,
      elementType: Types.LONG,
      keySelector: (value) => (value % 2 === 0 ? 'even' : 'odd'),
      keyType: Types.STRING,
    });

  it('emits what all records of the key so far make', async () => {
    const reduce = await OperatorTestHarness.open(sum());

    for (const value of [1, 2, 3, 4]) {
      reduce.processElement(value, value);
    }

    assert.deepEqual(reduce.values, [1, 2, 4, 6]);
  });

  it('goes on after a restore where it was', async () => {
    const before = await OperatorTestHarness.open(sum());
    before.processElement(1, 1);
    const restored = [await before.snapshot(1)];

    const after = await OperatorTestHarness.open(sum(), { restored });
    after.processElement(3, 3);

    assert.deepEqual(after.values, [4]);
  });
});

describe('state of keyed process functions', () => {
  class Counting extends KeyedProcessFunction<string, string, number> {
    private count!: ValueState<number>;

    override open(): void {
      this.count = this.runtimeContext.getState(new ValueStateDescriptor('count', Types.LONG));
    }

    processElement(
      _value: string,
      _context: KeyedProcessContext<string>,
      out: Collector<number>,
    ): void {
      this.count.update((this.count.value() ?? 0) + 1);
      out.collect(this.count.value() as number);
    }
  }

  it('belongs to the key of the record', async () => {
    const counting = await OperatorTestHarness.open(
      new KeyedProcessOperator({ name: 'counting', fn: new Counting(), ...byPrefix }),
    );

    for (const value of ['a', 'b', 'a', 'a']) {
      counting.processElement(value, 1);
    }

    assert.deepEqual(counting.values, [1, 1, 2, 3]);
  });
});
