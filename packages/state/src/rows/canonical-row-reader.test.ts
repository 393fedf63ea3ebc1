import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DataOutputView,
  KeyGroupRange,
  ListSerializer,
  TimerSerializer,
  type TypeSerializer,
  type TypeSerializerSnapshot,
  Types,
  VOID_NAMESPACE,
  VOID_NAMESPACE_SERIALIZER,
} from '@millrace/core';
import type { HeapKeyGroup } from '../formats/heap-keyed-state.ts';
import { writeKeyedBackendHeader } from '../formats/keyed-backend-header.ts';
import { writeSnappyChunks, writeSnappyStreamIdentifier } from '../formats/snappy-framing.ts';
import type { KeyGroupsSavepointStateHandle } from '../snapshot/keyed-state-handle.ts';
import { createStateHandleOpener } from '../storage/state-handle-opener.ts';
import { readKeyGroups } from './key-group-collector.ts';
import { openKeyedState } from './open-keyed-state.ts';

const openStateHandle = createStateHandleOpener({
  getFileSystem: () => {
    throw new Error('inline state needs no file');
  },
});
const keySerializer = Types.STRING.createSerializer();

function state(name: string, kind: string, valueSerializer: unknown) {
  const snapshotOf = (serializer: unknown) =>
    (serializer as TypeSerializer<unknown>).snapshotConfiguration();
  const isQueue = kind === 'TIMERS';
  return {
    name,
    backendStateType: isQueue ? ('PRIORITY_QUEUE' as const) : ('KEY_VALUE' as const),
    options: new Map(isQueue ? [] : [['KEYED_STATE_TYPE', kind] as const]),
    serializers: new Map<string, TypeSerializerSnapshot<unknown>>([
      ...(isQueue
        ? []
        : [['NAMESPACE_SERIALIZER', snapshotOf(VOID_NAMESPACE_SERIALIZER)] as const]),
      ['VALUE_SERIALIZER', snapshotOf(valueSerializer)],
    ]),
  };
}

// Two keys in key group 4, as in a savepoint that real Flink restored.
const KEY_GROUP_4 = [
  '0000', // state 0: count
  '00000009 04 0773796e2d3439 00', // key group, 'syn-49', no namespace
  '00000008 0000000000000032', // 50
  '00000009 84 0773796e2d3534 00', // flag set: a state id follows
  '00000008 0000000000000037',
  '0001', // state 1: letters
  '00000009 84 0773796e2d3439 00',
  '00000009 04613439 2c 04622c63', // 'a49', delimiter, 'b,c'
  '0002', // state 2: timers
  '00000011 84 80000004a817c836 0773796e2d3534 00 00000000',
  'ffff',
].join('');

function streamOf(keyGroup: string, options: { compressed?: boolean } = {}) {
  const output = new DataOutputView();
  writeKeyedBackendHeader(output, {
    compressed: options.compressed ?? false,
    keySerializer: keySerializer.snapshotConfiguration(),
    states: [
      state('count', 'VALUE', Types.LONG.createSerializer()),
      state('letters', 'LIST', new ListSerializer(Types.STRING.createSerializer())),
      state(
        '_timer_state/event_user-timers',
        'TIMERS',
        new TimerSerializer(keySerializer, VOID_NAMESPACE_SERIALIZER),
      ),
    ],
  });
  const offset = output.position;
  const bytes = Buffer.from(keyGroup.replaceAll(' ', ''), 'hex');
  if (options.compressed) {
    writeSnappyStreamIdentifier(output);
    writeSnappyChunks(output, bytes);
  } else {
    output.write(bytes);
  }
  const handle: KeyGroupsSavepointStateHandle = {
    kind: 'key-groups-savepoint',
    keyGroupRange: new KeyGroupRange(3, 5),
    offsets: [0, offset, 0],
    stream: { kind: 'byte-stream', handleName: 'test', data: output.copyBytes() },
  };
  return handle;
}

async function read(handle: KeyGroupsSavepointStateHandle): Promise<HeapKeyGroup[]> {
  const groups: HeapKeyGroup[] = [];
  const options = { numberOfKeyGroups: 128, openStateHandle };
  for await (const group of readKeyGroups(await openKeyedState(handle, options), options)) {
    groups.push(group);
  }
  return groups;
}

describe('canonical keyed state', () => {
  it('gives every entry, list and timer of the key groups that have any', async () => {
    const groups = await read(streamOf(KEY_GROUP_4));

    const namespace = VOID_NAMESPACE;
    assert.deepEqual(
      groups.map(({ keyGroup }) => keyGroup),
      [4],
    );
    const [count, letters, timers] = groups[0]!.states;
    assert.deepEqual(count!.entries, [
      { key: 'syn-49', namespace, value: 50 },
      { key: 'syn-54', namespace, value: 55 },
    ]);
    assert.deepEqual(letters!.entries, [{ key: 'syn-49', namespace, value: ['a49', 'b,c'] }]);
    assert.deepEqual(timers!.elements, [{ timestamp: 20_000_000_054, key: 'syn-54', namespace }]);
  });

  it('does not change the bytes that it reads', async () => {
    const handle = streamOf(KEY_GROUP_4);

    await read(handle);

    assert.deepEqual(await read(handle), await read(streamOf(KEY_GROUP_4)));
  });

  it('names state, key group and byte of what is corrupt', async () => {
    const wrongGroup = KEY_GROUP_4.replace('00000009 04', '00000009 05');
    const noEnd = KEY_GROUP_4.slice(0, -'ffff'.length);
    const unknownState = KEY_GROUP_4.replace('0001', '0009');
    const longKey = KEY_GROUP_4.replace('00000009 04', '00000008 04');

    await assert.rejects(read(streamOf(wrongGroup)), {
      code: 'SNAPSHOT_CORRUPT',
      message: /key group of state 'count' in key group 4: it is 5/,
    });
    await assert.rejects(read(streamOf(noEnd)), {
      code: 'SNAPSHOT_CORRUPT',
      message: /state id in key group 4: 2 bytes do not fit/,
    });
    await assert.rejects(read(streamOf(unknownState)), {
      code: 'SNAPSHOT_CORRUPT',
      message: /state id in key group 4: 9 is not expected/,
    });
    await assert.rejects(read(streamOf(longKey)), {
      code: 'SNAPSHOT_CORRUPT',
      message: /byte [0-9]+, in key of state 'count': it ends at 1 bytes from where it should/,
    });
  });

  it('gives the same where it is compressed', async () => {
    const [plain] = await read(streamOf(KEY_GROUP_4));

    const [compressed] = await read(streamOf(KEY_GROUP_4, { compressed: true }));

    assert.deepEqual(compressed?.states, plain?.states);
    assert.equal(compressed?.startOffset, plain?.startOffset);
  });

  it('names state, key group and byte of what is corrupt within a chunk', async () => {
    const noEnd = KEY_GROUP_4.slice(0, -'ffff'.length);
    const wrongGroup = KEY_GROUP_4.replace('00000009 04', '00000009 05');

    await assert.rejects(read(streamOf(noEnd, { compressed: true })), {
      code: 'SNAPSHOT_CORRUPT',
      message:
        /inline, test\) \(uncompressed from its byte \d+ on\) is corrupt at byte 107, in state id in key group 4: 2 bytes do not fit into the 0 left/,
    });
    await assert.rejects(read(streamOf(wrongGroup, { compressed: true })), {
      code: 'SNAPSHOT_CORRUPT',
      message: /uncompressed from .* at byte 6, in key group of state 'count' .*: it is 5/,
    });
  });
});
