/** What removes expired values that nobody reads: full snapshots, and accesses to other keys. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AppendingState, type StateTtlOptions, TimeWindow } from '@millrace/core';
import type { KeyedStateBackend } from '../backend/keyed-state-backend.ts';
import { type StateBackendConformanceOptions, whyNoSnapshotCleanup } from './backend-fixture.ts';
import {
  COUNT,
  listState,
  MAP,
  mapState,
  NAMES,
  type Numbers,
  REDUCING,
  valueState,
  windowed,
} from './conformance-types.ts';
import { NO_BACKGROUND, openAt, RETURNING, statesOf, TTL_MS, withTtl } from './ttl-fixture.ts';

export function ttlCleanupTests(options: StateBackendConformanceOptions): void {
  snapshotFilterTests(options);
  defaultCleanupTests(options);
  incrementalCleanupTests(options);
}

function snapshotFilterTests(options: StateBackendConformanceOptions): void {
  const skip = whyNoSnapshotCleanup(options) ?? false;
  describe('cleanupFullSnapshot', { skip }, () => {
    const ttl: StateTtlOptions = { ...RETURNING, cleanupFullSnapshot: true };

    it('leaves what is expired out of the snapshot and the live state as it is', async () => {
      const { fixture, state, time } = await openAt(options);
      const before = statesOf(state, ttl);
      for (const key of ['a', 'b']) {
        time.now = key === 'a' ? 0 : 50;
        state.setCurrentKey(key);
        before.write('old');
      }
      state.setCurrentKey('c');
      time.now = 0;
      before.write('old');
      time.now = 50;
      before.names.add('new');
      before.map.put('new', [9]);

      time.now = TTL_MS;
      const handle = await fixture.snapshot(state);
      const restored = await openAt(options, fixture, [handle]);

      const after = statesOf(restored.state, ttl);
      const read = (key: string, from: typeof before, backend: KeyedStateBackend<string>) => {
        backend.setCurrentKey(key);
        return from.read();
      };
      assert.deepEqual(read('a', after, restored.state), [undefined, [], [], undefined, undefined]);
      assert.deepEqual(read('b', after, restored.state), [1, ['old'], ['old'], [1], '1']);
      assert.deepEqual(read('c', after, restored.state), [
        undefined,
        ['new'],
        ['new'],
        undefined,
        undefined,
      ]);
      assert.equal(restored.state.numberOfEntries, 5 + 2);
      assert.deepEqual(read('a', before, state), [1, ['old'], ['old'], [1], '1']);
    });

    it('goes by the time at which the snapshot was taken, in however many slices', async () => {
      const { fixture, state, time } = await openAt(options);
      const map = mapState(state, withTtl(MAP, ttl));
      for (let i = 0; i < 300; i++) {
        time.now = i % 2;
        map.put(`${i}`, [i]);
      }
      for (let i = 0; i < 50; i++) {
        state.setCurrentKey(`key ${i}`);
        time.now = i % 2;
        valueState(state, withTtl(COUNT, ttl)).update(i);
      }

      time.now = TTL_MS;
      fixture.clock.runsFreely = false;
      const handle = state.snapshot(1, fixture.streams).write();
      state.setCurrentKey('a');
      map.putAll(Array.from({ length: 300 }, (_, i) => [`${i}`, [-1]]));
      for (let i = 0; i < 40; i++) {
        await fixture.clock.nextSlice();
        time.now++;
        state.setCurrentKey(`key ${i}`);
        valueState(state, withTtl(COUNT, ttl)).update(-1);
      }
      await fixture.clock.runFreely();
      const restored = await openAt(options, fixture, [await handle]);

      assert.equal([...mapState(restored.state, withTtl(MAP, ttl)).keys()].length, 150);
      assert.equal(restored.state.numberOfEntries, 1 + 25);
    });
  });
}

function defaultCleanupTests(options: StateBackendConformanceOptions): void {
  const skip = options.lacks?.['incremental-cleanup'] ?? false;
  describe('cleanup in the background', { skip }, () => {
    it('is on by default: each access removes what is expired of other keys', async () => {
      const ttl = { timeToLive: TTL_MS };
      const { state, time } = await openAt(options);
      const all = statesOf(state, ttl);
      for (const key of ['a', 'b', 'c', 'd']) {
        state.setCurrentKey(key);
        all.write('x');
      }

      time.now = TTL_MS;
      state.setCurrentKey('other');
      all.read();

      assert.equal(state.numberOfEntries, 0);
    });

    it('looks at as many entries as cleanupIncrementally says', async () => {
      const ttl = { ...NO_BACKGROUND, cleanupIncrementally: { cleanupSize: 2 } };
      const { state, time } = await openAt(options);
      const count = valueState(state, withTtl(COUNT, ttl));
      for (let i = 0; i < 10; i++) {
        state.setCurrentKey(`${i}`);
        count.update(i);
      }

      time.now = TTL_MS;
      state.setCurrentKey('other');
      const left = Array.from({ length: 6 }, () => {
        count.value();
        return state.numberOfEntries;
      });

      assert.deepEqual(left, [8, 6, 4, 2, 0, 0]);
    });

    it('runs for every record when it is asked to', async () => {
      const ttl = {
        ...NO_BACKGROUND,
        cleanupIncrementally: { cleanupSize: 1, runCleanupForEveryRecord: true },
      };
      const { state, time } = await openAt(options);
      valueState(state, withTtl(COUNT, ttl)).update(1);

      time.now = TTL_MS;
      state.setCurrentKey('other');

      assert.equal(state.numberOfEntries, 0);
    });

    it('is off when it is disabled', async () => {
      const { state, time } = await openAt(options);
      const count = valueState(state, withTtl(COUNT, NO_BACKGROUND));
      count.update(1);

      time.now = TTL_MS;
      state.setCurrentKey('other');
      count.value();

      assert.equal(state.numberOfEntries, 1);
    });
  });
}

function incrementalCleanupTests(options: StateBackendConformanceOptions): void {
  const skip = options.lacks?.['incremental-cleanup'] ?? false;
  describe('cleanup in the background', { skip }, () => {
    it('drops single elements and entries, and keeps the others', async () => {
      const ttl = { ...RETURNING, cleanupIncrementally: { cleanupSize: 5 } };
      const { state, time } = await openAt(options);
      const names = listState(state, withTtl(NAMES, ttl));
      const map = mapState(state, withTtl(MAP, ttl));
      names.addAll(['x', 'y']);
      map.put('k', [1]);
      time.now = 50;
      names.add('z');
      map.put('l', [2]);

      time.now = TTL_MS;
      state.setCurrentKey('other');
      names.get();
      map.get('k');
      time.now = 50;
      state.setCurrentKey('a');

      assert.deepEqual([...names.get()], ['z']);
      assert.deepEqual([...map.keys()], ['l']);
    });

    it('drops the last value of a window that is written to next', async () => {
      const ttl = { ...NO_BACKGROUND, cleanupIncrementally: { cleanupSize: 5 } };
      const { state, time } = await openAt(options);
      const reducing = windowed<string, AppendingState<Numbers, Numbers>>(
        state,
        withTtl(REDUCING, ttl),
      );
      reducing.setCurrentNamespace(new TimeWindow(0, 10));
      reducing.add([1]);

      time.now = TTL_MS;
      state.setCurrentKey('other');
      reducing.add([2]);

      assert.equal(state.numberOfEntries, 1);
      reducing.setCurrentNamespace(new TimeWindow(0, 10));
      assert.deepEqual(reducing.get(), [2]);
    });

    it('does not change what a running snapshot holds', async () => {
      const ttl = { ...RETURNING, cleanupIncrementally: { cleanupSize: 3 } };
      const { fixture, state, time } = await openAt(options);
      const all = statesOf(state, ttl);
      const keys = Array.from({ length: 20 }, (_, i) => `key ${i}`);
      for (const [i, key] of keys.entries()) {
        state.setCurrentKey(key);
        time.now = i % 2 === 0 ? 0 : 50;
        all.write('x');
        time.now = 50;
        all.names.add('y');
        all.map.put('y', [2]);
      }

      fixture.clock.runsFreely = false;
      const handle = state.snapshot(1, fixture.streams).write();
      time.now = TTL_MS;
      for (let i = 0; i < 60; i++) {
        state.setCurrentKey('other');
        all.read();
        await fixture.clock.nextSlice();
      }
      await fixture.clock.runFreely();
      assert.equal(state.numberOfEntries, 20 * 2 + 10 * 3);
      const restored = await openAt(options, fixture, [await handle]);
      const after = statesOf(restored.state, ttl);
      restored.time.now = 50;

      for (const key of keys) {
        restored.state.setCurrentKey(key);
        assert.deepEqual(after.read(), [1, ['x', 'y'], ['x', 'y'], [1], '1']);
      }
    });
  });
}
