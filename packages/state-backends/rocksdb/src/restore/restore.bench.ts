/** How long it takes to have state back: from files as they are, cut, put together, and from rows. */
import assert from 'node:assert/strict';
import { KeyGroupRange, Types } from '@millrace/core';
import type { BenchSuite, BenchVariant } from '@millrace/core/bench';
import {
  CanonicalRowWriter,
  type KeyedStateBackendParameters,
  type KeyedStateHandle,
  type OpenStateHandle,
} from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import type { RestoreDatabaseOptions } from './restore-database.ts';
import {
  ALL_KEY_GROUPS,
  keyBytes,
  NUMBER_OF_KEY_GROUPS,
  RestoreFixture,
  type StateRows,
  stateInfo,
} from './restore-fixture.ts';
import type { RestoredDatabase } from './restored-database.ts';

const HALVES = [
  new KeyGroupRange(0, NUMBER_OF_KEY_GROUPS / 2 - 1),
  new KeyGroupRange(NUMBER_OF_KEY_GROUPS / 2, NUMBER_OF_KEY_GROUPS - 1),
];
const INGEST = 'state.backend.rocksdb.use-ingest-db-restore-mode';
const DELETE_FILES = 'state.backend.rocksdb.rescaling.use-delete-files-in-range';
const VALUE_BYTES = 16;

export async function bench(suite: BenchSuite): Promise<void> {
  if (whyNoNativeAddon() !== undefined) {
    return; // There is nothing to measure.
  }
  const entries = suite.size(1_000_000, 3000);
  const restores = new Restores(entries);
  try {
    await sameKeyGroups(suite, restores);
    await rescaled(suite, restores);
  } finally {
    await restores.close();
  }
}

async function sameKeyGroups(suite: BenchSuite, restores: Restores): Promise<void> {
  const [whole] = await restores.databases([ALL_KEY_GROUPS]);
  const inOrder = await restores.savepoint(false);
  const shuffled = await restores.savepoint(true);
  await suite.compare('restore, same key groups, an entry', {
    baseline: 'files linked',
    operations: restores.entries,
    turns: 3,
    variants: {
      'files linked': restores.variant({ stateHandles: [whole!] }),
      'files copied': restores.variant({
        stateHandles: [whole!],
        openStateHandle: elsewhere(restores.openFiles),
      }),
      'canonical, in order': restores.variant(inOrder),
      'canonical, as from the heap': restores.variant(shuffled),
    },
  });
}

async function rescaled(suite: BenchSuite, restores: Restores): Promise<void> {
  const [whole] = await restores.databases([ALL_KEY_GROUPS]);
  const halves = await restores.databases(HALVES);
  const half = { stateHandles: [whole!], keyGroupRange: HALVES[1]! };
  await suite.compare('restore, 1 to 2, an entry of the half', {
    baseline: 'deleteRange',
    operations: restores.entries / 2,
    turns: 3,
    variants: {
      deleteRange: restores.variant(half),
      deleteFilesInRange: restores.variant(half, { configuration: { [DELETE_FILES]: 'true' } }),
    },
  });
  await suite.compare('restore, 2 to 1, an entry', {
    baseline: 'as is faster',
    operations: restores.entries,
    turns: 3,
    variants: {
      'as is faster': restores.variant({ stateHandles: halves }),
      'by files': restores.variant(
        { stateHandles: halves },
        { configuration: { [INGEST]: 'true' } },
      ),
    },
  });
}

type Parameters = Partial<KeyedStateBackendParameters<string>>;
type Options = RestoreDatabaseOptions & { readonly configuration?: Record<string, string> };

class Restores {
  readonly entries: number;
  readonly fixture: RestoreFixture = new RestoreFixture();
  readonly openFiles: OpenStateHandle = this.fixture.parameters({}).openStateHandle;
  private last: RestoredDatabase<string> | undefined;

  constructor(entries: number) {
    this.entries = entries;
  }

  rows(range: KeyGroupRange, shuffled = false): StateRows {
    const rows: [Buffer, Buffer][] = [];
    for (let i = 0; i < this.entries; i++) {
      const key = keyBytes(`key-${i}`);
      if (range.contains(key.readUInt16BE())) {
        rows.push([key, Buffer.alloc(VALUE_BYTES, i)]);
      }
    }
    rows.sort(([a], [b]) =>
      shuffled ? a.readUInt16BE() - b.readUInt16BE() : Buffer.compare(a, b),
    );
    return new Map([['count', rows]]);
  }

  databases(ranges: readonly KeyGroupRange[]): Promise<KeyedStateHandle[]> {
    return Promise.all(ranges.map((range) => this.fixture.checkpoint(this.rows(range), { range })));
  }

  async savepoint(shuffled: boolean): Promise<Parameters> {
    const streams = new MemoryCheckpointStreams();
    const writer = new CanonicalRowWriter(streams.createCheckpointStateOutputStream(), {
      header: {
        compressed: false,
        keySerializer: Types.STRING.createSerializer().snapshotConfiguration() as never,
        states: [stateInfo('count')],
      },
      keyGroupRange: ALL_KEY_GROUPS,
      numberOfKeyGroups: NUMBER_OF_KEY_GROUPS,
    });
    for (const [key, value] of this.rows(ALL_KEY_GROUPS, shuffled).get('count')!) {
      writer.put(key.readUInt16BE(), 0, key.subarray(2), value);
      if (writer.isFull) {
        await writer.flush();
      }
    }
    const handle = await writer.finish();
    return { stateHandles: [handle!], openStateHandle: streams.openStateHandle };
  }

  variant(parameters: Parameters, options: Options = {}): BenchVariant {
    return {
      setUp: () => this.closeLast(),
      run: async () => {
        this.last = await this.fixture.restore(parameters, options);
        return this.check(this.last);
      },
    };
  }

  async close(): Promise<void> {
    await this.closeLast();
    await this.fixture.close();
  }

  /** Some entries of the upper half, which all variants have. */
  private check({ database, states }: RestoredDatabase<string>): number {
    let found = 0;
    const { columnFamily } = states.get('count')!;
    for (let i = 0; i < 100; i++) {
      const key = keyBytes(`key-${i}`);
      if (HALVES[1]!.contains(key.readUInt16BE())) {
        assert.equal(database.get(columnFamily, key, 0, key.length), VALUE_BYTES);
        found += database.result[0]!;
      }
    }
    return found;
  }

  private async closeLast(): Promise<void> {
    await this.last?.database.close();
    this.last = undefined;
  }
}

/** As if the storage were not on this machine. */
function elsewhere(open: OpenStateHandle): OpenStateHandle {
  return async (handle, options) => {
    const reader = await open(handle, options);
    return {
      sizeBytes: reader.sizeBytes,
      read: (position, length) => reader.read(position, length),
      close: () => reader.close(),
    };
  };
}
