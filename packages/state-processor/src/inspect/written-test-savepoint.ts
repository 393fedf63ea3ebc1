/** For tests: a canonical savepoint of one operator, with the entries that a test wants in it. */
import { randomUUID } from 'node:crypto';
import {
  DataOutputView,
  keyGroupForKeyHash,
  keyGroupRangeForOperatorIndex,
  LocalFileSystem,
  type TypeInformation,
  type TypeSerializer,
  Types,
  VOID_NAMESPACE,
  VOID_NAMESPACE_SERIALIZER,
} from '@millrace/core';
import {
  CANONICAL_SAVEPOINT_PROPERTIES,
  CanonicalRowWriter,
  type CheckpointStorageLocation,
  EMPTY_SUBTASK_STATE,
  initializeLocationForSavepoint,
  type KeyedBackendHeader,
  type OperatorSubtaskState,
  operatorIdFromUid,
  rowCodecs,
  writeOperatorBackendState,
} from '@millrace/state';

export interface TestState {
  readonly name: string;
  readonly kind: 'VALUE' | 'LIST' | 'MAP';
  readonly type: TypeInformation<unknown>;
  /** By key; of a map state a Map. */
  readonly entries: ReadonlyMap<string, unknown>;
}

export interface TestSavepoint {
  readonly parallelism: number;
  readonly maxParallelism: number;
  readonly states: readonly TestState[];
  /** Items of the list state `items`, dealt out to the subtasks in turn. */
  readonly items?: readonly string[];
}

export const TEST_UID = 'counts';

/** @returns the folder of the savepoint */
export async function writeTestSavepoint(
  directory: string,
  savepoint: TestSavepoint,
): Promise<string> {
  const location = await initializeLocationForSavepoint({
    fileSystem: new LocalFileSystem(),
    targetDirectory: directory,
    jobId: '0'.repeat(32),
    keyedStateFormat: 'canonical',
    inlineThresholdBytes: 16,
    writeBufferSizeBytes: 4096,
    createSuffix: () => randomUUID().replaceAll('-', '').slice(0, 12),
  });
  const { parallelism, maxParallelism } = savepoint;
  const subtaskStates = new Map<number, OperatorSubtaskState>();
  for (let subtask = 0; subtask < parallelism; subtask++) {
    subtaskStates.set(subtask, await writeSubtask(location, savepoint, subtask));
  }
  const { externalPointer } = await location.writeMetadata({
    checkpointId: 7,
    masterStates: [],
    operatorStates: [
      {
        operatorId: operatorIdFromUid(TEST_UID),
        uid: TEST_UID,
        parallelism,
        maxParallelism,
        coordinatorState: undefined,
        fullyFinished: false,
        subtaskStates,
      },
    ],
    properties: CANONICAL_SAVEPOINT_PROPERTIES,
  });
  return externalPointer;
}

async function writeSubtask(
  location: CheckpointStorageLocation,
  savepoint: TestSavepoint,
  subtask: number,
): Promise<OperatorSubtaskState> {
  const { maxParallelism: numberOfKeyGroups, states } = savepoint;
  const keyGroupRange = keyGroupRangeForOperatorIndex(subtask, savepoint);
  const header = headerOf(states);
  const stream = location.createCheckpointStateOutputStream('exclusive');
  const writer = new CanonicalRowWriter(stream, { header, keyGroupRange, numberOfKeyGroups });
  const rows = rowsOf(savepoint, header).filter((row) => keyGroupRange.contains(row.keyGroup));
  for (const { keyGroup, stateId, key, value } of rows) {
    writer.put(keyGroup, stateId, key, value);
    if (writer.isFull) {
      await writer.flush();
    }
  }
  return {
    ...EMPTY_SUBTASK_STATE,
    managedKeyedState: await writer.finish(),
    managedOperatorState: await writeItems(location, savepoint, subtask),
  };
}

interface TestRow {
  readonly keyGroup: number;
  readonly stateId: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** By key group, then by state. */
function rowsOf({ maxParallelism, states }: TestSavepoint, header: KeyedBackendHeader): TestRow[] {
  const codecs = rowCodecs(header, { numberOfKeyGroups: maxParallelism });
  const keySerializer = Types.STRING.createSerializer();
  const rows: TestRow[] = [];
  for (const [stateId, { kind, entries }] of states.entries()) {
    const codec = codecs[stateId]!;
    for (const [key, whole] of entries) {
      const keyGroup = keyGroupForKeyHash(keySerializer.hashCode(key), maxParallelism);
      const parts = kind === 'MAP' ? [...(whole as Map<unknown, unknown>)] : [[undefined, whole]];
      for (const [userKey, value] of parts) {
        const [keyBytes, valueBytes] = [new DataOutputView(), new DataOutputView()];
        codec.writeKey(keyBytes, { key, namespace: VOID_NAMESPACE, userKey });
        codec.writeValue(valueBytes, value);
        const bytes = { key: keyBytes.copyBytes(), value: valueBytes.copyBytes() };
        rows.push({ keyGroup, stateId, ...bytes });
      }
    }
  }
  return rows.sort((a, b) => a.keyGroup - b.keyGroup || a.stateId - b.stateId);
}

function headerOf(states: readonly TestState[]): KeyedBackendHeader {
  const snapshot = (serializer: unknown) =>
    (serializer as TypeSerializer<unknown>).snapshotConfiguration();
  return {
    compressed: false,
    keySerializer: snapshot(Types.STRING.createSerializer()),
    states: states.map(({ name, kind, type }) => ({
      name,
      backendStateType: 'KEY_VALUE',
      options: new Map([['KEYED_STATE_TYPE', kind]]),
      serializers: new Map([
        ['NAMESPACE_SERIALIZER', snapshot(VOID_NAMESPACE_SERIALIZER)],
        ['VALUE_SERIALIZER', snapshot(type.createSerializer())],
      ]),
    })),
  };
}

async function writeItems(
  location: CheckpointStorageLocation,
  { items = [], parallelism }: TestSavepoint,
  subtask: number,
): Promise<OperatorSubtaskState['managedOperatorState']> {
  if (items.length === 0) {
    return undefined;
  }
  const output = new DataOutputView();
  const own = items.filter((_, index) => index % parallelism === subtask);
  const list = {
    name: 'items',
    mode: 'split-distribute' as const,
    elementSerializer: Types.STRING.createSerializer() as TypeSerializer<unknown>,
    items: own,
  };
  const offsets = writeOperatorBackendState(output, { lists: [list], broadcasts: [] });
  const stream = location.createCheckpointStateOutputStream('exclusive');
  await stream.write(output.copyBytes());
  const delegate = await stream.closeAndGetHandle();
  return delegate && { stateNameToPartitionOffsets: offsets, delegate };
}
