import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  INT_SERIALIZER,
  KeyGroupRange,
  keyGroupForKeyHash,
  TimerSerializer,
  type TypeSerializer,
} from '@millrace/core';
import {
  type CheckpointStateOutputStream,
  type CheckpointStreamFactory,
  timerMeta,
} from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { VersionedHeapTimerQueue } from '../timers/versioned-heap-timer-queue.ts';
import { createSnapshotStrategy } from './create-snapshot-strategy.ts';
import { RocksView } from './rocks-view.ts';
import { FolderDatabase, folderSource, temporaryFolder } from './snapshot-fixture.ts';
import type { SnapshotSource, SnapshotStrategy } from './snapshot-strategy.ts';

const NAME = '_timer_state/event_user-timers';
const SERIALIZER = new TimerSerializer(INT_SERIALIZER, INT_SERIALIZER);
const KEY_GROUPS = 128;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let database: FolderDatabase;
let queue: VersionedHeapTimerQueue<number, number>;
let source: SnapshotSource;

beforeEach(async () => {
  folder = await temporaryFolder();
  database = new FolderDatabase();
  queue = new VersionedHeapTimerQueue({
    name: NAME,
    serializer: SERIALIZER,
    keySerializer: INT_SERIALIZER,
    namespaceSerializer: INT_SERIALIZER,
    keyGroupRange: new KeyGroupRange(0, KEY_GROUPS - 1),
    keyGroupOf: (key) => keyGroupForKeyHash(INT_SERIALIZER.hashCode(key), KEY_GROUPS),
  });
  for (let key = 0; key < 3; key++) {
    queue.add({ timestamp: key, key, namespace: 0 });
  }
  const info = timerMeta({ name: NAME, serializer: SERIALIZER as TypeSerializer<unknown> });
  source = folderSource(database, { workingDirectory: folder.path, heapTimers: [queue] });
  const { header } = source;
  source = {
    ...source,
    header: (options) => ({
      ...header(options),
      states: [...header(options).states, ...(options.heapTimers ? [info] : [])],
    }),
  };
});

afterEach(() => folder.remove());

/** Timers that went while a version was fixed, and are kept for it. */
function kept(): number {
  queue.add({ timestamp: 100, key: queue.size + 100, namespace: 0 }); // Takes back what nobody reads.
  return queue.timers.keys.waiting.size;
}

function pollTwo(): void {
  queue.poll();
  queue.poll();
}

function strategyOf(): SnapshotStrategy {
  return createSnapshotStrategy(source, { incremental: true, restored: undefined });
}

/** Looks, as each stream is made. */
class LookingStreams extends MemoryCheckpointStreams {
  readonly keptAtEach: number[] = [];

  override createCheckpointStateOutputStream(): CheckpointStateOutputStream {
    this.keptAtEach.push(kept());
    return super.createCheckpointStateOutputStream();
  }
}

const FORMATS: Record<string, () => CheckpointStreamFactory> = {
  'all rows': () => new MemoryCheckpointStreams('canonical'),
  'the files of the database': () => new MemoryCheckpointStreams(),
};

describe('timers on the heap that went', () => {
  for (const [format, streamsOf] of Object.entries(FORMATS)) {
    it(`are kept until a snapshot as ${format} is written`, async () => {
      source = { ...source, states: new Map() };
      const snapshot = strategyOf().snapshot(1, streamsOf());
      pollTwo();
      assert.equal(kept(), 2);

      await snapshot.write();

      assert.equal(kept(), 0);
    });

    it(`are kept until a snapshot as ${format} is cancelled`, async () => {
      source = { ...source, states: new Map() };
      const strategy = strategyOf();
      const snapshot = strategy.snapshot(1, streamsOf());
      pollTwo();
      assert.equal(kept(), 2);

      snapshot.cancel();
      await strategy.dispose();

      assert.equal(kept(), 0);
    });

    it(`are kept until a snapshot as ${format} fails`, async () => {
      source = { ...source, states: new Map() };
      const streams = streamsOf() as MemoryCheckpointStreams;
      streams.failure = new Error('no room');
      const snapshot = strategyOf().snapshot(1, streams);
      pollTwo();
      assert.equal(kept(), 2);

      await assert.rejects(snapshot.write(), /no room/);

      assert.equal(kept(), 0);
    });
  }

  it('are not kept while the files of the database are written', async () => {
    database.set('1.sst');
    const streams = new LookingStreams();
    const snapshot = strategyOf().snapshot(1, streams);
    pollTwo();

    const handle = await snapshot.write();

    assert.equal(handle?.kind, 'with-raw-timers');
    assert.deepEqual(streams.keptAtEach, [2, 0, 0]); // The timers, a file, the header.
  });

  it('are not kept for a snapshot whose database cannot be copied', async () => {
    database.failure = new Error('no copy');
    database.set('1.sst');
    const snapshot = strategyOf().snapshot(1, new MemoryCheckpointStreams());
    pollTwo();

    await assert.rejects(snapshot.write());

    assert.equal(kept(), 0);
  });

  it('are kept until a view is closed', () => {
    source = { ...source, states: new Map() };
    const view = new RocksView(source, () => {});
    pollTwo();
    const page = view.read({ maxRows: 10, maxBytes: 1000, isOver: () => false });
    assert.deepEqual([kept(), page.next], [2, undefined]);

    view.close();

    assert.equal(kept(), 0);
  });
});
