/**
 * Unaligned checkpoints by hand, of `numbers -> spread`, by key to `seen`: with any records in flight
 * between any subtasks, cut anywhere.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataOutputView, type StreamElement, StreamElementSerializer } from '@millrace/core';
import {
  type ChannelStateHandle,
  EMPTY_SUBTASK_STATE,
  type OperatorState,
  operatorIdFromUid,
  writeCheckpointMetadata,
} from '@millrace/state';
import { type TypeInformation, Types } from 'millrace';

export const MAX_PARALLELISM = 16;
/** A key and a timestamp. */
export type Pair = [string, number];
export const PAIR: TypeInformation<Pair> = Types.TUPLE(Types.STRING, Types.INT);
const SERIALIZER = new StreamElementSerializer(PAIR.createSerializer());

/** How many subtasks send and receive. */
export interface Ends {
  readonly spread: number;
  readonly seen: number;
}

export interface ChannelHeld {
  readonly from: number;
  readonly to: number;
  readonly elements: readonly StreamElement<Pair>[];
  /** So many bytes had come to the input; the rest waited where it was sent. */
  readonly arrivedBytes: number;
  /** So many bytes fill a buffer. */
  readonly bufferBytes: number;
}

/** Writes `_metadata`, and one file that all channels share. */
export function writeInFlightSnapshot(
  path: string,
  {
    ends,
    channels,
    upstreamEnded,
  }: {
    readonly ends: Ends;
    readonly channels: readonly ChannelHeld[];
    /** All that sends has ended: nothing waits there. */
    readonly upstreamEnded: boolean;
  },
): void {
  const file = new ChannelFile();
  const inputs: ChannelStateHandle[] = [];
  const results: ChannelStateHandle[] = [];
  for (const { from, to, elements, arrivedBytes, bufferBytes } of channels) {
    const bytes = bytesOf(elements);
    const cut = upstreamEnded ? bytes.length : Math.min(arrivedBytes, bytes.length);
    const [arrived, waiting] = [bytes.subarray(0, cut), bytes.subarray(cut)];
    inputs.push(file.add({ subtaskIndex: to, channelIndex: from }, arrived, bufferBytes));
    results.push(file.add({ subtaskIndex: from, channelIndex: to }, waiting, bufferBytes));
  }
  const ended = { fullyFinished: true };
  const sent = upstreamEnded ? ended : { subtaskStates: file.bySubtask('result', results) };
  mkdirSync(path);
  writeFileSync(join(path, 'channels'), file.bytes);
  writeFileSync(
    join(path, '_metadata'),
    metadataOf([
      operatorState('numbers', 1, upstreamEnded ? ended : {}),
      operatorState('spread', ends.spread, sent),
      operatorState('seen', ends.seen, { subtaskStates: file.bySubtask('input', inputs) }),
    ]),
  );
}

class ChannelFile {
  private readonly target = new DataOutputView();

  constructor() {
    this.target.writeInt(0);
  }

  get bytes(): Uint8Array {
    return this.target.bytes();
  }

  add(
    place: Pick<ChannelStateHandle, 'subtaskIndex' | 'channelIndex'>,
    data: Uint8Array,
    bufferBytes: number,
  ): ChannelStateHandle {
    const offsets: number[] = [];
    for (let at = 0; at < data.length || at === 0; at += bufferBytes) {
      const chunk = data.subarray(at, at + bufferBytes);
      offsets.push(this.target.position);
      this.target.writeInt(chunk.length);
      this.target.write(chunk);
    }
    const sizeBytes = data.length + 4 * offsets.length;
    return { ...place, partitionIndex: 0, offsets, sizeBytes, delegate: this.handle };
  }

  /** Once all channels are in the file. */
  bySubtask(
    side: 'input' | 'result',
    handles: readonly ChannelStateHandle[],
  ): OperatorState['subtaskStates'] {
    const slot = side === 'input' ? 'inputChannelState' : 'resultSubpartitionState';
    const subtasks = new Set(handles.map(({ subtaskIndex }) => subtaskIndex));
    return new Map(
      [...subtasks].map((subtask) => {
        const own = handles
          .filter(({ subtaskIndex }) => subtaskIndex === subtask)
          .map((handle) => ({ ...handle, delegate: this.handle }));
        return [subtask, { ...EMPTY_SUBTASK_STATE, [slot]: own }];
      }),
    );
  }

  private get handle(): ChannelStateHandle['delegate'] {
    const sizeBytes = this.target.position;
    return { kind: 'relative-file', relativePath: 'channels', path: '', sizeBytes };
  }
}

function bytesOf(elements: readonly StreamElement<Pair>[]): Uint8Array {
  const target = new DataOutputView();
  const one = new DataOutputView();
  for (const element of elements) {
    SERIALIZER.serialize(element, one.reset());
    target.writeInt(one.position);
    target.write(one.bytes());
  }
  return target.copyBytes();
}

function operatorState(
  uid: string,
  parallelism: number,
  change: Partial<OperatorState>,
): OperatorState {
  return {
    operatorId: operatorIdFromUid(uid),
    parallelism,
    maxParallelism: MAX_PARALLELISM,
    coordinatorState: undefined,
    fullyFinished: false,
    subtaskStates: new Map(),
    ...change,
  };
}

function metadataOf(operatorStates: readonly OperatorState[]): Uint8Array {
  return writeCheckpointMetadata({
    checkpointId: 1,
    masterStates: [],
    operatorStates,
    properties: {
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
      discardFailed: false,
      discardSuspended: false,
    },
  });
}
