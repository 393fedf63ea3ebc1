/** A job of two tasks with any records in flight between them, and what each channel then holds. */
import assert from 'node:assert/strict';
import {
  DataOutputView,
  type StreamElement,
  StreamElementSerializer,
  type TypeInformation,
  Types,
} from '@millrace/core';
import type { ChannelStateHandle, OpenStateHandle, StateAssignment } from '@millrace/state';
import type { JobEdge, JobGraph, JobVertex } from '../graph/job-graph.ts';
import { KeyGroupStreamPartitioner } from '../graph/key-group-stream-partitioner.ts';
import type { StreamPartitioner } from '../graph/stream-partitioner.ts';
import { RescalePartitioner } from '../graph/stream-partitioners.ts';
import type { ChannelEvent } from '../network/channel-event.ts';
import { LocalChannel } from '../network/local-channel.ts';
import { wireJob } from './job-wiring.ts';
import { restoreChannelState } from './restore-channel-state.ts';

const NUMBER = new StreamElementSerializer(Types.INT.createSerializer());
export const BY_KEY: KeyGroupStreamPartitioner<number, number> = new KeyGroupStreamPartitioner(
  (value: number) => value,
  Types.INT,
);
const MAX_PARALLELISM = 8;

export interface Ends {
  readonly up: number;
  readonly down: number;
}

function jobOperator(operatorId: string, chainedInput: number): JobVertex['operators'][number] {
  return {
    operatorId,
    name: operatorId,
    uid: operatorId,
    userProvidedHash: undefined,
    factory: { kind: 'one-input' } as JobVertex['operators'][number]['factory'],
    chainedInput,
    sideOutputId: undefined,
  };
}

function jobVertex(
  id: string,
  parallelism: number,
  parts: Pick<JobVertex, 'operators' | 'inputs'>,
): JobVertex {
  return {
    id,
    name: id,
    parallelism,
    maxParallelism: MAX_PARALLELISM,
    maxParallelismExplicit: true,
    slotSharingGroup: 'default',
    batchInputs: undefined,
    ...parts,
  };
}

/** With `far` before the first vertex. */
export function fedBy({ vertices, ...job }: JobGraph, parallelism: number): JobGraph {
  const [fed, ...others] = vertices;
  assert.ok(fed);
  const edge: JobEdge = {
    sourceVertexId: 'far',
    sourceOperatorIndex: 0,
    sideOutputId: undefined,
    inputIndex: 0,
    partitionIndex: 0,
    gateIndex: 0,
    partitioner: new RescalePartitioner(),
    type: Types.INT as TypeInformation<unknown>,
  };
  const far = jobVertex('far', parallelism, { operators: [jobOperator('far', -1)], inputs: [] });
  return { ...job, vertices: [far, { ...fed, inputs: [edge] }, ...others] };
}

/** `in -> head`, then an edge, then `out`; the side that forks off `in` is not the last operator. */
export function jobOf(
  partitioner: StreamPartitioner<never>,
  { up, down }: Ends,
  type: TypeInformation<unknown> = Types.INT as TypeInformation<unknown>,
): JobGraph {
  const edge: JobEdge = {
    sourceVertexId: 'in',
    sourceOperatorIndex: 0,
    sideOutputId: undefined,
    inputIndex: 0,
    partitionIndex: 3,
    gateIndex: 2,
    partitioner: partitioner as StreamPartitioner<unknown>,
    type,
  };
  return {
    jobName: 'job',
    batchExecution: false,
    vertices: [
      jobVertex('in', up, {
        operators: [jobOperator('in', -1), jobOperator('last', 0), jobOperator('side', 0)],
        inputs: [],
      }),
      jobVertex('out', down, { operators: [jobOperator('out', -1)], inputs: [edge] }),
    ],
  };
}

export const record = (value: number): StreamElement<number> => ({
  kind: 'record',
  value,
  timestamp: value,
});
export const watermark = (timestamp: number): StreamElement<number> => ({
  kind: 'watermark',
  timestamp,
});
export const idle: StreamElement<number> = { kind: 'watermark-status', isIdle: true };
export const marker: StreamElement<number> = {
  kind: 'latency-marker',
  markedTime: 4,
  operatorId: '0f'.repeat(16),
  subtaskIndex: 2,
};

function bytesOf(elements: readonly StreamElement<number>[]): Uint8Array {
  const target = new DataOutputView();
  for (const element of elements) {
    const one = new DataOutputView();
    NUMBER.serialize(element, one);
    target.writeInt(one.position);
    target.write(one.bytes());
  }
  return target.copyBytes();
}

function handleOf(
  place: Pick<ChannelStateHandle, 'subtaskIndex' | 'partitionIndex' | 'channelIndex'>,
  bytes: Uint8Array,
): ChannelStateHandle {
  const target = new DataOutputView();
  target.writeInt(0);
  target.writeInt(bytes.length);
  target.write(bytes);
  const data = target.copyBytes();
  const delegate = { kind: 'byte-stream' as const, handleName: 'channel', data };
  return { ...place, offsets: [4], sizeBytes: data.length, delegate };
}

export const openStateHandle: OpenStateHandle = async (handle) => {
  assert.equal(handle.kind, 'byte-stream');
  return {
    sizeBytes: handle.data.length,
    read: async (position, length) => handle.data.slice(position, position + length),
    close: async () => {},
  };
};

/** What was in flight from one old subtask to another. */
export type InFlight = readonly {
  readonly from: number;
  readonly to: number;
  readonly held: readonly StreamElement<number>[];
}[];

function operatorOf(
  parallelism: number,
  channelState: {
    inputChannels?: ChannelStateHandle[];
    resultSubpartitions?: ChannelStateHandle[];
  },
) {
  return {
    restoredMaxParallelism: MAX_PARALLELISM,
    fullyFinished: false,
    coordinatorState: undefined,
    channelState: { parallelism, inputChannels: [], resultSubpartitions: [], ...channelState },
    subtasks: [],
  };
}

export function withOperator(
  assignment: StateAssignment,
  id: string,
  parallelism: number,
): StateAssignment {
  return new Map([...assignment, [id, operatorOf(parallelism, {})]]);
}

/** As if nine bytes of each channel had come to its input, and the rest waited where it was sent. */
export function assignmentOf(
  channels: InFlight,
  old: Ends,
  at: {
    operator?: string;
    subpartition?: (to: number, from: number) => number;
    gateChannel?: (from: number) => number;
  } = {},
): StateAssignment {
  const { operator = 'last', subpartition = (to) => to, gateChannel = (from) => from } = at;
  const handles = (side: 'input' | 'result') =>
    channels.map(({ from, to, held }) => {
      const bytes = bytesOf(held);
      return side === 'input'
        ? handleOf(
            { subtaskIndex: to, partitionIndex: 2, channelIndex: gateChannel(from) },
            bytes.slice(0, 9),
          )
        : handleOf(
            { subtaskIndex: from, partitionIndex: 3, channelIndex: subpartition(to, from) },
            bytes.slice(9),
          );
    });
  return new Map([
    ...['in', 'last', 'side'].map((id) => [id, operatorOf(old.up, {})] as const),
    [operator, operatorOf(old.up, { resultSubpartitions: handles('result') })],
    ['out', operatorOf(old.down, { inputChannels: handles('input') })],
  ]);
}

/** What each channel then holds, by its ends: `0>1`, but for the mark of its end. */
export async function restored(
  jobGraph: JobGraph,
  assignment: StateAssignment,
): Promise<Record<string, string[]>> {
  const wiring = wireJob(jobGraph, {
    channelCapacity: 4,
    random: () => 0,
  });
  await restoreChannelState({ jobGraph, assignment, wiring, openStateHandle });
  return Object.fromEntries(
    (wiring.get('out') ?? []).flatMap((subtask, down) =>
      (subtask?.inputs ?? [])
        .map(({ upstreamSubtask, channel }): [string, string[]] => [
          `${upstreamSubtask}>${down}`,
          contentOf(channel),
        ])
        .filter(([, content]) => content.length > 0),
    ),
  );
}

function contentOf(channel: LocalChannel): string[] {
  return contentWithEnd(channel).filter((each) => each !== 'end-of-channel-state');
}

export function contentWithEnd(channel: LocalChannel): string[] {
  return Array.from({ length: channel.size }, (_, i) => {
    const at = (channel.head + i) & channel.mask;
    const value = channel.values[at];
    if (!LocalChannel.isEvent(channel.timestamps[at] as number)) {
      assert.equal(channel.timestamps[at], value);
      return String(value);
    }
    const event = value as ChannelEvent;
    return event.kind === 'watermark'
      ? `wm ${event.watermark}`
      : event.kind === 'watermark-status'
        ? event.status
        : event.kind;
  });
}

/** Keys of each of `parallelism` subtasks, in order. */
export function keysOf(subtask: number, parallelism: number): number[] {
  const selector = BY_KEY.createChannelSelector({
    upstreamSubtask: 0,
    upstreamParallelism: 1,
    downstreamParallelism: parallelism,
    downstreamMaxParallelism: MAX_PARALLELISM,
    senderName: 'numbers',
    receiverName: 'counts',
    random: () => 0,
  });
  return Array.from({ length: 64 }, (_, key) => key).filter(
    (key) => selector.selectChannel(key) === subtask,
  );
}
