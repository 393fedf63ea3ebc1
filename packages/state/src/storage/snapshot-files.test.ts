import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyGroupRange } from '@millrace/core';
import type { KeyedStateHandle } from '../snapshot/keyed-state-handle.ts';
import { EMPTY_SUBTASK_STATE, type OperatorSubtaskState } from '../snapshot/operator-state.ts';
import type { FileStateHandle, StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import { rebaseMetadata } from './path-rebase.ts';
import { filesOf, snapshotFiles } from './snapshot-files.ts';

const keyGroupRange = new KeyGroupRange(0, 3);

function file(path: string): FileStateHandle {
  return { kind: 'file', path, sizeBytes: 1 };
}

function beside(relativePath: string): StreamStateHandle {
  return {
    kind: 'relative-file',
    relativePath,
    path: `file:/old/chk-1/${relativePath}`,
    sizeBytes: 1,
  };
}

function segment(path: string, startPosition: number): StreamStateHandle {
  const logicalFileId = `${path}-${startPosition}`;
  return {
    kind: 'segment-file',
    path,
    startPosition,
    sizeBytes: 1,
    scope: 'exclusive',
    logicalFileId,
  };
}

function keyGroups(stream: StreamStateHandle): KeyedStateHandle {
  return { kind: 'key-groups', keyGroupRange, offsets: [0, 0, 0, 0], stream, stateHandleId: 'id' };
}

function incremental(
  shared: readonly StreamStateHandle[],
  rest: readonly StreamStateHandle[],
): KeyedStateHandle {
  const named = (handle: StreamStateHandle, index: number) => ({
    localPath: String(index),
    handle,
  });
  return {
    kind: 'incremental-remote',
    checkpointId: 1,
    backendId: 'backend',
    keyGroupRange,
    checkpointedSizeBytes: -1,
    meta: beside('meta'),
    shared: shared.map(named),
    private: rest.map(named),
    stateHandleId: 'id',
  };
}

function changelog(
  materialized: readonly KeyedStateHandle[],
  logs: readonly FileStateHandle[],
): KeyedStateHandle {
  return {
    kind: 'changelog',
    keyGroupRange,
    checkpointedSizeBytes: -1,
    materialized,
    nonMaterialized: [
      {
        kind: 'changelog-stream',
        keyGroupRange,
        streams: logs.map((handle) => ({ offset: 0, handle })),
        sizeBytes: 1,
        checkpointedSizeBytes: 1,
        stateHandleId: 'log',
        storageIdentifier: 'filesystem',
      },
    ],
    materializationId: 1,
    checkpointId: 1,
    stateHandleId: 'id',
  };
}

const SUBTASK: OperatorSubtaskState = {
  ...EMPTY_SUBTASK_STATE,
  managedOperatorState: {
    stateNameToPartitionOffsets: new Map(),
    delegate: segment('/old/taskowned/merged', 0),
    fileMerging: {
      taskOwnedDirectory: '/old/taskowned',
      sharedDirectory: '/old/shared',
      isEmpty: false,
    },
  },
  managedKeyedState: incremental([file('/old/shared/sst')], [file('/old/shared/manifest')]),
  rawKeyedState: changelog([keyGroups(beside('base'))], [file('/old/dstl/log')]),
  inputChannelState: [
    {
      subtaskIndex: 0,
      partitionIndex: 0,
      channelIndex: 0,
      offsets: [4],
      sizeBytes: 1,
      delegate: beside('in-flight'),
    },
  ],
};

function metadataOf(subtask: OperatorSubtaskState) {
  return {
    checkpointId: 1,
    masterStates: [],
    properties: undefined,
    operatorStates: [
      {
        operatorId: 'ab'.repeat(16),
        parallelism: 1,
        maxParallelism: 4,
        coordinatorState: undefined,
        fullyFinished: false,
        subtaskStates: new Map([[0, subtask]]),
      },
    ],
  };
}

describe('the files of a snapshot', () => {
  it('are its own, or such that others may name too', () => {
    assert.deepEqual(
      [...snapshotFiles(metadataOf(SUBTASK))].sort(),
      [
        ['file:/old/taskowned/merged', 'shared'],
        ['file:/old/chk-1/meta', 'exclusive'],
        ['file:/old/shared/manifest', 'exclusive'],
        ['file:/old/shared/sst', 'shared'],
        ['file:/old/chk-1/base', 'shared'],
        ['file:/old/dstl/log', 'shared'],
        ['file:/old/chk-1/in-flight', 'exclusive'],
      ].sort(),
    );
  });

  it('are one for several segments, and shared when one subtask shares what is another’s own', () => {
    const own = { ...EMPTY_SUBTASK_STATE, managedKeyedState: keyGroups(file('/both')) };
    const sharing = { ...EMPTY_SUBTASK_STATE, managedKeyedState: incremental([file('/both')], []) };
    const merged = [0, 9].map((start) => ({
      ...EMPTY_SUBTASK_STATE,
      managedKeyedState: keyGroups(segment('/merged', start)),
    }));

    for (const subtasks of [
      [own, sharing, ...merged],
      [...merged, sharing, own],
    ]) {
      const files = filesOf(subtasks);
      assert.deepEqual(
        [files.get('file:/both'), files.get('file:/merged'), files.size],
        ['shared', 'shared', 3],
      );
    }
  });

  it('are none for what is inside the metadata', () => {
    const inline = {
      kind: 'byte-stream',
      handleName: '/no/file',
      data: new Uint8Array(1),
    } as const;

    assert.equal(
      filesOf([{ ...EMPTY_SUBTASK_STATE, managedKeyedState: keyGroups(inline) }]).size,
      0,
    );
  });
});

describe('a snapshot that was moved', () => {
  it('names every file by absolute path where it is now, and those beside it as before', () => {
    const moved = rebaseMetadata(metadataOf(SUBTASK), [
      { from: '/old', to: '/new' },
      { from: 'file:/old/dstl/', to: 's3://bucket/logs' },
    ]);

    assert.deepEqual([...snapshotFiles(moved).keys()].sort(), [
      'file:/new/shared/manifest',
      'file:/new/shared/sst',
      'file:/new/taskowned/merged',
      'file:/old/chk-1/base',
      'file:/old/chk-1/in-flight',
      'file:/old/chk-1/meta',
      's3://bucket/logs/log',
    ]);
    const { managedOperatorState } = moved.operatorStates[0]!.subtaskStates.get(0)!;
    assert.deepEqual(managedOperatorState?.fileMerging, {
      taskOwnedDirectory: 'file:/new/taskowned',
      sharedDirectory: 'file:/new/shared',
      isEmpty: false,
    });
  });

  it('is the same without a word of where from', () => {
    const metadata = metadataOf(SUBTASK);

    assert.equal(rebaseMetadata(metadata, []), metadata);
  });
});
