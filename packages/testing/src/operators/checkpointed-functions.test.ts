import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type FunctionInitializationContext,
  type ListState,
  ListStateDescriptor,
  RichFunction,
  Types,
} from '@millrace/core';
import { StreamMap } from '@millrace/runtime';
import { type OperatorHarnessOptions, OperatorTestHarness } from '../operator-harness.ts';

/** Remembers what it has seen in operator state. */
class Remembering extends RichFunction {
  private seen: string[] = [];
  private state!: ListState<string>;

  map(value: string): string {
    this.seen.push(value);
    return this.seen.join();
  }

  initializeState(context: FunctionInitializationContext): void {
    this.state = context.operatorStateStore.getListState(
      new ListStateDescriptor('seen', Types.STRING),
    );
    if (context.isRestored) {
      this.seen = [...this.state.get(), `from ${context.restoredCheckpointId}`];
    }
  }

  snapshotState(): void {
    this.state.update(this.seen);
  }
}

function open(fn: Remembering | ((value: string) => string), options: OperatorHarnessOptions = {}) {
  return OperatorTestHarness.open(
    new StreamMap<string, string>({ name: 'remembering', fn }),
    options,
  );
}

describe('a checkpointed function', () => {
  it('fills its state in snapshotState, before the backend fixes its version', async () => {
    const before = await open(new Remembering());
    before.processElement('a');
    const restored = [await before.snapshot(3)];

    const after = await open(new Remembering(), { restored });
    after.processElement('b');

    assert.deepEqual(after.values, ['a,from 3,b']);
  });

  it('leaves its state to the next snapshot when the program no longer declares it', async () => {
    const first = await open(new Remembering());
    first.processElement('a');
    const without = await open((value) => value, { restored: [await first.snapshot(1)] });

    const again = await open(new Remembering(), { restored: [await without.snapshot(2)] });
    again.processElement('b');

    assert.deepEqual(again.values, ['a,from 2,b']);
  });

  it('that throws in snapshotState fails the task', async () => {
    const fn = new Remembering();
    fn.snapshotState = () => {
      throw new Error('disk');
    };
    const harness = await open(fn);

    await assert.rejects(harness.snapshot(4), {
      code: 'USER_FUNCTION_FAILED',
      message: /in snapshotState of checkpoint 4: disk/,
    });
  });
});
