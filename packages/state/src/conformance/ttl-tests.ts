/** State with a time to live: what is expired, who sees it, who removes it, what snapshots hold. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AppendingState, type StateTtlOptions, TimeWindow, Types } from '@millrace/core';
import type { KeyedStateBackend } from '../backend/keyed-state-backend.ts';
import type { StateBackendConformanceOptions } from './backend-fixture.ts';
import {
  AGGREGATING,
  aggregatingState,
  COUNT,
  LIST,
  listState,
  MAP,
  mapState,
  NAMES,
  type Numbers,
  named,
  REDUCING,
  reducingState,
  valueState,
  windowed,
} from './conformance-types.ts';
import { NO_BACKGROUND, ON_READ, openAt, RETURNING, TTL_MS, withTtl } from './ttl-fixture.ts';

export function ttlTests(options: StateBackendConformanceOptions): void {
  expiryTests(options);
  visibilityTests(options);
  updateTypeTests(options);
  granularityTests(options);
  clearAndMergeTests(options);
  nullTests(options);
  compatibilityTests(options);
}

function expiryTests(options: StateBackendConformanceOptions): void {
  describe('a time to live', () => {
    it('ends when the last access and it together are not after now', async () => {
      const { state, time } = await openAt(options);
      const count = valueState(state, withTtl(COUNT, NO_BACKGROUND));
      count.update(7);

      time.now = TTL_MS - 1;
      assert.equal(count.value(), 7);
      time.now = TTL_MS;
      assert.equal(count.value(), undefined);
    });

    it('may be so long that no time is after it', async () => {
      const forever = { timeToLive: Number.MAX_SAFE_INTEGER };
      const { state, time } = await openAt(options);
      const count = valueState(state, withTtl(COUNT, forever));
      time.now = Number.MAX_SAFE_INTEGER - 1;
      count.update(7);

      time.now = Number.MAX_SAFE_INTEGER;

      assert.equal(count.value(), 7);
    });

    it('is of one key alone', async () => {
      const { state, time } = await openAt(options);
      const count = valueState(state, withTtl(COUNT, NO_BACKGROUND));
      count.update(1);
      time.now = 50;
      state.setCurrentKey('b');
      count.update(2);

      time.now = TTL_MS;

      assert.equal(count.value(), 2);
      state.setCurrentKey('a');
      assert.equal(count.value(), undefined);
    });

    it('does not keep state without one from living on', async () => {
      const { state, time } = await openAt(options);
      const count = valueState(state, COUNT);
      count.update(1);

      time.now = Number.MAX_SAFE_INTEGER;

      assert.equal(count.value(), 1);
    });
  });
}

function visibilityTests(options: StateBackendConformanceOptions): void {
  describe('an expired value that a read meets', () => {
    for (const [visibility, ttl, given] of [
      ['NeverReturnExpired', NO_BACKGROUND, undefined],
      ['ReturnExpiredIfNotCleanedUp', RETURNING, 'once'],
    ] as const) {
      it(`is given ${given ?? 'never'} under ${visibility}, and removed`, async () => {
        const { state, time } = await openAt(options);
        const count = valueState(state, withTtl(COUNT, ttl));
        const names = listState(state, withTtl(NAMES, ttl));
        const map = mapState(state, withTtl(MAP, ttl));
        const reducing = reducingState(state, withTtl(REDUCING, ttl));
        const aggregating = aggregatingState(state, withTtl(AGGREGATING, ttl));
        count.update(1);
        names.addAll(['x', 'y']);
        map.put('k', [2]);
        reducing.add([3]);
        aggregating.add(4);

        time.now = TTL_MS;
        const read = () => [
          count.value(),
          [...names.get()],
          map.get('k'),
          reducing.get(),
          aggregating.get(),
        ];
        const nothing = [undefined, [], undefined, undefined, undefined];

        const all = [1, ['x', 'y'], [2], [3], '4'];
        assert.deepEqual(read(), given === undefined ? nothing : all);
        assert.equal(state.numberOfEntries, 0);
        assert.deepEqual(read(), nothing);
      });
    }

    it('is no part of what is folded under NeverReturnExpired, and is under the other', async () => {
      const folded = [];
      for (const ttl of [NO_BACKGROUND, RETURNING]) {
        const { state, time } = await openAt(options);
        const reducing = reducingState(state, withTtl(REDUCING, ttl));
        const aggregating = aggregatingState(state, withTtl(AGGREGATING, ttl));
        reducing.add([1]);
        aggregating.add(1);
        time.now = TTL_MS;
        reducing.add([2]);
        aggregating.add(2);
        folded.push([reducing.get(), aggregating.get()]);
      }

      assert.deepEqual(folded, [
        [[2], '2'],
        [[1, 2], '1 2'],
      ]);
    });
  });
}

function updateTypeTests(options: StateBackendConformanceOptions): void {
  describe('the update type', () => {
    it('OnCreateAndWrite: writes make a value young again and reads do not', async () => {
      assert.deepEqual(await livesAfter(options, NO_BACKGROUND), {
        read: [false, false, false, false, false],
        write: [true, true, true, true, true],
      });
    });

    it('OnReadAndWrite: reads make a value young again too', async () => {
      assert.deepEqual(await livesAfter(options, ON_READ), {
        read: [true, true, true, true, true],
        write: [true, true, true, true, true],
      });
    });

    it('OnReadAndWrite: reading whether a key is in a map, and all entries, counts', async () => {
      const { state, time } = await openAt(options);
      const map = mapState(state, withTtl(MAP, ON_READ));
      map.put('k', [1]);
      map.put('l', [2]);

      time.now = 60;
      assert.equal(map.contains('k'), true);
      time.now = 120;
      assert.deepEqual([...map.keys()], ['k']);
      time.now = 180;

      assert.deepEqual([...map.entries()], [['k', [1]]]);
    });

    it('Disabled: the state has no time to live', async () => {
      const ttl: StateTtlOptions = { timeToLive: TTL_MS, updateType: 'Disabled' };
      const { state, time } = await openAt(options);
      const count = valueState(state, withTtl(COUNT, ttl));
      count.update(1);

      time.now = TTL_MS;

      assert.equal(count.value(), 1);
      assert.equal(count, valueState(state, COUNT));
    });
  });
}

/** By kind: does the value live at 120, when it was written at 0 and used at 60? */
async function livesAfter(
  options: StateBackendConformanceOptions,
  ttl: StateTtlOptions,
): Promise<{ read: boolean[]; write: boolean[] }> {
  const lives = { read: [] as boolean[], write: [] as boolean[] };
  for (const use of ['read', 'write'] as const) {
    const { state, time } = await openAt(options);
    const count = valueState(state, withTtl(COUNT, ttl));
    const names = listState(state, withTtl(NAMES, ttl));
    const map = mapState(state, withTtl(MAP, ttl));
    const reducing = reducingState(state, withTtl(REDUCING, ttl));
    const aggregating = aggregatingState(state, withTtl(AGGREGATING, ttl));
    const write = (): void => {
      count.update(1);
      names.update(['x']);
      map.put('k', [1]);
      reducing.add([1]);
      aggregating.add(1);
    };
    const read = (): boolean[] => [
      count.value() !== undefined,
      [...names.get()].length > 0,
      map.get('k') !== undefined,
      reducing.get() !== undefined,
      aggregating.get() !== undefined,
    ];
    write();
    time.now = 60;
    (use === 'read' ? read : write)();
    time.now = 120;
    lives[use] = read();
  }
  return lives;
}

function granularityTests(options: StateBackendConformanceOptions): void {
  describe('a time to live', () => {
    it('is of each element of a list, which goes when all are expired', async () => {
      for (const ttl of [NO_BACKGROUND, RETURNING]) {
        const { state, time } = await openAt(options);
        const names = listState(state, withTtl(NAMES, ttl));
        names.addAll(['x', 'y']);
        time.now = 50;
        names.add('z');

        time.now = TTL_MS;
        const first = [...names.get()];

        assert.deepEqual(first, ttl === RETURNING ? ['x', 'y', 'z'] : ['z']);
        assert.deepEqual([...names.get()], first);
        time.now = 150;
        names.get();
        assert.equal(state.numberOfEntries, 0);
      }
    });

    it('is of each entry of a map, which is not empty until a read removed all', async () => {
      const { state, time } = await openAt(options);
      const map = mapState(state, withTtl(MAP, NO_BACKGROUND));
      map.put('k', [1]);
      time.now = 50;
      map.putAll([['l', [2]]]);

      time.now = TTL_MS;

      assert.deepEqual([map.contains('k'), map.contains('l')], [false, true]);
      assert.deepEqual([...map.entries()], [['l', [2]]]);
      assert.deepEqual([...map.keys()], ['l']);
      assert.deepEqual([...map.values()], [[2]]);
      time.now = 150;
      assert.equal(map.isEmpty(), false);
      assert.deepEqual([...map.keys()], []);
      assert.equal(map.isEmpty(), true);
      assert.equal(state.numberOfEntries, 0);
    });

    it('removes what a walk over a map meets, and goes on', async () => {
      const { state, time } = await openAt(options);
      const map = mapState(state, withTtl(MAP, NO_BACKGROUND));
      for (let i = 0; i < 20; i++) {
        time.now = i % 3 === 0 ? 50 : 0;
        map.put(`${i}`, [i]);
      }

      time.now = TTL_MS;

      const seen = [...map.keys()].map(Number).toSorted((a, b) => a - b);
      assert.deepEqual(seen, [0, 3, 6, 9, 12, 15, 18]);
    });
  });
}

function clearAndMergeTests(options: StateBackendConformanceOptions): void {
  describe('clear', () => {
    it('removes the value of the current key, expired or not', async () => {
      const { state, time } = await openAt(options);
      const count = valueState(state, withTtl(COUNT, NO_BACKGROUND));
      for (const key of ['a', 'b', 'c']) {
        state.setCurrentKey(key);
        count.update(1);
      }

      count.clear();
      time.now = TTL_MS;
      state.setCurrentKey('b');
      count.clear();

      assert.equal(state.numberOfEntries, 1);
    });
  });

  describe('namespaces with a time to live', () => {
    it('merge what is not expired into the target', async () => {
      const { state, time } = await openAt(options);
      const ttl = NO_BACKGROUND;
      const reducing = windowed<string, AppendingState<Numbers, Numbers>>(
        state,
        withTtl(REDUCING, ttl),
      );
      const aggregating = windowed<string, AppendingState<number, string>>(
        state,
        withTtl(AGGREGATING, ttl),
      );
      const list = windowed<string, AppendingState<Numbers, Iterable<Numbers>>>(
        state,
        withTtl(LIST, ttl),
      );
      const target = new TimeWindow(0, 30);
      const sources = [0, 1, 2].map((n) => new TimeWindow(n * 10, n * 10 + 10));
      for (const [n, window] of sources.entries()) {
        time.now = n === 0 ? 0 : 50;
        for (const each of [reducing, aggregating, list]) {
          each.setCurrentNamespace(window);
        }
        reducing.add([n]);
        aggregating.add(n);
        list.add([n]);
      }

      time.now = TTL_MS;
      for (const each of [reducing, aggregating, list]) {
        each.mergeNamespaces(target, sources);
        each.setCurrentNamespace(target);
      }

      assert.deepEqual(reducing.get().toSorted(), [1, 2]);
      assert.deepEqual(aggregating.get().split(' ').toSorted(), ['1', '2']);
      assert.deepEqual([...list.get()].toSorted(), [[1], [2]]);
      assert.equal(state.numberOfEntries, 3);
    });
  });
}

function nullTests(options: StateBackendConformanceOptions): void {
  describe('state with a time to live', () => {
    it('takes nothing as other state does', async () => {
      const { state } = await openAt(options);
      const nothing = null as never;
      const count = valueState(state, withTtl(COUNT, NO_BACKGROUND));
      const names = listState(state, withTtl(NAMES, NO_BACKGROUND));
      const map = mapState(state, withTtl(MAP, NO_BACKGROUND));
      const reducing = reducingState(state, withTtl(REDUCING, NO_BACKGROUND));
      const aggregating = aggregatingState(state, withTtl(AGGREGATING, NO_BACKGROUND));
      count.update(1);
      count.update(null);
      reducing.add([1]);
      reducing.add(nothing);
      aggregating.add(1);
      aggregating.add(nothing);
      names.addAll([]);

      for (const refused of [
        () => names.add(nothing),
        () => names.addAll(['x', nothing]),
        () => names.update(nothing),
        () => map.put(nothing, [1]),
        () => map.putAll(nothing),
      ]) {
        assert.throws(refused, { code: 'VALUE_NOT_SERIALIZABLE', message: /'(names|map)'/ });
      }
      assert.deepEqual(
        [count.value(), reducing.get(), aggregating.get()],
        [undefined, undefined, undefined],
      );
      assert.equal(state.numberOfEntries, 0);
    });

    it('keeps null values of a map only where the serializer of values takes null', async () => {
      const { fixture, state } = await openAt(options);
      const nullable = Object.assign(named(MAP, 'nullable'), {
        valueType: Types.NULLABLE(Types.LIST(Types.LONG)),
      });
      const map = mapState(state, withTtl(nullable, NO_BACKGROUND));
      const plain = mapState(state, withTtl(MAP, NO_BACKGROUND));

      map.put('k', null as never);
      assert.throws(() => plain.put('k', null as never), {
        code: 'VALUE_NOT_SERIALIZABLE',
        message: /Types\.NULLABLE/,
      });
      const restored = await openAt(options, fixture, [await fixture.snapshot(state)]);

      const after = mapState(restored.state, withTtl(nullable, NO_BACKGROUND));
      assert.deepEqual([after.contains('k'), after.get('k')], [true, null]);
    });
  });
}

function compatibilityTests(options: StateBackendConformanceOptions): void {
  describe('a restore', () => {
    it('keeps the timestamps, and another time to live counts for old values', async () => {
      const { fixture, state } = await openAt(options);
      valueState(state, withTtl(COUNT, NO_BACKGROUND)).update(7);
      const handle = await fixture.snapshot(state);

      const shorter = { ...NO_BACKGROUND, timeToLive: 50 };
      const seen = [];
      for (const ttl of [shorter, NO_BACKGROUND]) {
        const restored = await openAt(options, fixture, [handle]);
        restored.time.now = 60;
        seen.push(valueState(restored.state, withTtl(COUNT, ttl)).value());
      }

      assert.deepEqual(seen, [undefined, 7]);
    });

    it('is refused when state that has values gains or loses a time to live', async () => {
      const ttl = NO_BACKGROUND;
      for (const access of [
        (state: KeyedStateBackend<string>, on: boolean) =>
          valueState(state, on ? withTtl(COUNT, ttl) : COUNT).update(1),
        (state: KeyedStateBackend<string>, on: boolean) =>
          listState(state, on ? withTtl(NAMES, ttl) : NAMES).add('x'),
        (state: KeyedStateBackend<string>, on: boolean) =>
          mapState(state, on ? withTtl(MAP, ttl) : MAP).put('k', [1]),
      ]) {
        for (const had of [true, false]) {
          const { fixture, state } = await openAt(options);
          access(state, had);
          const restored = await openAt(options, fixture, [await fixture.snapshot(state)]);

          assert.throws(() => access(restored.state, !had), {
            code: 'STATE_INCOMPATIBLE',
            message: had
              ? /time to live in the snapshot and none in the program/
              : /time to live in the program and none in the snapshot/,
          });
        }
      }
    });
  });

  describe('one name', () => {
    it('does not stand for state with and without a time to live', async () => {
      const { state } = await openAt(options);
      valueState(state, withTtl(COUNT, NO_BACKGROUND));

      assert.throws(() => valueState(state, COUNT), {
        code: 'STATE_NAME_CONFLICT',
        message: /with a time to live/,
      });
    });

    it('gives the same state with a time to live each time', async () => {
      const { state } = await openAt(options);
      const descriptor = withTtl(COUNT, NO_BACKGROUND);

      assert.equal(valueState(state, descriptor), valueState(state, descriptor));
    });
  });
}
