import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ReducingState,
  ReducingStateDescriptor,
  TimeWindow,
  Types,
  type ValueState,
  ValueStateDescriptor,
  VOID_NAMESPACE,
} from '@millrace/core';
import type { InternalKvState, KeyedStateBackend } from '@millrace/state';
import { openForBench } from './bench-fixture.ts';

const SUM = new ReducingStateDescriptor<number>('sum', (a, b) => a + b, Types.LONG);
const LAST = new ValueStateDescriptor<number>('last', Types.LONG);

function states(backend: KeyedStateBackend<string>) {
  const sum = backend.getOrCreateKeyedState<
    TimeWindow,
    ReducingState<number> & InternalKvState<string, TimeWindow>
  >(Types.TIME_WINDOW, SUM);
  const last = backend.getOrCreateKeyedState<
    typeof VOID_NAMESPACE,
    ValueState<number> & InternalKvState<string, typeof VOID_NAMESPACE>
  >(Types.VOID_NAMESPACE, LAST);
  return { sum, last };
}

describe('keys that come and go', () => {
  it('keep their own state when they have it in windows, outside windows, or both', async () => {
    const backend = await openForBench(Types.STRING);
    const { sum, last } = states(backend);
    sum.setCurrentNamespace(new TimeWindow(0, 10));

    for (const [key, value] of [
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['a', 4],
    ] as const) {
      backend.setCurrentKey(key);
      sum.add(value);
      if (key !== 'b') {
        last.update(value);
      }
    }

    const seen = ['a', 'b', 'c', 'd'].map((key) => {
      backend.setCurrentKey(key);
      return [sum.get(), last.value()];
    });
    assert.deepEqual(seen, [
      [5, 4],
      [2, undefined],
      [3, 3],
      [undefined, undefined],
    ]);
  });

  it('leave nothing to the next key when their last state goes', async () => {
    const backend = await openForBench(Types.STRING);
    const { last } = states(backend);
    backend.setCurrentKey('a');
    last.update(1);
    last.clear();

    backend.setCurrentKey('b');
    const before = last.value();
    last.update(2);
    backend.setCurrentKey('a');

    assert.deepEqual([before, last.value()], [undefined, undefined]);
    assert.deepEqual([...backend.getKeys('last', VOID_NAMESPACE)], ['b']);
  });
});
