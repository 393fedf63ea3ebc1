import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Collector,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type OnTimerContext,
  Types,
} from '@millrace/core';
import { KeyedProcessOperator } from '@millrace/runtime';
import fc from 'fast-check';
import { type OperatorHarnessOptions, OperatorTestHarness } from '../operator-harness.ts';

/** A record registers the timer of its key and time, or deletes it. */
interface Command {
  readonly key: string;
  readonly time: number;
  readonly deletes: boolean;
}

class Alarms extends KeyedProcessFunction<string, Command, string> {
  processElement({ time, deletes }: Command, context: KeyedProcessContext<string>): void {
    const timers = context.timerService();
    if (deletes) {
      timers.deleteEventTimeTimer(time);
    } else {
      timers.registerEventTimeTimer(time);
    }
  }

  override onTimer(time: number, context: OnTimerContext<string>, out: Collector<string>): void {
    out.collect(`${context.currentKey}@${time}`);
  }
}

function openAlarms(options: OperatorHarnessOptions = {}) {
  return OperatorTestHarness.open(
    new KeyedProcessOperator<string, Command, string>({
      name: 'alarms',
      fn: new Alarms(),
      keySelector: ({ key }) => key,
      keyType: Types.STRING,
    }),
    { maxParallelism: 4, ...options },
  );
}

const commands = fc.array(
  fc.record({
    key: fc.integer({ min: 0, max: 20 }).map((n) => `key ${n}`),
    time: fc.integer({ min: 1, max: 3 }),
    deletes: fc.boolean(),
  }),
  { maxLength: 60, size: 'max' },
);

describe('timers of one time', () => {
  it('fire after a restore in the order in which they fire without one', async () => {
    await fc.assert(
      fc.asyncProperty(commands, commands, async (before, after) => {
        const undisturbed = await openAlarms();
        for (const command of before) {
          undisturbed.processElement(command, 0);
        }
        const restored = await openAlarms({ restored: [await undisturbed.snapshot(1)] });

        for (const harness of [undisturbed, restored]) {
          for (const command of after) {
            harness.processElement(command, 0);
          }
          harness.processWatermark(10);
        }

        assert.deepEqual(restored.values, undisturbed.values);
      }),
      { numRuns: 100 },
    );
  });
});
