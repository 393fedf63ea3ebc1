import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataOutputView, KeyGroupRange } from '@millrace/core';
import type { KeyedStateHandle } from '../snapshot/keyed-state-handle.ts';
import {
  type CheckpointMetadata,
  type CheckpointProperties,
  EMPTY_SUBTASK_STATE,
  type OperatorSubtaskState,
  type SnapshotType,
} from '../snapshot/operator-state.ts';
import type { ByteStreamStateHandle, StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import { readCheckpointMetadata, writeCheckpointMetadata } from './checkpoint-metadata.ts';

const DIRECTORY = 'file:/dir/chk-7';
const OPERATOR = '000102030405060708090a0b0c0d0e0f';

const properties: CheckpointProperties = {
  snapshotType: {
    kind: 'checkpoint',
    name: 'Checkpoint',
    sharingFilesStrategy: 'forward-backward',
  },
  forced: false,
  unclaimed: false,
  discardSubsumed: true,
  discardFinished: true,
  discardCancelled: false,
  discardFailed: true,
  discardSuspended: false,
};

const inline: ByteStreamStateHandle = {
  kind: 'byte-stream',
  handleName: 'name',
  data: Uint8Array.of(1, 2, 3),
};

const streams: StreamStateHandle[] = [
  inline,
  { kind: 'file', path: 'file:/shared/a', sizeBytes: 2 ** 40 },
  { kind: 'relative-file', relativePath: 'uuid', path: `${DIRECTORY}/uuid`, sizeBytes: 5 },
  {
    kind: 'segment-file',
    path: 'file:/merged',
    startPosition: 10,
    sizeBytes: 20,
    scope: 'shared',
    logicalFileId: 'logical',
  },
  { kind: 'empty-segment-file' },
];

const range = new KeyGroupRange(3, 4);
const keyGroups: KeyedStateHandle = {
  kind: 'key-groups',
  keyGroupRange: range,
  offsets: [100, -1],
  stream: inline,
  stateHandleId: 'id-1',
};

const keyedStates: KeyedStateHandle[] = [
  keyGroups,
  { kind: 'key-groups-savepoint', keyGroupRange: range, offsets: [0, 7], stream: inline },
  {
    kind: 'incremental-remote',
    checkpointId: 7,
    backendId: 'backend',
    keyGroupRange: range,
    checkpointedSizeBytes: -1,
    meta: inline,
    shared: streams.map((handle, i) => ({ localPath: `${i}.sst`, handle })),
    private: [{ localPath: 'CURRENT', handle: inline }],
    stateHandleId: 'id-2',
  },
  {
    kind: 'changelog',
    keyGroupRange: range,
    checkpointedSizeBytes: 9,
    materialized: [keyGroups],
    nonMaterialized: [
      {
        kind: 'in-memory-changelog',
        keyGroupRange: range,
        fromSequence: 1,
        toSequence: 2,
        changes: [
          { keyGroup: -1, change: Uint8Array.of(1) },
          { keyGroup: 3, change: Uint8Array.of() },
        ],
        stateHandleId: 'id-3',
      },
      {
        kind: 'changelog-stream',
        keyGroupRange: range,
        streams: [{ offset: 12, handle: inline }],
        sizeBytes: 3,
        checkpointedSizeBytes: 4,
        stateHandleId: 'id-4',
        storageIdentifier: 'filesystem',
      },
    ],
    materializationId: 4,
    checkpointId: 7,
    stateHandleId: 'id-5',
  },
];

function metadataOf(
  subtaskStates: ReadonlyMap<number, OperatorSubtaskState>,
  change: Partial<CheckpointMetadata> = {},
): CheckpointMetadata {
  return {
    checkpointId: 7,
    masterStates: [],
    operatorStates: [
      {
        operatorId: OPERATOR,
        parallelism: 8,
        maxParallelism: 128,
        coordinatorState: inline,
        fullyFinished: false,
        subtaskStates,
      },
    ],
    properties,
    ...change,
  };
}

function roundTrip(metadata: CheckpointMetadata): CheckpointMetadata {
  return readCheckpointMetadata(writeCheckpointMetadata(metadata), DIRECTORY);
}

/** Bytes up to the count of subtasks of one operator. */
function oldVersion(version: number): DataOutputView {
  const output = new DataOutputView();
  output.writeInt(0x4960672d);
  output.writeInt(version);
  output.writeLong(3);
  output.writeInt(0); // master states
  output.writeInt(1); // operators
  output.write(Buffer.from(OPERATOR, 'hex'));
  output.writeInt(2); // parallelism
  output.writeInt(128); // max parallelism
  return output;
}

describe('checkpoint metadata', () => {
  it('keeps every kind of handle', () => {
    const subtasks = new Map<number, OperatorSubtaskState>();
    for (const [index, managedKeyedState] of keyedStates.entries()) {
      subtasks.set(index, { ...EMPTY_SUBTASK_STATE, managedKeyedState, rawKeyedState: keyGroups });
    }
    for (const [index, delegate] of streams.entries()) {
      const channel = { subtaskIndex: 1, partitionIndex: 2, channelIndex: 3, offsets: [4] };
      subtasks.set(7 - index, {
        ...(subtasks.get(7 - index) ?? EMPTY_SUBTASK_STATE),
        managedOperatorState: {
          stateNameToPartitionOffsets: new Map([
            ['list', { mode: 'split-distribute', offsets: [1, 2] }],
            ['union', { mode: 'union', offsets: [] }],
            ['rules', { mode: 'broadcast', offsets: [9] }],
          ]),
          delegate,
        },
        inputChannelState: [{ ...channel, sizeBytes: 8, delegate }],
        resultSubpartitionState: [{ ...channel, sizeBytes: 9, delegate }],
      });
    }
    const metadata = metadataOf(subtasks);

    assert.deepEqual(roundTrip(metadata), metadata);
  });

  it('keeps the directories of merged files', () => {
    const metadata = metadataOf(
      new Map([
        [
          0,
          {
            ...EMPTY_SUBTASK_STATE,
            rawOperatorState: {
              stateNameToPartitionOffsets: new Map(),
              delegate: { kind: 'empty-segment-file' as const },
              fileMerging: { taskOwnedDirectory: 't', sharedDirectory: 's', isEmpty: true },
            },
          },
        ],
      ]),
    );

    assert.deepEqual(roundTrip(metadata), metadata);
  });

  it('keeps which subtasks had finished, and whether all had', () => {
    const partly = metadataOf(
      new Map([
        [0, EMPTY_SUBTASK_STATE],
        [5, { ...EMPTY_SUBTASK_STATE, finished: true }],
      ]),
    );
    const fully = metadataOf(new Map(), {
      operatorStates: metadataOf(new Map()).operatorStates.map((operator) => ({
        ...operator,
        fullyFinished: true,
      })),
    });

    assert.deepEqual(roundTrip(partly), partly);
    assert.deepEqual(roundTrip(fully), fully);
  });

  it('keeps master states', () => {
    const masterStates = [{ version: 2, name: 'hook', bytes: Uint8Array.of(9, 8) }];
    const metadata = metadataOf(new Map(), { masterStates });

    assert.deepEqual(roundTrip(metadata), metadata);
  });

  it('keeps every kind of snapshot', () => {
    const savepoint = { kind: 'savepoint', name: 'Savepoint' } as const;
    const types: SnapshotType[] = [
      { kind: 'checkpoint', name: 'Full Checkpoint', sharingFilesStrategy: 'forward' },
      { kind: 'checkpoint', name: 'Checkpoint', sharingFilesStrategy: 'no-sharing' },
      { ...savepoint, formatType: 'canonical', postCheckpointAction: 'none' },
      {
        kind: 'savepoint',
        name: 'Terminate Savepoint',
        formatType: 'native',
        postCheckpointAction: 'terminate',
      },
      {
        kind: 'savepoint',
        name: 'Suspend Savepoint',
        formatType: 'canonical',
        postCheckpointAction: 'suspend',
      },
    ];

    for (const snapshotType of types) {
      const metadata = metadataOf(new Map(), { properties: { ...properties, snapshotType } });
      assert.deepEqual(roundTrip(metadata), metadata);
    }
  });

  it('reads version 2, with its unused fields', () => {
    const output = oldVersion(2);
    output.writeInt(1); // chain length
    output.writeInt(1); // subtasks
    output.writeInt(1); // index
    output.writeLong(55); // duration
    output.writeInt(0); // legacy state
    output.writeInt(0);
    output.writeInt(0);
    output.writeByte(3); // key groups without an id
    output.writeInt(64);
    output.writeInt(1);
    output.writeLong(17);
    output.writeByte(0x01);
    output.writeUTF('name');
    output.writeInt(0);
    output.writeByte(0);

    const metadata = readCheckpointMetadata(output.bytes(), DIRECTORY);

    assert.equal(metadata.properties, undefined);
    const keyed = metadata.operatorStates[0]?.subtaskStates.get(1)?.managedKeyedState;
    assert.deepEqual(keyed, {
      kind: 'key-groups',
      keyGroupRange: new KeyGroupRange(64, 64),
      offsets: [17],
      stream: { kind: 'byte-stream', handleName: 'name', data: new Uint8Array(0) },
      stateHandleId: keyed?.kind === 'key-groups' ? keyed.stateHandleId : '',
    });
  });

  it('reads version 3, which has no properties', () => {
    const output = oldVersion(3);
    output.writeByte(0); // coordinator state
    output.writeInt(1);
    output.writeInt(0);
    output.writeInt(0);
    output.writeInt(0);
    output.writeByte(0);
    output.writeByte(0);
    output.writeInt(0);
    output.writeInt(0);

    const metadata = readCheckpointMetadata(output.bytes(), DIRECTORY);

    assert.equal(metadata.properties, undefined);
    assert.deepEqual(metadata.operatorStates[0]?.subtaskStates.get(0), EMPTY_SUBTASK_STATE);
  });

  it('names the version that it cannot read', () => {
    for (const version of [1, 5, 6]) {
      assert.throws(() => readCheckpointMetadata(oldVersion(version).bytes(), DIRECTORY), {
        code: 'SNAPSHOT_VERSION_UNSUPPORTED',
        message: new RegExp(`has format version ${version}: .*take a`),
      });
    }
  });

  it('says that a file is no metadata at all', () => {
    assert.throws(
      () => readCheckpointMetadata(Buffer.from('PK\u0003\u0004 and so on'), DIRECTORY),
      {
        code: 'SNAPSHOT_CORRUPT',
        message: /chk-7\/_metadata is corrupt at byte 0, in magic number: this is no snapshot/,
      },
    );
  });

  it('names operator and field where a handle has an unknown type', () => {
    const output = oldVersion(3);
    output.writeByte(99);

    assert.throws(() => readCheckpointMetadata(output.bytes(), DIRECTORY), {
      code: 'SNAPSHOT_CORRUPT',
      message: /at byte 48, in type of coordinator state: 99 is no type of a stream handle/,
    });
  });

  it('refuses a relative file outside the folder of the snapshot', () => {
    const path = '../../secret';
    const outside: StreamStateHandle = {
      kind: 'relative-file',
      relativePath: path,
      path,
      sizeBytes: 1,
    };
    const managedKeyedState: KeyedStateHandle = {
      ...keyGroups,
      stream: outside,
    } as KeyedStateHandle;
    const metadata = metadataOf(new Map([[0, { ...EMPTY_SUBTASK_STATE, managedKeyedState }]]));

    assert.throws(() => roundTrip(metadata), {
      code: 'SNAPSHOT_CORRUPT',
      message: /'\.\.\/\.\.\/secret' leaves the folder/,
    });
  });

  it('refuses a subtask that the parallelism does not allow, and one that is there twice', () => {
    const metadata = metadataOf(new Map([[8, EMPTY_SUBTASK_STATE]]));

    assert.throws(() => roundTrip(metadata), {
      code: 'SNAPSHOT_CORRUPT',
      message: /in subtask index of operator 0001.*: it is 8, but parallelism is 8/,
    });
  });

  it('does not follow changelog handles that are nested without end', () => {
    let nested = keyedStates[3] as Extract<KeyedStateHandle, { kind: 'changelog' }>;
    for (let i = 0; i < 10; i++) {
      nested = { ...nested, materialized: [nested] };
    }
    const subtask = { ...EMPTY_SUBTASK_STATE, managedKeyedState: nested };

    assert.throws(() => roundTrip(metadataOf(new Map([[0, subtask]]))), {
      code: 'SNAPSHOT_CORRUPT',
      message: /nested too deep/,
    });
  });
});
