import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RuntimeContext } from '@millrace/core';
import { type FunctionHooks, forwardHooks } from './function-hooks.ts';

class Wrapper {
  runtimeContext!: RuntimeContext;
  open(): void {}
  close(): void {}
}

function wrapped(fn: unknown): FunctionHooks {
  const wrapper = new Wrapper();
  forwardHooks(wrapper, fn);
  return wrapper as FunctionHooks;
}

describe('a function that wraps another one', () => {
  it('has those hooks that the other one has, with their arguments and results', async () => {
    const calls: unknown[][] = [];
    const fn = {
      name: 'inner',
      open: (...args: unknown[]) => calls.push(['open', ...args]),
      restoreState: (...args: unknown[]) => calls.push(['restoreState', ...args]),
      notifyCheckpointComplete: (...args: unknown[]) => calls.push(['complete', ...args]),
      snapshotState(...args: unknown[]) {
        calls.push(['snapshotState', ...args]);
        return [this.name];
      },
    };

    const wrapper = wrapped(fn);
    await wrapper.open?.({ taskName: 'task' });
    await wrapper.restoreState?.([1]);
    wrapper.notifyCheckpointComplete?.(3);

    assert.deepEqual(wrapper.snapshotState?.(3, 1000), ['inner']);
    assert.deepEqual(calls, [
      ['open', { taskName: 'task' }],
      ['restoreState', [1]],
      ['complete', 3],
      ['snapshotState', 3, 1000],
    ]);
    assert.equal(wrapper.initializeState, undefined);
    assert.equal(wrapper.notifyCheckpointAborted, undefined);
  });

  it('hands on the runtime context', () => {
    const fn: FunctionHooks = {};
    const runtimeContext = {} as RuntimeContext;

    const wrapper = wrapped(fn);
    wrapper.runtimeContext = runtimeContext;

    assert.equal(fn.runtimeContext, runtimeContext);
    assert.equal(wrapper.runtimeContext, runtimeContext);
  });

  it('has no hooks around a plain function', () => {
    const wrapper = wrapped(() => 1);

    assert.equal(wrapper.snapshotState, undefined);
    assert.equal(wrapper.initializeState, undefined);
  });
});
