/** What each kind of state does with values, nothing, and null. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Types, VOID_NAMESPACE } from '@millrace/core';
import type { KeyedStateBackend } from '../backend/keyed-state-backend.ts';
import { visitEntries, visitRange } from '../backend/visited-map-state.ts';
import { BackendFixture, type StateBackendConformanceOptions } from './backend-fixture.ts';
import {
  AGGREGATING,
  aggregatingState,
  COUNT,
  LIST,
  listState,
  MAP,
  mapState,
  NAMES,
  NUMBER_MAP,
  REDUCING,
  reducingState,
  valueState,
} from './conformance-types.ts';

const NOTHING = undefined as never;

export function kindTests(options: StateBackendConformanceOptions): void {
  valueStateTests(options);
  listStateTests(options);
  listStateFurtherTests(options);
  mapStateTests(options);
  reducingAndAggregatingStateTests(options);
}

function valueStateTests(options: StateBackendConformanceOptions): void {
  describe('value state', () => {
    it('is undefined until it is updated', async () => {
      const state = valueState(await openAt(options, 'a'), COUNT);

      assert.equal(state.value(), undefined);
      state.update(7);
      assert.equal(state.value(), 7);
    });

    it('is cleared by updating it with null or undefined', async () => {
      const backend = await openAt(options, 'a');
      const state = valueState(backend, COUNT);

      for (const nothing of [null, undefined]) {
        state.update(7);
        state.update(nothing);

        assert.equal(state.value(), undefined);
        assert.equal(backend.numberOfEntries, 0);
      }
    });

    it('belongs to the current key alone', async () => {
      const backend = await openAt(options, 'a');
      const state = valueState(backend, COUNT);

      state.update(1);
      backend.setCurrentKey('b');
      state.update(2);
      state.clear();
      backend.setCurrentKey('a');

      assert.equal(state.value(), 1);
      assert.equal(backend.numberOfEntries, 1);
    });

    it('keeps values that are falsy', async () => {
      const backend = await openAt(options, 'a');
      const state = valueState(backend, COUNT);

      state.update(0);

      assert.equal(state.value(), 0);
      assert.equal(backend.numberOfEntries, 1);
    });
  });
}

function listStateTests(options: StateBackendConformanceOptions): void {
  describe('list state', () => {
    it('is an empty iterable when nothing was added', async () => {
      const state = listState(await openAt(options, 'a'), NAMES);

      assert.deepEqual([...state.get()], []);
    });

    it('keeps the order of what was added', async () => {
      const state = listState(await openAt(options, 'a'), NAMES);

      state.add('x');
      state.addAll(['y', 'z']);
      state.add('x');

      assert.deepEqual([...state.get()], ['x', 'y', 'z', 'x']);
    });

    it('is replaced by update, and cleared by update with an empty list', async () => {
      const backend = await openAt(options, 'a');
      const state = listState(backend, NAMES);
      state.addAll(['x', 'y']);

      state.update(['z']);
      assert.deepEqual([...state.get()], ['z']);

      state.update([]);
      assert.deepEqual([...state.get()], []);
      assert.equal(backend.numberOfEntries, 0);
    });
  });
}

function listStateFurtherTests(options: StateBackendConformanceOptions): void {
  describe('list state', () => {
    it('is not changed by adding an empty list', async () => {
      const backend = await openAt(options, 'a');
      const state = listState(backend, NAMES);

      state.addAll([]);

      assert.equal(backend.numberOfEntries, 0);
    });

    it('does not share the array that it was updated with', async () => {
      const state = listState(await openAt(options, 'a'), NAMES);
      const given = ['x'];

      state.update(given);
      given.push('y');

      assert.deepEqual([...state.get()], ['x']);
    });

    it('refuses null lists and null elements and stays as it was', async () => {
      const state = listState(await openAt(options, 'a'), NAMES);
      state.add('x');

      for (const write of [
        () => state.add(NOTHING),
        () => state.addAll(['y', NOTHING]),
        () => state.addAll(NOTHING),
        () => state.update([NOTHING]),
        () => state.update(NOTHING),
      ]) {
        assert.throws(write, { code: 'VALUE_NOT_SERIALIZABLE', message: /'names'/ });
      }
      assert.deepEqual([...state.get()], ['x']);
    });

    it('takes what it gave back', async () => {
      const state = listState(await openAt(options, 'a'), LIST);
      state.addAll([[1], [2]]);

      const lists = [...state.get()];
      lists[0]?.push(9);
      state.update(lists);

      assert.deepEqual([...state.get()], [[1, 9], [2]]);
    });
  });
}

function mapStateTests(options: StateBackendConformanceOptions): void {
  describe('map state', () => {
    it('has nothing until something is put', async () => {
      const state = mapState(await openAt(options, 'a'), MAP);

      assert.equal(state.get('k'), undefined);
      assert.equal(state.contains('k'), false);
      assert.equal(state.isEmpty(), true);
      assert.deepEqual([...state.entries()], []);
      assert.deepEqual([...state.keys()], []);
      assert.deepEqual([...state.values()], []);
    });

    it('gives the value that was put last', async () => {
      const state = mapState(await openAt(options, 'a'), MAP);

      state.put('k', [1]);
      state.putAll(
        new Map([
          ['k', [2]],
          ['l', [3]],
        ]),
      );

      assert.deepEqual(state.get('k'), [2]);
      assert.deepEqual(
        new Map(state.entries()),
        new Map([
          ['k', [2]],
          ['l', [3]],
        ]),
      );
      assert.deepEqual([...state.keys()].sort(), ['k', 'l']);
      assert.equal([...state.values()].length, 2);
      assert.equal(state.isEmpty(), false);
    });

    it('contains a key whose value is null', async () => {
      const state = mapState(await openAt(options, 'a'), MAP);

      state.put('k', null as never);

      assert.equal(state.contains('k'), true);
      assert.equal(state.get('k') ?? null, null);
    });

    it('meets in a visit what its entries are, also when each is removed as it is met', async () => {
      const state = mapState(await openAt(options, 'a'), MAP);
      for (const key of ['k', 'l', 'm']) {
        state.put(key, [key.length]);
      }
      const entries = [...state.entries()];
      const met: [string, readonly number[]][] = [];

      visitEntries(state, {
        visit: (key, value) => {
          met.push([key, value]);
          state.remove(key);
        },
      });

      assert.deepEqual(met, entries);
      assert.equal(state.isEmpty(), true);
      visitEntries(state, { visit: () => assert.fail('there is none left') });
    });

    for (const count of [3, 30, 300]) {
      it(`meets in a range of ${count} numbers those in it, and tells the next one`, async () => {
        const state = mapState(await openAt(options, 'a'), NUMBER_MAP);
        for (let i = 0; i < count; i++) {
          state.put(1000 * ((i * 7) % count) - 1000, [i]);
        }
        const met: [number, readonly number[]][] = [];

        const next = visitRange(
          state,
          { from: 0, to: 1001 },
          { visit: (key, value) => void met.push([key, value]) },
        );

        assert.deepEqual(
          met.sort(([a], [b]) => a - b),
          [0, 1000].filter((key) => state.contains(key)).map((key) => [key, state.get(key)]),
        );
        assert.equal(next, count > 3 ? 2000 : Number.POSITIVE_INFINITY);
      });
    }

    it('does not exist any more when its last entry is removed', async () => {
      const backend = await openAt(options, 'a');
      const state = mapState(backend, MAP);
      state.put('k', [1]);
      state.put('l', [2]);

      state.remove('k');
      state.remove('unknown');
      assert.deepEqual([...state.keys()], ['l']);

      state.remove('l');
      assert.equal(state.isEmpty(), true);
      assert.equal(backend.numberOfEntries, 0);
      assert.deepEqual([...backend.getKeys('map', VOID_NAMESPACE)], []);
    });

    it('refuses null keys and null maps', async () => {
      const state = mapState(await openAt(options, 'a'), MAP);

      for (const write of [() => state.put(NOTHING, [1]), () => state.putAll(NOTHING)]) {
        assert.throws(write, { code: 'VALUE_NOT_SERIALIZABLE', message: /'map'/ });
      }
      assert.equal(state.isEmpty(), true);
    });
  });
}

function reducingAndAggregatingStateTests(options: StateBackendConformanceOptions): void {
  describe('reducing and aggregating state', () => {
    it('are undefined when empty and fold what is added', async () => {
      const backend = await openAt(options, 'a');
      const reducing = reducingState(backend, REDUCING);
      const aggregating = aggregatingState(backend, AGGREGATING);

      assert.equal(reducing.get(), undefined);
      assert.equal(aggregating.get(), undefined);
      for (const n of [1, 2, 3]) {
        reducing.add([n]);
        aggregating.add(n);
      }

      assert.deepEqual(reducing.get(), [1, 2, 3]);
      assert.equal(aggregating.get(), '1 2 3');
    });

    it('are cleared by adding null, as on the heap of Flink', async () => {
      const backend = await openAt(options, 'a');
      const reducing = reducingState(backend, REDUCING);
      const aggregating = aggregatingState(backend, AGGREGATING);
      reducing.add([1]);
      aggregating.add(1);

      reducing.add(NOTHING);
      aggregating.add(NOTHING);

      assert.deepEqual([reducing.get(), aggregating.get()], [undefined, undefined]);
      assert.equal(backend.numberOfEntries, 0);
    });

    it('begin anew after clear', async () => {
      const backend = await openAt(options, 'a');
      const aggregating = aggregatingState(backend, AGGREGATING);
      aggregating.add(1);

      aggregating.clear();
      assert.equal(backend.numberOfEntries, 0);

      aggregating.add(2);
      assert.equal(aggregating.get(), '2');
    });
  });
}

async function openAt(
  options: StateBackendConformanceOptions,
  key: string,
): Promise<KeyedStateBackend<string>> {
  const backend = await new BackendFixture(options).open(Types.STRING);
  backend.setCurrentKey(key);
  return backend;
}
