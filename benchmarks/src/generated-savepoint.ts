/**
 * A canonical savepoint of any size: one operator with a value, a map, a list and a POJO a key, about
 * 1 KB of them.
 */
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
  type RowCodec,
  rowCodecs,
} from '@millrace/state';

export const GENERATED_UID = 'accounts';
const PARALLELISM = 4;
const MAX_PARALLELISM = 128;
export const BYTES_PER_KEY = 1000;
const MAP_ENTRIES = 12;
const NOTE = 'x'.repeat(380);

const ORDER = Types.POJO('com.acme.Order', {
  id: Types.LONG,
  note: Types.STRING,
  price: Types.DOUBLE,
});
const STATES: readonly [name: string, kind: string, type: TypeInformation<never>][] = [
  ['count', 'VALUE', Types.LONG as never],
  ['totals', 'MAP', Types.MAP(Types.STRING, Types.LONG) as never],
  ['recent', 'LIST', Types.LIST(Types.LONG) as never],
  ['order', 'VALUE', ORDER as never],
];

export interface GeneratedSavepoint {
  readonly keys: number;
  /** Every so many keys the value is another; 0 for none. */
  readonly changedEvery: number;
}

/** @returns the folder of the savepoint */
export async function writeGeneratedSavepoint(
  directory: string,
  savepoint: GeneratedSavepoint,
): Promise<string> {
  const location = await initializeLocationForSavepoint({
    fileSystem: new LocalFileSystem(),
    targetDirectory: directory,
    jobId: '0'.repeat(32),
    keyedStateFormat: 'canonical',
    inlineThresholdBytes: 1024,
    writeBufferSizeBytes: 256 * 1024,
    createSuffix: () => String(savepoint.changedEvery).padStart(12, '0'),
  });
  const keyGroups = keyGroupsOf(savepoint.keys);
  const subtaskStates = new Map<number, OperatorSubtaskState>();
  for (let subtask = 0; subtask < PARALLELISM; subtask++) {
    const managedKeyedState = await writeSubtask(location, savepoint, { subtask, keyGroups });
    subtaskStates.set(subtask, { ...EMPTY_SUBTASK_STATE, managedKeyedState });
  }
  const { externalPointer } = await location.writeMetadata({
    checkpointId: 1,
    masterStates: [],
    operatorStates: [
      {
        operatorId: operatorIdFromUid(GENERATED_UID),
        uid: GENERATED_UID,
        parallelism: PARALLELISM,
        maxParallelism: MAX_PARALLELISM,
        coordinatorState: undefined,
        fullyFinished: false,
        subtaskStates,
      },
    ],
    properties: CANONICAL_SAVEPOINT_PROPERTIES,
  });
  return externalPointer;
}

function keyOf(index: number): string {
  return `account-${String(index).padStart(10, '0')}`;
}

function keyGroupsOf(keys: number): Uint8Array {
  const serializer = Types.STRING.createSerializer();
  const groups = new Uint8Array(keys);
  for (let i = 0; i < keys; i++) {
    groups[i] = keyGroupForKeyHash(serializer.hashCode(keyOf(i)), MAX_PARALLELISM);
  }
  return groups;
}

async function writeSubtask(
  location: CheckpointStorageLocation,
  { changedEvery }: GeneratedSavepoint,
  { subtask, keyGroups }: { readonly subtask: number; readonly keyGroups: Uint8Array },
): Promise<OperatorSubtaskState['managedKeyedState']> {
  const header = headerOf();
  const keyGroupRange = keyGroupRangeForOperatorIndex(subtask, {
    parallelism: PARALLELISM,
    maxParallelism: MAX_PARALLELISM,
  });
  const writer = new CanonicalRowWriter(location.createCheckpointStateOutputStream('exclusive'), {
    header,
    keyGroupRange,
    numberOfKeyGroups: MAX_PARALLELISM,
  });
  const rows = new RowMaker(rowCodecs(header, { numberOfKeyGroups: MAX_PARALLELISM }), writer);
  for (let group = keyGroupRange.startKeyGroup; group <= keyGroupRange.endKeyGroup; group++) {
    for (const [stateId] of STATES.entries()) {
      for (let i = 0; i < keyGroups.length; i++) {
        if (keyGroups[i] === group) {
          const isChanged = changedEvery > 0 && i % changedEvery === 0;
          rows.put(group, stateId, i, isChanged ? 1 : 0);
          if (writer.isFull) {
            await writer.flush();
          }
        }
      }
    }
  }
  return writer.finish();
}

class RowMaker {
  private readonly codecs: readonly RowCodec[];
  private readonly writer: CanonicalRowWriter;
  private readonly key = new DataOutputView();
  private readonly value = new DataOutputView();

  constructor(codecs: readonly RowCodec[], writer: CanonicalRowWriter) {
    this.codecs = codecs;
    this.writer = writer;
  }

  put(keyGroup: number, stateId: number, index: number, delta: number): void {
    switch (stateId) {
      case 0:
        this.row(keyGroup, stateId, index, undefined, index + delta);
        break;
      case 1:
        for (let entry = 0; entry < MAP_ENTRIES; entry++) {
          this.row(keyGroup, stateId, index, `total-${entry}`, index * entry);
        }
        break;
      case 2:
        this.row(keyGroup, stateId, index, undefined, [index, index + 1, index + 2, index + 3]);
        break;
      default:
        this.row(keyGroup, stateId, index, undefined, { id: index, note: NOTE, price: index / 4 });
    }
  }

  private row(
    keyGroup: number,
    stateId: number,
    index: number,
    userKey: unknown,
    value: unknown,
  ): void {
    const codec = this.codecs[stateId] as RowCodec;
    const namespace = VOID_NAMESPACE;
    codec.writeKey(this.key.reset(), { key: keyOf(index), namespace, userKey });
    codec.writeValue(this.value.reset(), value);
    this.writer.put(keyGroup, stateId, this.key.bytes(), this.value.bytes());
  }
}

function headerOf(): KeyedBackendHeader {
  const snapshot = (serializer: unknown) =>
    (serializer as TypeSerializer<unknown>).snapshotConfiguration();
  return {
    compressed: false,
    keySerializer: snapshot(Types.STRING.createSerializer()),
    states: STATES.map(([name, kind, type]) => ({
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
