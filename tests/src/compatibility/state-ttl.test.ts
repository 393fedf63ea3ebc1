import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import {
  FileSystems,
  KeyGroupRange,
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  StateTtlConfig,
  SystemClock,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import {
  createStateHandleOpener,
  type KeyedStateBackend,
  type KeyedStateHandle,
  loadCheckpointMetadata,
  withTimeToLive,
} from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { HashMapStateBackend } from '@millrace/state-backend-heap';
import {
  type ExpectedOperator,
  expectedFolder,
  FIXTURE_REBASE,
  FIXTURES,
  readExpected,
} from './flink-fixtures.ts';

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
/** The snapshots were made in 2026; this is before any of their values is expired, and after all. */
const DURING = Date.UTC(2027, 0);
const LONG_AFTER = Date.UTC(2050, 0);

const TTL = new StateTtlConfig({ timeToLive: 10 * YEAR_MS });
const VALUE = new ValueStateDescriptor('ttl-v', Types.LONG).enableTimeToLive(TTL);
const LIST = new ListStateDescriptor('ttl-l', Types.LONG).enableTimeToLive(TTL);
const MAP = new MapStateDescriptor('ttl-m', Types.STRING, Types.LONG).enableTimeToLive(TTL);

const fileSystems = new FileSystems();

interface Opened {
  readonly backend: KeyedStateBackend<string>;
  readonly value: ValueState<number>;
  readonly list: ListState<number>;
  readonly map: MapState<string, number>;
}

async function open(
  handles: readonly KeyedStateHandle[],
  now: number,
  streams?: MemoryCheckpointStreams,
): Promise<Opened> {
  const heap = await new HashMapStateBackend().createKeyedStateBackend({
    operatorName: 'ttl-op',
    keyType: Types.STRING,
    numberOfKeyGroups: 128,
    keyGroupRange: new KeyGroupRange(0, 127),
    stateHandles: handles,
    openStateHandle:
      streams?.openStateHandle ??
      createStateHandleOpener({
        getFileSystem: (uri) => fileSystems.getFileSystem(uri),
        pathRebase: [FIXTURE_REBASE],
      }),
    clock: new SystemClock(),
    snapshotSliceMs: 5,
  });
  const backend = withTimeToLive(heap, { currentProcessingTime: () => now });
  return {
    backend,
    value: backend.getOrCreateKeyedState(Types.VOID_NAMESPACE, VALUE),
    list: backend.getOrCreateKeyedState(Types.VOID_NAMESPACE, LIST),
    map: backend.getOrCreateKeyedState(Types.VOID_NAMESPACE, MAP),
  };
}

/** Each entry of `expected.json`, as the state gives it. */
function assertHolds(opened: Opened, expected: ExpectedOperator, isThere: boolean): void {
  const entriesOf = (name: string) =>
    (expected.keyedStates?.[name]?.entries ?? []) as { key: string; value: unknown }[];
  let seen = 0;
  for (const [name, read] of [
    ['ttl-v', () => opened.value.value()],
    ['ttl-l', () => [...opened.list.get()]],
    ['ttl-m', () => [...opened.map.entries()].sort()],
  ] as const) {
    const nothing = name === 'ttl-v' ? undefined : [];
    for (const { key, value } of entriesOf(name)) {
      opened.backend.setCurrentKey(key);
      const wanted = name === 'ttl-m' ? (value as unknown[]).toSorted() : value;
      assert.deepEqual(read(), isThere ? wanted : nothing, `${name} of '${key}'`);
      seen++;
    }
  }
  assert.equal(seen, 125);
}

for (const fixture of ['hashmap-chk', 'hashmap-native']) {
  describe(`state with a time to live in ${fixture} of Flink 1.20.5`, () => {
    const expected = readExpected(fixture).operators['ttl-op'] as ExpectedOperator;
    let handles: KeyedStateHandle[];

    before(async () => {
      const pointer = join(FIXTURES, expectedFolder(fixture));
      const { metadata } = await loadCheckpointMetadata(fileSystems, pointer);
      const operator = metadata.operatorStates.find(
        ({ operatorId }) => operatorId === expected.operatorId,
      );
      handles = [...(operator?.subtaskStates.values() ?? [])].flatMap(({ managedKeyedState }) =>
        managedKeyedState === undefined ? [] : [managedKeyedState].flat(),
      );
    });

    it('has every value, element and entry while it lives', async () => {
      assertHolds(await open(handles, DURING), expected, true);
    });

    it('has nothing when it is expired', async () => {
      const opened = await open(handles, LONG_AFTER);

      assertHolds(opened, expected, false);
      assert.equal(opened.backend.numberOfEntries, 0);
    });

    it('keeps the timestamps of Flink over a snapshot of ours', async () => {
      const streams = new MemoryCheckpointStreams();
      const first = await open(handles, DURING);
      const handle = (await first.backend.snapshot(1, streams).write()) as KeyedStateHandle;

      assertHolds(await open([handle], DURING, streams), expected, true);
      assertHolds(await open([handle], LONG_AFTER, streams), expected, false);
    });
  });
}
