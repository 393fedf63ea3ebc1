import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type CheckpointListener,
  type FunctionInitializationContext,
  type ListCheckpointed,
  type ListState,
  ListStateDescriptor,
  perSubtask,
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

  it('initializes its state before it opens, on a fresh start and on a restore', async () => {
    const calls: string[] = [];
    class Ordered extends Remembering {
      override initializeState(context: FunctionInitializationContext): void {
        calls.push(`initialize, restored ${context.isRestored} ${context.restoredCheckpointId}`);
        super.initializeState(context);
      }

      override open(): void {
        calls.push('open');
      }
    }
    const ordered = perSubtask(() => new Ordered());
    const map = () => new StreamMap<string, string>({ name: 'ordered', fn: ordered });

    const first = await OperatorTestHarness.open(map());
    await OperatorTestHarness.open(map(), { restored: [await first.snapshot(5)] });

    assert.deepEqual(calls, [
      'initialize, restored false undefined',
      'open',
      'initialize, restored true 5',
      'open',
    ]);
  });

  it('of the older form gives a list, and gets its share of all lists at a restore', async () => {
    class Listing extends RichFunction implements ListCheckpointed<string> {
      private seen: string[] = [];

      map(value: string): string {
        this.seen.push(value);
        return this.seen.join();
      }

      snapshotState(): readonly string[] {
        return this.seen;
      }

      restoreState(state: readonly string[]): void {
        this.seen = [...state];
      }
    }
    const map = () => new StreamMap<string, string>({ name: 'listing', fn: new Listing() });
    const first = await OperatorTestHarness.open(map(), { parallelism: 2, subtask: 0 });
    const second = await OperatorTestHarness.open(map(), { parallelism: 2, subtask: 1 });
    first.processElement('a');
    second.processElement('b');
    const restored = [await first.snapshot(1), await second.snapshot(1)];

    const after = await OperatorTestHarness.open(map(), { restored });
    after.processElement('c');

    assert.deepEqual(after.values, ['a,b,c']);
  });

  it('is told that a checkpoint completed or was aborted; what it throws then fails the task', async () => {
    const heard: string[] = [];
    class Listening extends RichFunction implements CheckpointListener {
      map(value: string): string {
        return value;
      }

      notifyCheckpointComplete(checkpointId: number): void {
        heard.push(`complete ${checkpointId}`);
        if (checkpointId === 3) {
          throw new Error('cannot commit');
        }
      }

      notifyCheckpointAborted(checkpointId: number): void {
        heard.push(`aborted ${checkpointId}`);
      }
    }
    const fn = perSubtask(() => new Listening());
    const harness = await OperatorTestHarness.open(
      new StreamMap<string, string>({ name: 'listening', fn }),
    );

    await harness.notifyCheckpointComplete(1);
    harness.operator.notifyCheckpointAborted(2);

    assert.deepEqual(heard, ['complete 1', 'aborted 2']);
    await assert.rejects(async () => harness.notifyCheckpointComplete(3), {
      code: 'USER_FUNCTION_FAILED',
      message: /in notifyCheckpointComplete\(3\): cannot commit/,
    });
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
