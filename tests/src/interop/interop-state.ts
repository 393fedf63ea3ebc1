/** What the interop program holds after its events, checked against real Flink and plain counts. */
import assert from 'node:assert/strict';
import { readExpected } from '../compatibility/flink-fixtures.ts';
import { event } from './interop-events.ts';
import { SHARED_UIDS } from './interop-program.ts';
import { type Operators, operatorStateItems, unordered } from './same-content.ts';

export const KEYED_UIDS: readonly string[] = SHARED_UIDS.filter((uid) => uid !== 'op-state');
/** What real Flink holds after the same events. */
export const expected: Operators = readExpected('hashmap-chk').operators;

/** The state `m-null` by a plain count of the events. */
export function nullMap(events: number): Operators {
  const maps = new Map<string, Map<string, number | null>>();
  for (let i = 0; i < events; i++) {
    const key = event(i).stringKey;
    const map = maps.get(key) ?? new Map<string, number | null>();
    maps.set(key, map.set(`n${i % 4}`, i % 3 === 0 ? null : i));
  }
  const entries = [...maps].map(([key, map]) => ({ key, value: [...map] }));
  return {
    'null-map': {
      operatorId: '',
      keyedStates: { 'm-null': { kind: 'MAP', ttl: false, count: entries.length, entries } },
    },
  };
}

export function assertNullMap(found: Operators, events: number): void {
  const entries = found['null-map']?.keyedStates?.['m-null']?.entries as
    | { key: string; value: unknown[] }[]
    | undefined;
  const plain = (list: readonly { key: string; value: unknown[] }[] = []): string[] =>
    unordered(list.map(({ key, value }) => ({ key, value: unordered(value) })));
  const computed = nullMap(events)['null-map']?.keyedStates?.['m-null']?.entries;

  assert.deepEqual(plain(entries), plain(computed as typeof entries));
}

export function assertOperatorState(found: Operators): void {
  assert.deepEqual(
    operatorStateItems(found['op-state'], 'even-list'),
    operatorStateItems(expected['op-state'], 'even-list'),
  );
  const sums = operatorStateItems(expected['op-state'], 'union-list');
  const perSubtask = found['op-state']?.operatorStates?.['union-list']?.perSubtask ?? {};
  for (const items of Object.values(perSubtask)) {
    assert.deepEqual(unordered(items as unknown[]), sums);
  }
}

export function assertRules(found: Operators, parallelism: number): void {
  const rules = expected['broadcast-op']?.operatorStates?.rules?.perSubtask['0'];
  const perSubtask = found['broadcast-op']?.operatorStates?.rules?.perSubtask ?? {};

  assert.equal(Object.keys(perSubtask).length, parallelism);
  for (const ofSubtask of Object.values(perSubtask)) {
    assert.deepEqual(ofSubtask, rules);
  }
}
