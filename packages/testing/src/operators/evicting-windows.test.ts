import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CountEvictor,
  CountTrigger,
  EventTimeSessionWindows,
  type Evictor,
  type EvictorContext,
  GlobalWindows,
  PurgingTrigger,
  TimeEvictor,
  type TimestampedValue,
  Types,
  type Window,
} from '@millrace/core';
import {
  any,
  COUNT_RECORDS,
  END,
  JOIN,
  openWindows,
  type WindowOptions,
} from './window-fixture.ts';

describe('windows with an evictor', () => {
  it('take records out before the function, and forget them', async () => {
    const windows = await openWindows({ evictor: CountEvictor.of(2), trigger: CountTrigger.of(1) });

    for (const value of ['a:1', 'a:2', 'a:3']) {
      windows.processElement(value, 100);
    }

    assert.deepEqual(windows.values, [
      'a[0-1000]: a:1',
      'a[0-1000]: a:1 a:2',
      'a[0-1000]: a:2 a:3',
    ]);
  });

  it('take records out after the function, which still sees them once', async () => {
    const evictor = CountEvictor.of(1, true);
    const windows = await openWindows({ evictor, trigger: CountTrigger.of(2) });

    for (const value of ['a:1', 'a:2', 'a:3', 'a:4']) {
      windows.processElement(value, 100);
    }

    assert.deepEqual(windows.values, ['a[0-1000]: a:1 a:2', 'a[0-1000]: a:2 a:3 a:4']);
  });

  it('keep the timestamps of their records over a restore', async () => {
    const options: Partial<WindowOptions> = { evictor: TimeEvictor.of(100) };
    const before = await openWindows(options);
    before.processElement('a:1', 100);
    before.processElement('a:2', 600);
    const restored = [await before.snapshot(1)];

    const after = await openWindows(options, { restored });
    after.processElement('a:3', 650);
    after.processWatermark(END);

    assert.deepEqual(after.values, ['a[0-1000]: a:2 a:3']);
    assert.equal(after.numberOfStateEntries, 0);
  });

  it('reduce and aggregate what is left', async () => {
    for (const [windowFunction, expected] of [
      [COUNT_RECORDS, '2'],
      [
        { kind: 'reduce', reduceFunction: (a, b) => `${a}+${b}`, elementType: Types.STRING },
        'a:2+a:3',
      ],
      [
        {
          ...JOIN,
          kind: 'reduce',
          reduceFunction: (a, b) => `${a}+${b}`,
          elementType: Types.STRING,
        },
        'a[0-1000]: a:2+a:3',
      ],
    ] as [WindowOptions['windowFunction'], string][]) {
      const windows = await openWindows({ windowFunction, evictor: CountEvictor.of(2) });
      for (const value of ['a:1', 'a:2', 'a:3']) {
        windows.processElement(value, 100);
      }

      windows.processWatermark(999);

      assert.deepEqual(windows.values, [expected]);
      assert.equal(windows.numberOfStateEntries, 0);
    }
  });

  it('that are left nothing call process with nothing, and reduce to nothing', async () => {
    const evictor = CountEvictor.of(0);
    const reduce: WindowOptions['windowFunction'] = {
      kind: 'reduce',
      reduceFunction: (a) => a,
      elementType: Types.STRING,
    };
    for (const [windowFunction, expected] of [
      [JOIN, ['a[0-1000]: ']],
      [reduce, []],
      [COUNT_RECORDS, ['0']],
    ] as const) {
      const windows = await openWindows({ windowFunction, evictor });
      windows.processElement('a:1', 100);

      windows.processWatermark(999);

      assert.deepEqual(windows.values, expected);
    }
  });

  it('may be evicted by the program, which sees size, window, times and clock', async () => {
    const calls: string[] = [];
    class Shortest implements Evictor<string, Window> {
      evictBefore(
        elements: TimestampedValue<string>[],
        size: number,
        window: Window,
        context: EvictorContext,
      ): void {
        calls.push(
          `${size} ${window.maxTimestamp()} ${context.currentWatermark()} ${context.currentProcessingTime()}`,
        );
        elements.sort((a, b) => a.value.length - b.value.length);
        elements.splice(1);
      }
      evictAfter(elements: TimestampedValue<string>[], size: number): void {
        calls.push(`${size}`);
        elements.length = 0;
      }
    }
    const options = { evictor: new Shortest(), allowedLateness: 500 };
    const windows = await openWindows(options, { processingTime: 7 });
    windows.processElement('a:333', 100);
    windows.processElement('a:22', 100);

    windows.processWatermark(999);
    windows.processElement('a:4444', 100);

    assert.deepEqual(windows.values, ['a[0-1000]: a:22', 'a[0-1000]: a:4444']);
    assert.deepEqual(calls, ['2 999 999 7', '1', '1 999 999 7', '1']);
  });

  it('may be sessions: the records of merged windows come together', async () => {
    const windows = await openWindows({
      assigner: any(EventTimeSessionWindows.withGap(10)),
      evictor: CountEvictor.of(2),
    });
    for (const time of [0, 18, 9]) {
      windows.processElement(`a:${time}`, time);
    }

    windows.processWatermark(END);

    assert.deepEqual(windows.values, ['a[0-28]: a:18 a:9']);
    assert.equal(windows.numberOfStateEntries, 0);
  });

  it('on a global window with a count trigger are sliding count windows', async () => {
    const windows = await openWindows({
      assigner: any(GlobalWindows.create()),
      evictor: CountEvictor.of(3),
      trigger: CountTrigger.of(2),
    });

    for (const n of [1, 2, 3, 4, 5, 6]) {
      windows.processElement(`a:${n}`);
    }

    assert.deepEqual(windows.values, [
      'a[global]: a:1 a:2',
      'a[global]: a:2 a:3 a:4',
      'a[global]: a:4 a:5 a:6',
    ]);
  });

  it('that are purged keep nothing', async () => {
    const windows = await openWindows({
      evictor: CountEvictor.of(1),
      trigger: PurgingTrigger.of(CountTrigger.of(2)),
    });

    for (const n of [1, 2, 3, 4]) {
      windows.processElement(`a:${n}`, 100);
    }

    assert.deepEqual(windows.values, ['a[0-1000]: a:2', 'a[0-1000]: a:4']);
  });
});
