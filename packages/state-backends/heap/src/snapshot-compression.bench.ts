/** What compressing a snapshot costs and saves: written and restored, in either layout. */
import { ListStateDescriptor, SystemClock, Types, ValueStateDescriptor } from '@millrace/core';
import type { BenchSuite } from '@millrace/core/bench';
import {
  type KeyedStateBackend,
  type KeyedStateFormat,
  type KeyedStateHandle,
  stateHandleSizeBytes,
} from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { ALL_KEY_GROUPS, openForBench, shuffledKeys } from './bench-fixture.ts';
import { HashMapStateBackend } from './hashmap-state-backend.ts';

const TOTAL = new ValueStateDescriptor('total', Types.DOUBLE);
const RECENT = new ListStateDescriptor('recent', Types.STRING);
const AIRPORTS = [
  'AMS',
  'ATL',
  'CDG',
  'DEN',
  'DFW',
  'DXB',
  'FRA',
  'HND',
  'IST',
  'JFK',
  'LAX',
  'LHR',
];

export async function bench(suite: BenchSuite): Promise<void> {
  const keys = shuffledKeys(suite.size(50_000, 500));
  const backend = await openForBench(Types.STRING);
  fill(backend, keys);
  for (const format of ['canonical', 'native'] as const) {
    const plain = await written(backend, format, false);
    const compressed = await written(backend, format, true);
    const megabytes = sizeOf(plain.handle) / 1e6;
    suite.report(`${format}, size`, megabytes, 'MB');
    suite.report(
      `${format}, compressed`,
      (100 * sizeOf(compressed.handle)) / sizeOf(plain.handle),
      '%',
    );
    const operations = Math.max(1, Math.round(megabytes)); // per MB before compression
    await suite.compare(`write, ${format}, per MB`, {
      baseline: 'plain',
      operations,
      sameChecksum: false,
      variants: {
        plain: { run: async () => sizeOf((await written(backend, format, false)).handle) },
        compressed: { run: async () => sizeOf((await written(backend, format, true)).handle) },
      },
    });
    await suite.compare(`restore, ${format}, per MB`, {
      baseline: 'plain',
      operations,
      variants: {
        plain: { run: () => restored(plain) },
        compressed: { run: () => restored(compressed) },
      },
    });
  }
}

interface Written {
  readonly streams: MemoryCheckpointStreams;
  readonly handle: KeyedStateHandle;
}

/** A number and five texts a key, as of flights. */
function fill(backend: KeyedStateBackend<string>, keys: readonly string[]): void {
  const total = backend.getOrCreateKeyedState(Types.VOID_NAMESPACE, TOTAL) as unknown as {
    update(value: number): void;
  };
  const recent = backend.getOrCreateKeyedState(Types.VOID_NAMESPACE, RECENT) as unknown as {
    update(values: readonly string[]): void;
  };
  for (const [index, key] of keys.entries()) {
    backend.setCurrentKey(key);
    total.update(Math.sin(index) * 1000);
    recent.update(
      Array.from({ length: 5 }, (_, i) => {
        const at = index * 7 + i * 5;
        return `${AIRPORTS[at % 12]}-${AIRPORTS[(at * 5) % 11]} ${(index * 31 + i) % 9973}`;
      }),
    );
  }
}

async function written(
  backend: KeyedStateBackend<string>,
  format: KeyedStateFormat,
  snapshotCompression: boolean,
): Promise<Written> {
  const streams = new MemoryCheckpointStreams(format, { snapshotCompression });
  const handle = await backend.snapshot(1, streams).write();
  if (handle === undefined) {
    throw new Error('there is state to write');
  }
  return { streams, handle };
}

async function restored({ streams, handle }: Written): Promise<number> {
  const backend = await new HashMapStateBackend().createKeyedStateBackend({
    operatorName: 'bench',
    keyType: Types.STRING,
    numberOfKeyGroups: ALL_KEY_GROUPS.numberOfKeyGroups,
    keyGroupRange: ALL_KEY_GROUPS,
    stateHandles: [handle],
    openStateHandle: streams.openStateHandle,
    clock: new SystemClock(),
    snapshotSliceMs: 2,
  });
  const { numberOfEntries } = backend;
  await backend.dispose();
  return numberOfEntries;
}

function sizeOf(handle: KeyedStateHandle): number {
  return 'stream' in handle ? stateHandleSizeBytes(handle.stream) : 0;
}
