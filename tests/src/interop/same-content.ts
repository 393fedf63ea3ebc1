/**
 * Compares what snapshots hold, in the form of `expected.json`, where order does not count: that of
 * entries, of maps, and of fields.
 */
import assert from 'node:assert/strict';
import type { ExpectedKeyedState, ExpectedOperator } from '../compatibility/flink-fixtures.ts';

export type Operators = Readonly<Record<string, ExpectedOperator>>;

/** Keyed states and timers; operator state only where `expected` has some. */
export function assertSameOperators(
  found: Operators,
  expected: Operators,
  uids: readonly string[],
): void {
  for (const uid of uids) {
    const mine = found[uid];
    const theirs = expected[uid];
    assert.ok(mine !== undefined && theirs !== undefined, `no operator ${uid}`);
    assertSameKeyedStates(mine.keyedStates ?? {}, theirs.keyedStates ?? {}, uid);
    if (theirs.timers !== undefined) {
      assert.deepEqual(unordered(mine.timers?.event), unordered(theirs.timers.event), uid);
      assert.deepEqual(
        unordered(mine.timers?.processing),
        unordered(theirs.timers.processing),
        uid,
      );
    }
  }
}

function assertSameKeyedStates(
  found: Readonly<Record<string, ExpectedKeyedState>>,
  expected: Readonly<Record<string, ExpectedKeyedState>>,
  uid: string,
): void {
  assert.deepEqual(Object.keys(found).sort(), Object.keys(expected).sort(), uid);
  for (const [name, state] of Object.entries(expected)) {
    // The merging windows are kept in a map, and written as a list.
    const isMap = state.kind === 'MAP' || name === 'merging-window-set';
    const sorted = isMap ? withSortedValue : (entry: unknown) => entry;
    assert.equal(found[name]?.kind, state.kind, `${uid} ${name}`);
    assert.deepEqual(
      unordered(found[name]?.entries.map(sorted)),
      unordered(state.entries.map(sorted)),
      `${uid} ${name}`,
    );
  }
}

/** All items of a split list; for a union list those of one subtask, which has them all. */
export function operatorStateItems(operator: ExpectedOperator | undefined, name: string): string[] {
  const state = operator?.operatorStates?.[name];
  const subtasks = Object.values(state?.perSubtask ?? {}) as unknown[][];
  return unordered(subtasks.flat());
}

export function unordered(values: readonly unknown[] = []): string[] {
  return values.map(canonical).sort();
}

export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function withSortedValue(entry: unknown): unknown {
  const { value, ...rest } = entry as { value: unknown[] };
  return { ...rest, value: unordered(value) };
}
