import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, describe, it } from 'node:test';
import {
  DataOutputView,
  errorCode,
  FileSystems,
  type StreamElement,
  StreamElementSerializer,
} from '@millrace/core';
import {
  type ChannelStateHandle,
  ChannelStateReader,
  type CheckpointMetadata,
  createStateHandleOpener,
  loadCheckpointMetadata,
  type OpenStateHandle,
  type OperatorState,
} from '@millrace/state';
import { EVENT } from '../interop/interop-event-type.ts';
import { event, FINAL_WATERMARK, type InteropEvent } from '../interop/interop-events.ts';
import { expectedFolder, FIXTURES, readExpected } from './flink-fixtures.ts';

const FIXTURE = join(FIXTURES, expectedFolder('hashmap-unaligned-chk'));
/** Chained behind the source, and so the operator that its task's partitions are stored with. */
const LAST_OF_SOURCE = '6a694cbb2aed2a1e409139dddefc0535';
/** What the source task sends, in the order of its partitions. */
const TARGETS = [
  'win-process',
  'by-string',
  'by-long',
  'by-tuple',
  'by-pojo',
  'ttl-op',
  'broadcast-op',
  'op-state',
  'win-agg',
  'win-session',
];
const SERIALIZER = new StreamElementSerializer(EVENT.createSerializer());
const FUZZ_CASES = 200;

const fileSystems = new FileSystems();
const openFiles = createStateHandleOpener({
  getFileSystem: (uri) => fileSystems.getFileSystem(uri),
});
const { operators: expected } = readExpected('hashmap-unaligned-chk');
let metadata: CheckpointMetadata;

before(async () => {
  ({ metadata } = await loadCheckpointMetadata(fileSystems, FIXTURE));
});

function operatorOf(operatorId: string): OperatorState {
  const found = metadata.operatorStates.find((each) => each.operatorId === operatorId);
  assert.ok(found !== undefined);
  return found;
}

/** Of the only gate's only channel of a subtask behind the source. */
function handlesOf(uid: string, subtask: number): ChannelStateHandle[] {
  const partition = TARGETS.indexOf(uid);
  const target = operatorOf(expected[uid]?.operatorId ?? '').subtaskStates.get(subtask);
  const source = operatorOf(LAST_OF_SOURCE).subtaskStates.get(0);
  return [
    ...(target?.inputChannelState ?? []),
    ...(source?.resultSubpartitionState ?? []).filter(
      ({ partitionIndex, channelIndex }) =>
        partitionIndex === partition && channelIndex === subtask,
    ),
  ];
}

async function read(
  handles: readonly ChannelStateHandle[],
  openStateHandle: OpenStateHandle = openFiles,
): Promise<StreamElement<InteropEvent>[]> {
  const elements: StreamElement<InteropEvent>[] = [];
  const reader = new ChannelStateReader(openStateHandle);
  try {
    await reader.readElements(
      { name: 'the channel', handles, elementSerializer: () => SERIALIZER },
      (element) => elements.push(element),
    );
  } finally {
    await reader.close();
  }
  return elements;
}

function bytesOf(elements: readonly StreamElement<InteropEvent>[]): Buffer {
  const target = new DataOutputView();
  const one = new DataOutputView();
  for (const element of elements) {
    SERIALIZER.serialize(element, one.reset());
    target.writeInt(one.position);
    target.write(one.bytes());
  }
  return Buffer.from(target.copyBytes());
}

/** The bytes of all chunks, without looking into them. */
function chunksOf(handles: readonly ChannelStateHandle[], file: Uint8Array): Buffer {
  return Buffer.concat(
    handles.flatMap(({ delegate, offsets }) => {
      const data = Buffer.from(delegate.kind === 'byte-stream' ? delegate.data : file);
      return offsets.map((at) => data.subarray(at + 4, at + 4 + data.readInt32BE(at)));
    }),
  );
}

describe('channel state of Flink', () => {
  it('is stored with the first and the last operator of a task', () => {
    const withState = (slot: 'inputChannelState' | 'resultSubpartitionState'): string[] =>
      metadata.operatorStates
        .filter(({ subtaskStates }) =>
          [...subtaskStates.values()].some((each) => each[slot].length > 0),
        )
        .map(({ operatorId }) => operatorId);

    assert.deepEqual(withState('inputChannelState'), [expected['by-string']?.operatorId]);
    assert.deepEqual(withState('resultSubpartitionState'), [LAST_OF_SOURCE]);
  });

  it('leaves out the edges of an operator that a broadcast feeds', () => {
    const partitions = operatorOf(LAST_OF_SOURCE)
      .subtaskStates.get(0)
      ?.resultSubpartitionState.map(({ partitionIndex }) => TARGETS[partitionIndex]);

    assert.deepEqual(
      new Set(partitions),
      new Set(TARGETS.filter((name) => name !== 'broadcast-op')),
    );
  });

  for (const subtask of [0, 1]) {
    it(`holds for subtask ${subtask} the events that it had not seen, in order, and their watermark`, async () => {
      const elements = await read(handlesOf('by-string', subtask));

      const last = elements.at(-1);
      const events = elements.slice(0, -1).map((element) => {
        assert.ok(element.kind === 'record');
        assert.equal(element.timestamp, element.value.timestamp);
        return element.value;
      });
      assert.deepEqual(last, { kind: 'watermark', timestamp: FINAL_WATERMARK });
      assert.equal(events.length, [981, 764][subtask]);
      assert.deepEqual(
        events,
        events.map(({ id }) => event(id)),
      );
      const keys = new Set(events.map(({ stringKey }) => stringKey));
      const first = events[0]?.id ?? 0;
      const sent = Array.from({ length: 2000 - first }, (_, i) => event(first + i));
      assert.deepEqual(
        events,
        sent.filter(({ stringKey }) => keys.has(stringKey)),
      );
    });
  }

  it('has nothing in flight to any other operator', async () => {
    for (const uid of TARGETS.filter((name) => name !== 'by-string')) {
      assert.deepEqual(await read([...handlesOf(uid, 0), ...handlesOf(uid, 1)]), [], uid);
    }
  });

  it('is the same bytes when its elements are written again', async () => {
    for (const subtask of [0, 1]) {
      const handles = handlesOf('by-string', subtask);

      assert.ok(bytesOf(await read(handles)).equals(chunksOf(handles, fileBytes(handles))));
    }
  });

  it('that is changed anywhere is refused, or is read as what its bytes then say', async () => {
    const handles = [0, 1].map((subtask) => handlesOf('by-string', subtask));
    const file = fileBytes(handles.flat());
    const random = randomNumbers(20_26);
    let refused = 0;
    for (let i = 0; i < FUZZ_CASES; i++) {
      const changed = Uint8Array.from(file);
      const at = random(file.length);
      changed[at]! ^= 1 << random(8);
      const cut = i % 4 === 0 ? changed.subarray(0, at) : changed;
      const channel = handles[i % 2]!;
      try {
        const elements = await read(channel, openerOf(cut));
        assert.ok(bytesOf(elements).equals(chunksOf(channel, cut)), `byte ${at}, case ${i}`);
      } catch (error) {
        assert.ok(
          ['SNAPSHOT_CORRUPT', 'LONG_OUT_OF_RANGE'].includes(errorCode(error) ?? ''),
          `byte ${at}, case ${i}: ${error}`,
        );
        refused++;
      }
    }
    assert.ok(refused > FUZZ_CASES / 10, `${refused} were refused`);
  });
});

function fileBytes(handles: readonly ChannelStateHandle[]): Uint8Array {
  const path = handles.map(({ delegate }) => delegate).find(({ kind }) => kind !== 'byte-stream');
  assert.ok(path?.kind === 'relative-file');
  return readFileSync(join(dirname(FIXTURE), 'chk-1', path.relativePath));
}

/** Gives `file` for every file. */
function openerOf(file: Uint8Array): OpenStateHandle {
  return async (handle) => {
    if (handle.kind === 'byte-stream') {
      return openFiles(handle);
    }
    return openFiles({ kind: 'byte-stream', handleName: 'the changed file', data: file });
  };
}

/** Whole numbers below a bound, the same each time. */
function randomNumbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator.
    return Math.floor((state / 2 ** 32) * bound);
  };
}
