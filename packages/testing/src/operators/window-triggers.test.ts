/** The table of triggers in the semantics, row by row, and how a window cleans up after each. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ContinuousEventTimeTrigger,
  ContinuousProcessingTimeTrigger,
  CountTrigger,
  DeltaTrigger,
  EventTimeSessionWindows,
  EventTimeTrigger,
  GlobalWindows,
  NeverTrigger,
  ProcessingTimeoutTrigger,
  ProcessingTimeSessionWindows,
  ProcessingTimeTrigger,
  PurgingTrigger,
  type Trigger,
  type TriggerResult,
  TumblingProcessingTimeWindows,
  Types,
  type Window,
} from '@millrace/core';
import { any, COUNT_RECORDS, END, openWindows } from './window-fixture.ts';

const byNumber = (value: string) => Number(value.split(':')[1]);

describe('EventTimeTrigger', () => {
  it('fires at the end of the window, and at once for each record behind the watermark', async () => {
    const windows = await openWindows({
      trigger: EventTimeTrigger.create(),
      allowedLateness: 100,
      windowFunction: COUNT_RECORDS,
    });
    windows.processElement('a:1', 100);
    windows.processWatermark(998);
    assert.deepEqual(windows.values, []);

    windows.processWatermark(999);
    windows.processElement('a:2', 100);

    assert.deepEqual(windows.values, ['1', '2']);
  });
});

describe('ProcessingTimeTrigger', () => {
  it('fires when the clock passes the end of the window', async () => {
    const windows = await openWindows({
      assigner: any(TumblingProcessingTimeWindows.of(10)),
      trigger: any(ProcessingTimeTrigger.create()),
    });
    windows.processElement('a:1');

    windows.setProcessingTime(9);
    assert.deepEqual(windows.values, []);
    windows.setProcessingTime(10);

    assert.deepEqual(windows.values, ['a[0-10]: a:1']);
    assert.equal(windows.numberOfStateEntries, 0);
  });
});

describe('CountTrigger', () => {
  it('fires when the counter reaches n, counts anew, and purges nothing', async () => {
    const windows = await openWindows({
      trigger: CountTrigger.of(2),
      windowFunction: COUNT_RECORDS,
    });

    for (let n = 0; n < 5; n++) {
      windows.processElement('a:1', 100);
    }

    assert.deepEqual(windows.values, ['2', '4']);
    windows.processWatermark(END);
    assert.equal(windows.numberOfStateEntries, 0);
  });
});

describe('ContinuousEventTimeTrigger', () => {
  const options = {
    trigger: ContinuousEventTimeTrigger.of(400),
    windowFunction: COUNT_RECORDS,
  };

  it('fires at the next multiple of the interval, then at each, and at the end of the window', async () => {
    const windows = await openWindows(options);
    windows.processElement('a:1', 100);
    for (const [watermark, expected] of [
      [399, 0],
      [400, 1],
      [799, 1],
      [800, 2],
      [998, 2],
      [999, 3],
    ] as const) {
      windows.processWatermark(watermark);

      assert.equal(windows.values.length, expected, `at ${watermark}`);
    }
    assert.equal(windows.numberOfStateEntries, 0);
  });

  it('fires at once for a record of a window that the watermark has passed', async () => {
    const windows = await openWindows({ ...options, allowedLateness: 1000 });
    windows.processWatermark(999);

    windows.processElement('a:1', 100);

    assert.deepEqual(windows.values, ['1']);
  });

  it('goes on after a restore where it was', async () => {
    const before = await openWindows(options);
    before.processElement('a:1', 100);
    before.processWatermark(400);
    const after = await openWindows(options, { restored: [await before.snapshot(1)] });

    after.processElement('a:2', 500);
    after.processWatermark(800);

    assert.deepEqual(after.values, ['2']);
  });

  it('takes the earliest of the times of windows that merge', async () => {
    const windows = await openWindows({
      ...options,
      assigner: any(EventTimeSessionWindows.withGap(500)),
    });
    windows.processElement('a:1', 100);
    windows.processElement('a:2', 900);
    windows.processElement('a:3', 500);

    windows.processWatermark(400);

    assert.deepEqual(windows.values, ['3']);
    windows.processWatermark(END);
    assert.equal(windows.numberOfStateEntries, 0);
  });
});

describe('ContinuousProcessingTimeTrigger', () => {
  const options = {
    trigger: ContinuousProcessingTimeTrigger.of(40),
    windowFunction: COUNT_RECORDS,
  };

  it('fires at each multiple of the interval on the clock, and last at the end of the window', async () => {
    const windows = await openWindows({
      ...options,
      assigner: any(TumblingProcessingTimeWindows.of(100)),
    });
    windows.setProcessingTime(10);
    windows.processElement('a:1');
    const counts: number[] = [];

    for (const time of [40, 41, 80, 81, 99, 100, 500]) {
      windows.setProcessingTime(time);
      counts.push(windows.values.length);
    }

    assert.deepEqual(counts, [0, 1, 1, 2, 2, 3, 3]);
    assert.equal(windows.numberOfStateEntries, 0);
  });

  it('fires once, not without end, for a window that ended before the clock', async () => {
    const windows = await openWindows(options, { processingTime: 5000 });
    windows.processElement('a:1', 100);

    windows.setProcessingTime(6000);

    assert.deepEqual(windows.values, ['1']);
  });

  it('takes the earliest of the times of windows that merge', async () => {
    const windows = await openWindows({
      ...options,
      assigner: any(ProcessingTimeSessionWindows.withGap(50)),
    });
    windows.setProcessingTime(30);
    windows.processElement('a:1');
    windows.setProcessingTime(39);
    windows.processElement('a:2');

    windows.setProcessingTime(41);

    assert.deepEqual(windows.values, ['2']);
    windows.setProcessingTime(1000);
    assert.equal(windows.numberOfStateEntries, 0);
  });
});

describe('DeltaTrigger', () => {
  const options = {
    trigger: any(
      DeltaTrigger.of(
        10,
        { getDelta: (last: string, value: string) => byNumber(value) - byNumber(last) },
        Types.STRING,
      ),
    ),
  };

  it('fires when a record is further than the threshold from the one that fired last', async () => {
    const windows = await openWindows(options);

    for (const n of [0, 10, 11, 21, 22]) {
      windows.processElement(`a:${n}`, 100);
    }

    assert.deepEqual(windows.values, [
      'a[0-1000]: a:0 a:10 a:11',
      'a[0-1000]: a:0 a:10 a:11 a:21 a:22',
    ]);
  });

  it('knows the record that fired last after a restore, and forgets it with the window', async () => {
    const before = await openWindows(options);
    before.processElement('a:0', 100);
    const after = await openWindows(options, { restored: [await before.snapshot(1)] });

    after.processElement('a:11', 100);

    assert.deepEqual(after.values, ['a[0-1000]: a:0 a:11']);
    after.processWatermark(END);
    assert.equal(after.numberOfStateEntries, 0);
  });

  it('refuses a threshold that is no number', () => {
    assert.throws(() => DeltaTrigger.of(Number.NaN, () => 0, Types.STRING), {
      code: 'CONFIG_VALUE_INVALID',
    });
  });
});

describe('PurgingTrigger', () => {
  it('makes of each firing of the nested trigger one that purges', async () => {
    const windows = await openWindows({
      trigger: PurgingTrigger.of(ContinuousEventTimeTrigger.of(400)),
    });
    windows.processElement('a:1', 100);
    windows.processWatermark(400);
    windows.processElement('a:2', 500);

    windows.processWatermark(END);

    assert.deepEqual(windows.values, ['a[0-1000]: a:1', 'a[0-1000]: a:2']);
    assert.equal(windows.numberOfStateEntries, 0);
  });

  it('can merge when the nested trigger can', () => {
    const delta = DeltaTrigger.of(1, () => 0, Types.STRING);

    assert.equal(PurgingTrigger.of(CountTrigger.of(1)).canMerge(), true);
    assert.equal(PurgingTrigger.of(any(delta)).canMerge(), false);
    assert.equal(PurgingTrigger.of(any(new NeverTrigger())).canMerge(), false);
  });
});

describe('ProcessingTimeoutTrigger', () => {
  const timeout = (options = {}) => ({
    assigner: any(GlobalWindows.create()),
    trigger: any(ProcessingTimeoutTrigger.of(PurgingTrigger.of(CountTrigger.of(3)), 100, options)),
  });

  it('fires a while after the first record, or when the nested trigger does', async () => {
    const windows = await openWindows(timeout());
    windows.processElement('a:1');
    windows.setProcessingTime(50);
    windows.processElement('a:2');
    windows.setProcessingTime(100);
    assert.deepEqual(windows.values, []);

    windows.setProcessingTime(101);
    assert.deepEqual(windows.values, ['a[global]: a:1 a:2']);

    for (const n of [3, 4, 5]) {
      windows.processElement(`a:${n}`);
    }
    windows.setProcessingTime(1000);
    assert.deepEqual(windows.values.slice(1), ['a[global]: a:1 a:2 a:3 a:4 a:5']);
  });

  it('fires a while after the last record where records start the time anew', async () => {
    const windows = await openWindows(timeout({ resetTimerOnNewRecord: true }));
    windows.processElement('a:1');
    windows.setProcessingTime(50);
    windows.processElement('a:2');

    windows.setProcessingTime(150);
    assert.deepEqual(windows.values, []);
    windows.setProcessingTime(151);

    assert.deepEqual(windows.values, ['a[global]: a:1 a:2']);
  });

  it('lets the nested trigger count on where a timeout does not clear it', async () => {
    const windows = await openWindows(timeout({ shouldClearOnTimeout: false }));
    windows.processElement('a:1');
    windows.processElement('a:2');
    windows.setProcessingTime(101);

    windows.processElement('a:3');

    assert.deepEqual(windows.values, ['a[global]: a:1 a:2', 'a[global]: a:1 a:2 a:3']);
  });

  it('cannot merge, and leaves nothing behind', async () => {
    const trigger = any(ProcessingTimeoutTrigger.of(CountTrigger.of(9), 5000));
    assert.equal(trigger.canMerge, undefined);
    const windows = await openWindows({ trigger });
    windows.processElement('a:1', 100);

    windows.processWatermark(END);

    assert.equal(windows.numberOfStateEntries, 0);
  });
});

describe('the results of a trigger', () => {
  const giving = (result: TriggerResult): Trigger<string, Window> => ({
    onElement: (value) => (value.endsWith('!') ? result : 'continue'),
    onEventTime: () => 'continue',
    onProcessingTime: () => 'continue',
    clear: () => {},
  });
  const cases: [TriggerResult, string[], string[]][] = [
    ['continue', [], ['a[0-1000]: a:1 a:2! a:3']],
    ['fire', ['a[0-1000]: a:1 a:2!'], ['a[0-1000]: a:1 a:2! a:3']],
    ['purge', [], ['a[0-1000]: a:3']],
    ['fire-and-purge', ['a[0-1000]: a:1 a:2!'], ['a[0-1000]: a:3']],
  ];
  for (const [result, atOnce, then] of cases) {
    it(`${result} does what its name says, and drops neither trigger state nor timers`, async () => {
      let isLast = false;
      const trigger = giving(result);
      const windows = await openWindows({
        trigger: any({
          ...trigger,
          onElement: (...args: Parameters<typeof trigger.onElement>) =>
            isLast ? 'fire' : trigger.onElement(...args),
        }),
      });
      windows.processElement('a:1', 100);
      windows.processElement('a:2!', 100);
      assert.deepEqual(windows.values, atOnce);

      isLast = true;
      windows.processElement('a:3', 100);

      assert.deepEqual(windows.values.slice(atOnce.length), then);
      windows.processWatermark(999);
      assert.equal(windows.numberOfStateEntries, 0);
    });
  }
});

describe('the intervals of triggers', () => {
  it('are longer than 0', () => {
    for (const make of [
      () => ContinuousEventTimeTrigger.of(0),
      () => ContinuousProcessingTimeTrigger.of('0 s'),
      () => ProcessingTimeoutTrigger.of(CountTrigger.of(1), 0),
    ]) {
      assert.throws(make, { code: 'CONFIG_VALUE_INVALID', message: /longer than 0/ });
    }
  });
});

describe('the result of a trigger', () => {
  it('that is none of the four is an error that names them, the trigger and the operator', async () => {
    const shouts = { onElement: () => 'FIRE', clear: () => {} };
    const windows = await openWindows({ trigger: any(shouts) });

    assert.throws(() => windows.processElement('a:1', 1), {
      code: 'TRIGGER_RESULT_INVALID',
      message:
        /of operator 'windows' gave "FIRE"; give 'continue', 'fire', 'purge' or 'fire-and-purge'/,
    });
  });
});
