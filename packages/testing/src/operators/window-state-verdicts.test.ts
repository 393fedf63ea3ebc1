/** What a window operator keeps is checked when it opens, before a record comes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ContinuousEventTimeTrigger,
  ContinuousProcessingTimeTrigger,
  CountTrigger,
  DeltaTrigger,
  EventTimeTrigger,
  ProcessingTimeoutTrigger,
  PurgingTrigger,
  type StateDescriptor,
  type Trigger,
  type TriggerResult,
  Types,
  ValueStateDescriptor,
  type Window,
} from '@millrace/core';
import { any, openWindows, type WindowOptions } from './window-fixture.ts';

/** Keeps a decimal under the name that another trigger keeps something else under. */
class DecimalTrigger implements Trigger<string, Window> {
  readonly stateDescriptors: readonly StateDescriptor[];

  constructor(name: string) {
    this.stateDescriptors = [new ValueStateDescriptor(name, Types.BIG_DEC)];
  }

  onElement(): TriggerResult {
    return 'continue';
  }

  onEventTime(): TriggerResult {
    return 'continue';
  }

  onProcessingTime(): TriggerResult {
    return 'continue';
  }

  clear(): void {}
}

const elements: WindowOptions['windowFunction'] = {
  kind: 'process',
  processFunction: { process: () => {} } as never,
  elementType: Types.LONG as never,
};

describe('a restored window operator', () => {
  const triggers: [trigger: Trigger<never, Window>, state: string][] = [
    [any(CountTrigger.of(3)), 'count'],
    [any(PurgingTrigger.of(CountTrigger.of(3))), 'count'],
    [any(ContinuousEventTimeTrigger.of(100)), 'fire-time'],
    [any(ContinuousProcessingTimeTrigger.of(100)), 'fire-time'],
    [any(DeltaTrigger.of(5, () => 0, Types.STRING)), 'last-element'],
    [any(ProcessingTimeoutTrigger.of(CountTrigger.of(3), 50)), 'timeout'],
    [any(ProcessingTimeoutTrigger.of(CountTrigger.of(3), 50)), 'count'],
  ];

  for (const [trigger, state] of triggers) {
    it(`refuses another type of the state '${state}' of ${trigger} when it opens`, async () => {
      const before = await openWindows({ trigger: any(trigger) });
      before.processElement('a:1', 500);
      const restored = [await before.snapshot(1)];

      await assert.rejects(openWindows({ trigger: any(new DecimalTrigger(state)) }, { restored }), {
        code: 'STATE_INCOMPATIBLE',
        message: new RegExp(`state '${state}' of operator`),
      });
    });
  }

  it('lists the states of each trigger of ours', () => {
    for (const [trigger, state] of triggers) {
      const names = trigger.stateDescriptors?.map(({ name }) => name);
      assert.ok(names?.includes(state), `${trigger} lists ${names}`);
    }
  });

  it('refuses contents of another type when it opens', async () => {
    const before = await openWindows({ trigger: any(EventTimeTrigger.create()) });
    before.processElement('a:1', 500);
    const restored = [await before.snapshot(1)];

    await assert.rejects(openWindows({ windowFunction: elements }, { restored }), {
      code: 'STATE_INCOMPATIBLE',
      message: /'window-contents'.*: element: String in the snapshot, Long in the program/,
    });
  });
});
