/** What a view of live state costs who goes on updating it: nothing before, a copy of each value once. */
import {
  Types,
  type ValueState,
  ValueStateDescriptor,
  VOID_NAMESPACE_SERIALIZER,
} from '@millrace/core';
import type { BenchSuite } from '@millrace/core/bench';
import type { KeyedStateBackend, KeyedStateView } from '@millrace/state';
import { openForBench } from './bench-fixture.ts';

const NO_NAMESPACE = {
  name: 'VoidNamespace',
  isKeyType: false,
  createSerializer: () => VOID_NAMESPACE_SERIALIZER,
};

export async function bench(suite: BenchSuite): Promise<void> {
  const keys = suite.size(100_000, 100);
  const updates = 5 * keys;
  const backend = await openForBench(Types.LONG);
  const state: ValueState<number> = backend.getOrCreateKeyedState(
    NO_NAMESPACE,
    new ValueStateDescriptor('count', Types.LONG),
  ) as never;
  update(backend, state, keys, keys);
  let view: KeyedStateView | undefined;
  const open = async (): Promise<void> => {
    view?.close();
    view = await backend.openView();
  };
  await suite.compare('update a count', {
    baseline: 'no view',
    operations: updates,
    variants: {
      'no view': {
        setUp: () => {
          view?.close();
        },
        run: () => update(backend, state, keys, updates),
      },
      'a view is open': { setUp: open, run: () => update(backend, state, keys, updates) },
    },
  });
  await open();
  await suite.compare('read a view', {
    baseline: 'pages of 1000 rows',
    operations: keys,
    variants: { 'pages of 1000 rows': { run: () => readAll(view as KeyedStateView) } },
  });
  view?.close();
}

function readAll(view: KeyedStateView): number {
  const limits = { maxRows: 1000, maxBytes: 256 * 1024, isOver: () => false };
  let page = view.read(limits);
  let rows = page.rows.places.length;
  while (page.next !== undefined) {
    page = view.read({ ...limits, after: page.next });
    rows += page.rows.places.length;
  }
  return rows;
}

function update(
  backend: KeyedStateBackend<number>,
  state: ValueState<number>,
  keys: number,
  updates: number,
): number {
  for (let i = 0; i < updates; i++) {
    backend.setCurrentKey((i * 7919) % keys);
    state.update(i);
  }
  return updates;
}
