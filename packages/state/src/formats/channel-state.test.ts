import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type StreamElement, StreamElementSerializer, Types } from '@millrace/core';
import type { ChannelStateHandle } from '../snapshot/operator-state.ts';
import type { OpenStateHandle } from '../snapshot/state-handle-reader.ts';
import type { FileStateHandle } from '../snapshot/stream-state-handle.ts';
import { createStateHandleOpener } from '../storage/state-handle-opener.ts';
import { ChannelStateReader } from './channel-state.ts';
import { elementBytes, FIRST_CHANNEL, inlineChannelState } from './channel-state-fixture.ts';

const SERIALIZER = new StreamElementSerializer(Types.STRING.createSerializer());
const opener = createStateHandleOpener({
  getFileSystem: () => {
    throw new Error('all of it is inline');
  },
});

const ELEMENTS: StreamElement<string>[] = [
  { kind: 'record', value: 'a', timestamp: 5 },
  { kind: 'record', value: 'no timestamp', timestamp: -Infinity },
  { kind: 'watermark', timestamp: 7 },
  { kind: 'latency-marker', markedTime: 8, operatorId: '0f'.repeat(16), subtaskIndex: 2 },
  { kind: 'watermark-status', isIdle: true },
  { kind: 'record-attributes', isBacklog: true },
  { kind: 'internal-watermark', timestamp: 9, subpartitionIndex: 1 },
];

async function read(handles: readonly ChannelStateHandle[]): Promise<StreamElement<string>[]> {
  const elements: StreamElement<string>[] = [];
  const reader = new ChannelStateReader(opener);
  await reader.readElements(
    { name: 'the channel', handles, elementSerializer: () => SERIALIZER },
    (element) => elements.push(element),
  );
  await reader.close();
  return elements;
}

/** The bytes of one channel, changed. */
function broken(change: (bytes: Uint8Array) => Uint8Array): ChannelStateHandle {
  return inlineChannelState(FIRST_CHANNEL, change(elementBytes(ELEMENTS, SERIALIZER)));
}

function withData(data: readonly number[], offsets: readonly number[] = [4]): ChannelStateHandle {
  const handle = inlineChannelState(FIRST_CHANNEL, new Uint8Array());
  const delegate = { ...handle.delegate, data: Uint8Array.from(data) };
  return { ...handle, delegate: delegate as ChannelStateHandle['delegate'], offsets };
}

describe('channel state', () => {
  it('gives every kind of element, cut inside one between input channel and subpartition', async () => {
    const bytes = elementBytes(ELEMENTS, SERIALIZER);
    const input = inlineChannelState(FIRST_CHANNEL, bytes.slice(0, 21));
    const result = inlineChannelState(FIRST_CHANNEL, bytes.slice(21));

    assert.deepEqual(await read([input, result]), ELEMENTS);
  });

  it('is empty where chunks have no bytes, and then needs no type', async () => {
    const reader = new ChannelStateReader(opener);
    const handle = inlineChannelState(FIRST_CHANNEL, new Uint8Array());
    const elementSerializer = (): typeof SERIALIZER => assert.fail('no type is needed');

    await reader.readElements({ name: 'it', handles: [handle], elementSerializer }, () =>
      assert.fail(),
    );

    assert.equal(await reader.isEmpty(handle, 'it'), true);
    assert.equal(
      await reader.isEmpty(
        broken((bytes) => bytes),
        'it',
      ),
      false,
    );
  });

  const corrupt: [string, ChannelStateHandle, RegExp][] = [
    [
      'ends inside an element',
      broken((bytes) => bytes.slice(0, -1)),
      /byte 102, in an element.*17 bytes, of which only 16/,
    ],
    ['ends inside a length', broken((bytes) => bytes.slice(0, 16)), /byte 23.*only 1 are there/],
    [
      'has an element of no bytes',
      broken(() => Uint8Array.of(0, 0, 0, 0)),
      /byte 8, in the length.*it is 0/,
    ],
    [
      'has an element of a length below zero',
      broken(() => Uint8Array.of(255, 0, 0, 0)),
      /byte 8, in the length of an element/,
    ],
    [
      'has an element that is longer than its type takes',
      broken((bytes) => Uint8Array.of(0, 0, 0, 12, ...bytes.slice(4, 16))),
      /it has 12 bytes, but its type takes 11/,
    ],
    [
      'has an element of no known kind',
      broken(() => Uint8Array.of(0, 0, 0, 1, 7)),
      /byte 8, in an element of the channel: .*0 to 6, found 7/,
    ],
    ['has another version', withData([0, 0, 0, 1, 0, 0, 0, 0]), /byte 0, in the version.*it is 1/],
    ['is shorter than its version', withData([0, 0]), /only 2 bytes/],
    ['has a chunk beyond its end', withData([0, 0, 0, 0, 0, 0, 0, 5, 1]), /byte 4.*1 bytes follow/],
    ['has a chunk of a length below zero', withData([0, 0, 0, 0, 255, 0, 0, 0]), /byte 4.*it is -/],
    ['has an offset beyond its end', withData([0, 0, 0, 0], [9]), /byte 9, in the offset/],
    ['has an offset in its version', withData([0, 0, 0, 0, 0], [0]), /byte 0, in the offset/],
  ];
  for (const [what, handle, message] of corrupt) {
    it(`that ${what} is refused with file, byte and channel`, async () => {
      await assert.rejects(read([handle]), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'SNAPSHOT_CORRUPT');
        assert.match(error.message, /^channel \(inside the metadata\) is corrupt.*the channel/);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});

/** Files of channel state with nothing in flight; counts those that are open. */
class TrackedFiles {
  open = 0;
  readonly openStateHandle: OpenStateHandle;

  constructor(fails: { readonly read?: string; readonly close?: string }) {
    this.openStateHandle = async (handle) => {
      const { path } = handle as FileStateHandle;
      const reader = await opener(inlineChannelState(FIRST_CHANNEL, new Uint8Array()).delegate);
      this.open++;
      return {
        sizeBytes: reader.sizeBytes,
        read: (position, length) =>
          fails.read === path
            ? Promise.reject(new Error(`no read of ${path}`))
            : reader.read(position, length),
        close: async () => {
          this.open--;
          if (fails.close === path) {
            throw new Error(`no close of ${path}`);
          }
        },
      };
    };
  }

  static handle(path: string): ChannelStateHandle {
    const inline = inlineChannelState(FIRST_CHANNEL, new Uint8Array());
    return { ...inline, delegate: { kind: 'file', path, sizeBytes: inline.sizeBytes } };
  }
}

describe('files of channel state', () => {
  it('are closed when they cannot be read', async () => {
    const files = new TrackedFiles({ read: 'memory:/a', close: 'memory:/a' });
    const reader = new ChannelStateReader(files.openStateHandle);

    await assert.rejects(reader.isEmpty(TrackedFiles.handle('memory:/a'), 'it'), /no read/);
    await reader.close();

    assert.equal(files.open, 0);
  });

  it('are all closed when closing one fails, and that is told', async () => {
    const files = new TrackedFiles({ close: 'memory:/a' });
    const reader = new ChannelStateReader(files.openStateHandle);
    for (const path of ['memory:/a', 'memory:/b']) {
      assert.equal(await reader.isEmpty(TrackedFiles.handle(path), 'it'), true);
    }

    await assert.rejects(reader.close(), /no close of memory:\/a/);

    assert.equal(files.open, 0);
  });
});
