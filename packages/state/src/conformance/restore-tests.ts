/** What a backend holds after a restore: the same, whatever the ranges, or an error that says why. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CheckpointError,
  keyGroupRangeForOperatorIndex,
  Types,
  ValueStateDescriptor,
  VOID_NAMESPACE,
} from '@millrace/core';
import type { KeyedStateBackend } from '../backend/keyed-state-backend.ts';
import type { HandleAndLocalPath, KeyedStateHandle } from '../snapshot/keyed-state-handle.ts';
import type { StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import {
  BackendFixture,
  NUMBER_OF_KEY_GROUPS,
  type StateBackendConformanceOptions,
} from './backend-fixture.ts';
import {
  COUNT,
  listState,
  MAP,
  mapState,
  NAMES,
  valueState,
  windowed,
} from './conformance-types.ts';
import { ModelledState } from './modelled-state.ts';

const KEYS = Array.from({ length: 50 }, (_, i) => `key-${i}`);

export function restoreTests(options: StateBackendConformanceOptions): void {
  aRestoreTests(options);
  aRestoreFurtherTests(options);
  aRestoreIsRefusedTests(options);
  aRestoreIsRefusedFurtherTests(options);
  aSnapshotThatFailsTests(options);
}

function aRestoreTests(options: StateBackendConformanceOptions): void {
  describe('a restore', () => {
    it('gives back every kind of state', async () => {
      const fixture = new BackendFixture(options);
      const before = new ModelledState(await fixture.open(Types.STRING));
      for (let seed = 0; seed < 300; seed++) {
        before.change(seed * 7919);
      }

      const after = new ModelledState(await fixture.reopen(before.backend, Types.STRING));

      assert.deepEqual(after.read(), before.model());
      assert.equal(after.backend.numberOfEntries, before.backend.numberOfEntries);
    });

    it('from nothing is empty, and nothing declared leaves no handle', async () => {
      const fixture = new BackendFixture(options);
      const backend = await fixture.open(Types.STRING);

      assert.equal(backend.numberOfEntries, 0);
      assert.equal(await fixture.snapshot(backend), undefined);
      assert.equal(fixture.streams.openStreams, 0);
    });
  });
}

function aRestoreFurtherTests(options: StateBackendConformanceOptions): void {
  describe('a restore', () => {
    it('hands each key to one subtask when the parallelism changes', async () => {
      const fixture = new BackendFixture(options);
      let handles: (KeyedStateHandle | undefined)[] = [];
      for (const parallelism of [1, 3, 2]) {
        const backends = await openAll(fixture, parallelism, handles);
        let total = 0;
        for (const backend of backends) {
          const state = valueState(backend, COUNT);
          const own = [...backend.getKeys('count', VOID_NAMESPACE)];
          total += own.length;
          if (parallelism === 1) {
            for (const [index, key] of KEYS.entries()) {
              backend.setCurrentKey(key);
              state.update(index);
            }
          }
          for (const key of own) {
            backend.setCurrentKey(key);
            assert.equal(state.value(), KEYS.indexOf(key));
          }
        }
        assert.equal(total, parallelism === 1 ? 0 : KEYS.length);
        handles = await Promise.all(backends.map((backend) => fixture.snapshot(backend)));
      }
    });

    it('carries state that the program does not declare on to later snapshots', async () => {
      const fixture = new BackendFixture(options);
      const first = await fixture.open(Types.STRING);
      first.setCurrentKey('a');
      valueState(first, COUNT).update(1);
      mapState(first, MAP).put('k', [2]);
      listState(first, NAMES).add('n');

      const second = await fixture.reopen(first, Types.STRING);
      second.setCurrentKey('a');
      listState(second, NAMES).add('m');
      const third = await fixture.reopen(second, Types.STRING);

      third.setCurrentKey('a');
      assert.equal(valueState(third, COUNT).value(), 1);
      assert.deepEqual(mapState(third, MAP).get('k'), [2]);
      assert.deepEqual([...listState(third, NAMES).get()], ['n', 'm']);
    });

    it('keeps map entries whose value is null', async () => {
      const fixture = new BackendFixture(options);
      const backend = await fixture.open(Types.STRING);
      backend.setCurrentKey('a');
      mapState(backend, MAP).put('k', null as never);

      const restored = await fixture.reopen(backend, Types.STRING);

      restored.setCurrentKey('a');
      assert.equal(mapState(restored, MAP).contains('k'), true);
      assert.equal(mapState(restored, MAP).get('k') ?? null, null);
    });
  });
}

function aRestoreIsRefusedTests(options: StateBackendConformanceOptions): void {
  describe('a restore is refused', () => {
    it('with another type of state, naming it', async () => {
      const fixture = new BackendFixture(options);
      const backend = await fixture.open(Types.STRING);
      backend.setCurrentKey('a');
      valueState(backend, COUNT).update(1);
      const restored = await fixture.reopen(backend, Types.STRING);
      const other = new ValueStateDescriptor('count', Types.STRING);

      assert.throws(() => valueState(restored, other), {
        code: 'STATE_INCOMPATIBLE',
        message: /'count'.*Long.*String/,
      });
    });

    it('with another kind of state', async () => {
      const fixture = new BackendFixture(options);
      const backend = await fixture.open(Types.STRING);
      backend.setCurrentKey('a');
      listState(backend, NAMES).add('n');
      const restored = await fixture.reopen(backend, Types.STRING);
      const other = new ValueStateDescriptor('names', Types.LIST(Types.STRING));

      assert.throws(() => valueState(restored, other), {
        code: 'STATE_INCOMPATIBLE',
        message: /'names'.*list.*value/,
      });
    });

    it('with another namespace', async () => {
      const fixture = new BackendFixture(options);
      const backend = await fixture.open(Types.STRING);
      backend.setCurrentKey('a');
      valueState(backend, COUNT).update(1);
      const restored = await fixture.reopen(backend, Types.STRING);

      assert.throws(() => windowed(restored, COUNT), { code: 'STATE_INCOMPATIBLE' });
    });
  });
}

function aRestoreIsRefusedFurtherTests(options: StateBackendConformanceOptions): void {
  describe('a restore is refused', () => {
    it('with another type of key', async () => {
      const fixture = new BackendFixture(options);
      const backend = await fixture.open(Types.STRING);
      backend.setCurrentKey('a');
      valueState(backend, COUNT).update(1);
      const handles = [await fixture.snapshot(backend)];

      await assert.rejects(fixture.open(Types.LONG, { handles }), {
        code: 'STATE_INCOMPATIBLE',
        message: /key of operator 'counter'.*String.*Long/,
      });
    });

    it('when bytes are missing or wrong', async () => {
      const fixture = new BackendFixture(options);
      const backend = await fixture.open(Types.STRING);
      backend.setCurrentKey('a');
      valueState(backend, COUNT).update(1);
      const handle = await fixture.snapshot(backend);

      await assert.rejects(fixture.open(Types.STRING, { handles: [cut(handle)] }), {
        code: 'SNAPSHOT_CORRUPT',
      });
    });
  });
}

function aSnapshotThatFailsTests(options: StateBackendConformanceOptions): void {
  describe('a snapshot that fails', () => {
    it('leaves no stream behind, and the next one is whole', async () => {
      const fixture = new BackendFixture(options);
      const backend = await fixture.open(Types.STRING);
      backend.setCurrentKey('a');
      valueState(backend, COUNT).update(1);
      fixture.streams.failure = new CheckpointError('IO_EXCEPTION', 'no room');

      await assert.rejects(fixture.snapshot(backend), { code: 'IO_EXCEPTION' });
      fixture.streams.failure = undefined;
      valueState(backend, COUNT).update(2);
      const restored = await fixture.reopen(backend, Types.STRING);

      restored.setCurrentKey('a');
      assert.equal(valueState(restored, COUNT).value(), 2);
      assert.equal(fixture.streams.openStreams, 0);
    });

    it('by being cancelled half-way rejects and leaves no stream behind', async () => {
      const fixture = new BackendFixture(options);
      const state = new ModelledState(await fixture.open(Types.STRING));
      for (let seed = 0; seed < 200; seed++) {
        state.change(seed * 7919);
      }
      fixture.clock.runsFreely = false;
      const snapshot = state.backend.snapshot(1, fixture.streams);
      const writing = assert.rejects(snapshot.write(), { code: 'CHECKPOINT_ASYNC_EXCEPTION' });
      await fixture.clock.nextSlice();

      snapshot.cancel();
      snapshot.cancel();
      await fixture.clock.runFreely();
      await writing;

      assert.equal(fixture.streams.openStreams, 0);
      const restored = new ModelledState(await fixture.reopen(state.backend, Types.STRING));
      assert.deepEqual(restored.read(), state.model());
    });
  });
}

function openAll(
  fixture: BackendFixture,
  parallelism: number,
  handles: readonly (KeyedStateHandle | undefined)[],
): Promise<KeyedStateBackend<string>[]> {
  const maxParallelism = NUMBER_OF_KEY_GROUPS;
  return Promise.all(
    Array.from({ length: parallelism }, (_, index) => {
      const range = keyGroupRangeForOperatorIndex(index, { parallelism, maxParallelism });
      return fixture.open(Types.STRING, { range, handles });
    }),
  );
}

/** Some bytes short. */
function cut(handle: KeyedStateHandle | undefined): KeyedStateHandle {
  switch (handle?.kind) {
    case 'key-groups':
    case 'key-groups-savepoint':
      return { ...handle, stream: cutStream(handle.stream) };
    case 'incremental-remote':
      return {
        ...handle,
        shared: handle.shared.map(cutTable),
        private: handle.private.map(cutTable),
      };
    case 'with-raw-timers':
      return { ...handle, managed: cut(handle.managed) };
    default:
      throw new Error(`a snapshot is a handle of ${handle?.kind}`);
  }
}

function cutTable(file: HandleAndLocalPath): HandleAndLocalPath {
  return file.localPath.endsWith('.sst') ? { ...file, handle: cutStream(file.handle) } : file;
}

function cutStream(stream: StreamStateHandle): StreamStateHandle {
  assert.ok(stream.kind === 'byte-stream');
  return { ...stream, data: stream.data.slice(0, stream.data.length - 5) };
}
