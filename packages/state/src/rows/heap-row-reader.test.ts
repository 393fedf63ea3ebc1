import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DataInputView,
  DataOutputView,
  KeyGroupRange,
  TimerSerializer,
  type TypeSerializerSnapshot,
  Types,
  VOID_NAMESPACE,
  VOID_NAMESPACE_SERIALIZER,
} from '@millrace/core';
import type { HeapKeyGroup } from '../formats/heap-keyed-state.ts';
import {
  readKeyedBackendHeader,
  readKeyedBackendHeaderStart,
  writeKeyedBackendHeader,
} from '../formats/keyed-backend-header.ts';
import { writeSnappyChunks, writeSnappyStreamIdentifier } from '../formats/snappy-framing.ts';
import { intersectKeyedState } from '../restore/keyed-state-intersection.ts';
import type { KeyGroupsStateHandle } from '../snapshot/keyed-state-handle.ts';
import { createStateHandleOpener } from '../storage/state-handle-opener.ts';
import { readKeyGroups } from './key-group-collector.ts';
import { openKeyedState } from './open-keyed-state.ts';

const openStateHandle = createStateHandleOpener({
  getFileSystem: () => {
    throw new Error('inline state needs no file');
  },
});
const keySerializer = Types.STRING.createSerializer();
const valueSerializer = Types.LONG.createSerializer();
const timerSerializer = new TimerSerializer(keySerializer, VOID_NAMESPACE_SERIALIZER);

/** By the key group that its hash gives. */
const KEY_OF: Readonly<Record<number, string>> = { 5: 'k121', 6: 'k9' };

/** Key groups 5 and 6 with the state `count` and a timer queue. */
function heapStream(options: { compressed?: boolean; stateId?: number } = {}) {
  const output = new DataOutputView();
  writeKeyedBackendHeader(output, {
    compressed: options.compressed ?? false,
    keySerializer: keySerializer.snapshotConfiguration(),
    states: [
      {
        name: 'count',
        backendStateType: 'KEY_VALUE',
        options: new Map([['KEYED_STATE_TYPE', 'VALUE']]),
        serializers: new Map<string, TypeSerializerSnapshot<unknown>>([
          ['NAMESPACE_SERIALIZER', VOID_NAMESPACE_SERIALIZER.snapshotConfiguration()],
          ['VALUE_SERIALIZER', valueSerializer.snapshotConfiguration()],
        ]),
      },
      {
        name: '_timer_state/event_user-timers',
        backendStateType: 'PRIORITY_QUEUE',
        options: new Map(),
        serializers: new Map([['VALUE_SERIALIZER', timerSerializer.snapshotConfiguration()]]),
      },
    ],
  });
  const offsets: number[] = [];
  for (const keyGroup of [5, 6]) {
    offsets.push(output.position);
    output.writeInt(keyGroup);
    writeState(output, options, (target) => {
      writeStateStart(target, options.stateId ?? 0, 1);
      VOID_NAMESPACE_SERIALIZER.serialize(VOID_NAMESPACE, target);
      keySerializer.serialize(KEY_OF[keyGroup]!, target);
      valueSerializer.serialize(keyGroup * 10, target);
    });
    writeState(output, options, (target) => {
      writeStateStart(target, 1, keyGroup === 5 ? 1 : 0);
      if (keyGroup === 5) {
        const timer = { timestamp: 99, key: 'k121', namespace: VOID_NAMESPACE };
        timerSerializer.serialize(timer, target);
      }
    });
  }
  return { bytes: output.copyBytes(), offsets };
}

function writeStateStart(output: DataOutputView, stateId: number, entryCount: number): void {
  output.writeShort(stateId);
  output.writeInt(entryCount);
}

/** Compressed, each state of each key group is a framed stream of its own. */
function writeState(
  output: DataOutputView,
  options: { compressed?: boolean },
  write: (target: DataOutputView) => void,
): void {
  if (!options.compressed) {
    write(output);
    return;
  }
  const plain = new DataOutputView();
  write(plain);
  writeSnappyStreamIdentifier(output);
  writeSnappyChunks(output, plain.bytes());
}

function handleOf(
  stream: { bytes: Uint8Array; offsets: number[] },
  range: KeyGroupRange = new KeyGroupRange(5, 6),
): KeyGroupsStateHandle {
  return {
    kind: 'key-groups',
    keyGroupRange: range,
    offsets: stream.offsets,
    stream: { kind: 'byte-stream', handleName: 'test', data: stream.bytes },
    stateHandleId: 'id',
  };
}

async function readGroups(handle: KeyGroupsStateHandle): Promise<HeapKeyGroup[]> {
  const groups: HeapKeyGroup[] = [];
  const options = { numberOfKeyGroups: 128, openStateHandle };
  for await (const group of readKeyGroups(await openKeyedState(handle, options), options)) {
    groups.push(group);
  }
  return groups;
}

describe('heap keyed state', () => {
  it('gives back every entry and timer with the serializers of the stream', async () => {
    const groups = await readGroups(handleOf(heapStream()));

    assert.deepEqual(
      groups.map((group) => group.states[0]?.entries),
      [
        [{ namespace: VOID_NAMESPACE, key: 'k121', value: 50 }],
        [{ namespace: VOID_NAMESPACE, key: 'k9', value: 60 }],
      ],
    );
    assert.deepEqual(
      groups.map((group) => group.states[1]?.elements),
      [[{ timestamp: 99, key: 'k121', namespace: VOID_NAMESPACE }], []],
    );
  });

  it('reads only the key groups that a cut handle names', async () => {
    const { bytes, offsets } = heapStream();
    const whole = handleOf({ bytes, offsets });
    const part = (keyGroup: number) =>
      intersectKeyedState(whole, new KeyGroupRange(keyGroup, keyGroup)) as KeyGroupsStateHandle;

    const fromFirst = await readGroups(part(5));
    const fromLast = await readGroups(part(6));

    assert.deepEqual(
      fromFirst.map((group) => group.keyGroup),
      [5],
    );
    assert.equal(fromLast[0]?.states[0]?.entries[0]?.value, 60);
    assert.equal(fromLast[0]?.endOffset, bytes.length);
  });

  it('finds every place that is not where the key group before it ends', async () => {
    const { bytes, offsets } = heapStream();
    const [first, second] = offsets as [number, number];

    for (const [wrong, message] of [
      [[first, 0], /only 1 have a place/],
      [[0, second], /in header: it does not end where the key groups begin/],
      [[first - 1, second], /in header/],
      [[first, second + 1], /key group 5 cannot begin|in end of key group 5: 1 bytes follow/],
      [[second, first], /in header: it does not end|key group 5 cannot begin at/],
    ] as const) {
      await assert.rejects(readGroups(handleOf({ bytes, offsets: [...wrong] })), {
        code: 'SNAPSHOT_CORRUPT',
        message,
      });
    }
  });

  it('is refused where a key stands in another key group than its hash gives', async () => {
    const { bytes, offsets } = heapStream();
    const at = Buffer.from(bytes).indexOf('k121');
    bytes.set(Buffer.from('k122'), at);

    await assert.rejects(readGroups(handleOf({ bytes, offsets })), {
      code: 'SNAPSHOT_CORRUPT',
      message: /in a key of state 'count': it is of key group \d+, not 5/,
    });
  });

  it('names the key group that is not where the handle says', async () => {
    const handle = handleOf(heapStream(), new KeyGroupRange(4, 5));

    await assert.rejects(readGroups(handle), {
      code: 'SNAPSHOT_CORRUPT',
      message: /inline, test.* in key group: it is 5 instead of 4/,
    });
  });

  it('names state, key group and offset where the bytes end', async () => {
    const { bytes, offsets } = heapStream();
    const cut = { bytes: bytes.subarray(0, bytes.length - 8), offsets };

    await assert.rejects(readGroups(handleOf(cut)), {
      code: 'SNAPSHOT_CORRUPT',
      message: /in value of state 'count' in key group 6: wanted 8 bytes/,
    });
  });

  it('refuses a state that the header does not have', async () => {
    await assert.rejects(readGroups(handleOf(heapStream({ stateId: 2 }))), {
      code: 'SNAPSHOT_CORRUPT',
      message: /in state id in key group 5: 2 is not expected/,
    });
  });

  it('gives the same where it is compressed', async () => {
    const plain = await readGroups(handleOf(heapStream()));

    const compressed = await readGroups(handleOf(heapStream({ compressed: true })));

    const contents = (groups: readonly HeapKeyGroup[]) =>
      groups.flatMap(({ states }) =>
        states.map(({ keyGroup, state, entries, elements }) => ({
          keyGroup,
          name: state.name,
          entries,
          elements,
        })),
      );
    // What holds nothing may be left out.
    const expected = contents(plain).filter((each) => each.entries.length + each.elements.length);
    assert.deepEqual(contents(compressed), expected);
  });

  it('names a version of the header that it cannot read', () => {
    const { bytes } = heapStream();
    bytes[3] = 7;

    assert.throws(() => readKeyedBackendHeader(new DataInputView(bytes)), {
      code: 'SNAPSHOT_VERSION_UNSUPPORTED',
      message: /version 7; 6 can be read/,
    });
  });

  it('is known up to the byte where it was cut, for those who look into it', () => {
    const whole = readKeyedBackendHeader(new DataInputView(heapStream().bytes));
    const output = new DataOutputView();
    writeKeyedBackendHeader(output, whole);
    const bytes = output.copyBytes();

    const start = readKeyedBackendHeaderStart(new DataInputView(bytes.subarray(0, -1)));

    assert.ok(start.error instanceof Error);
    assert.deepEqual(
      start.states.map(({ name }) => name),
      whole.states.slice(0, -1).map(({ name }) => name),
    );
    const { error, states } = readKeyedBackendHeaderStart(new DataInputView(bytes));
    assert.deepEqual([error, states.length], [undefined, whole.states.length]);
  });
});
