import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DataOutputView,
  type StreamElement,
  StreamElementSerializer,
  type TypeInformation,
  Types,
} from '@millrace/core';
import type { ChannelStateHandle, OpenStateHandle, StateAssignment } from '@millrace/state';
import { CustomPartitionerWrapper } from '../graph/custom-partitioner-wrapper.ts';
import type { JobEdge, JobGraph, JobVertex } from '../graph/job-graph.ts';
import { KeyGroupStreamPartitioner } from '../graph/key-group-stream-partitioner.ts';
import type { StreamPartitioner } from '../graph/stream-partitioner.ts';
import {
  BroadcastPartitioner,
  ForwardPartitioner,
  RebalancePartitioner,
  RescalePartitioner,
} from '../graph/stream-partitioners.ts';
import type { ChannelEvent } from '../network/channel-event.ts';
import { LocalChannel } from '../network/local-channel.ts';
import { wireJob } from './job-wiring.ts';
import { restoreChannelState } from './restore-channel-state.ts';

const NUMBER = new StreamElementSerializer(Types.INT.createSerializer());
const BY_KEY = new KeyGroupStreamPartitioner((value: number) => value, Types.INT);
const MAX_PARALLELISM = 8;

interface Ends {
  readonly up: number;
  readonly down: number;
}

/** `in -> head`, then an edge, then `out`; the side that forks off `in` is not the last operator. */
function jobOf(
  partitioner: StreamPartitioner<never>,
  { up, down }: Ends,
  type: TypeInformation<unknown> = Types.INT as TypeInformation<unknown>,
): JobGraph {
  const factory = { kind: 'one-input' } as JobVertex['operators'][number]['factory'];
  const operator = (operatorId: string, chainedInput: number) => ({
    operatorId,
    name: operatorId,
    uid: operatorId,
    userProvidedHash: undefined,
    factory,
    chainedInput,
    sideOutputId: undefined,
  });
  const vertex = (id: string, parallelism: number) => ({
    id,
    name: id,
    parallelism,
    maxParallelism: MAX_PARALLELISM,
    maxParallelismExplicit: true,
    slotSharingGroup: 'default',
    batchInputs: undefined,
  });
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
      {
        ...vertex('in', up),
        operators: [operator('in', -1), operator('last', 0), operator('side', 0)],
        inputs: [],
      },
      { ...vertex('out', down), operators: [operator('out', -1)], inputs: [edge] },
    ],
  };
}

const record = (value: number): StreamElement<number> => ({
  kind: 'record',
  value,
  timestamp: value,
});
const watermark = (timestamp: number): StreamElement<number> => ({ kind: 'watermark', timestamp });
const idle: StreamElement<number> = { kind: 'watermark-status', isIdle: true };
const marker: StreamElement<number> = {
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

const openStateHandle: OpenStateHandle = async (handle) => {
  assert.equal(handle.kind, 'byte-stream');
  return {
    sizeBytes: handle.data.length,
    read: async (position, length) => handle.data.slice(position, position + length),
    close: async () => {},
  };
};

/** What was in flight from one old subtask to another. */
type InFlight = readonly {
  readonly from: number;
  readonly to: number;
  readonly held: readonly StreamElement<number>[];
}[];

/** As if nine bytes of each channel had come to its input, and the rest waited where it was sent. */
function assignmentOf(
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
  const operatorOf = (
    parallelism: number,
    channelState: {
      inputChannels?: ChannelStateHandle[];
      resultSubpartitions?: ChannelStateHandle[];
    },
  ) => ({
    restoredMaxParallelism: MAX_PARALLELISM,
    fullyFinished: false,
    coordinatorState: undefined,
    channelState: { parallelism, inputChannels: [], resultSubpartitions: [], ...channelState },
    subtasks: [],
  });
  return new Map([
    [operator, operatorOf(old.up, { resultSubpartitions: handles('result') })],
    ['out', operatorOf(old.down, { inputChannels: handles('input') })],
  ]);
}

/** What each channel then holds, by its ends: `0>1`, but for the mark of its end. */
async function restored(
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

function contentWithEnd(channel: LocalChannel): string[] {
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
function keysOf(subtask: number, parallelism: number): number[] {
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

describe('records in flight', () => {
  it('are in their channels again, first what had come and then what waited, with event time', async () => {
    const [a = 0, b = 0] = keysOf(0, 2);
    const [c = 0] = keysOf(1, 2);
    const ends = { up: 2, down: 2 };
    const channels = [
      { from: 0, to: 0, held: [record(a), watermark(5), record(b)] },
      { from: 1, to: 1, held: [record(c), marker, idle] },
      { from: 1, to: 0, held: [] },
    ];

    const found = await restored(jobOf(BY_KEY, ends), assignmentOf(channels, ends));

    assert.deepEqual(found, {
      '0>0': [`${a}`, 'wm 5', `${b}`],
      '1>1': [`${c}`, 'latency-marker', 'idle'],
    });
  });

  it('have their end marked in every channel of a task that gets some, and in no other', async () => {
    const [a = 0] = keysOf(0, 2);
    const ends = { up: 2, down: 2 };
    const jobGraph = jobOf(BY_KEY, ends);
    const wiring = wireJob(jobGraph, { channelCapacity: 4, random: () => 0 });
    const assignment = assignmentOf([{ from: 1, to: 0, held: [record(a)] }], ends);

    await restoreChannelState({ jobGraph, assignment, wiring, openStateHandle });

    const content = (wiring.get('out') ?? []).map((subtask) =>
      subtask?.inputs.map(({ channel }) => contentWithEnd(channel)),
    );
    const end = 'end-of-channel-state';
    assert.deepEqual(content, [
      [[end], [`${a}`, end]],
      [[], []],
    ]);
  });

  for (const [what, up, down, places] of [
    [
      'wide',
      2,
      4,
      { subpartition: (to: number, from: number) => to - 2 * from, gateChannel: () => 0 },
    ],
    ['narrow', 4, 2, { subpartition: () => 0, gateChannel: (from: number) => from % 2 }],
  ] as const) {
    it(`find the channels of a rescale edge that gets ${what}`, async () => {
      const ends = { up, down };
      const [from, to] = up < down ? [1, 2] : [3, 1];
      const channels = [{ from, to, held: [record(1)] }];

      const found = await restored(
        jobOf(new RescalePartitioner(), ends),
        assignmentOf(channels, ends, places),
      );

      assert.deepEqual(found, { [`${from}>${to}`]: ['1'] });
    });
  }

  it('of a type that is not declared cannot be read, but nothing can', async () => {
    const ends = { up: 1, down: 1 };
    const graph = jobOf(new RebalancePartitioner(), ends, Types.GENERIC);

    await assert.rejects(
      restored(graph, assignmentOf([{ from: 0, to: 0, held: [record(1)] }], ends)),
      {
        code: 'UNSUPPORTED',
        message: /from 'in' to 'out', whose type is not declared; call returns\(\)/,
      },
    );
    assert.deepEqual(await restored(graph, assignmentOf([{ from: 0, to: 0, held: [] }], ends)), {});
  });

  it('are refused where an operator is not the last of its chain any more', async () => {
    const ends = { up: 1, down: 1 };
    const channels = [{ from: 0, to: 0, held: [record(1), record(2)] }];
    const elsewhere = assignmentOf(channels, ends, { operator: 'side' });

    await assert.rejects(restored(jobOf(new RebalancePartitioner(), ends), elsewhere), {
      code: 'CHANNEL_STATE_MISMATCH',
      message:
        /of operator 'side' \(side\), subtask 0, result partition 3, subpartition 0, and no edge/,
    });
  });

  it('are refused with a key of another subtask: their edge was another one', async () => {
    const ends = { up: 1, down: 2 };
    const [key = 0] = keysOf(1, 2);
    const channels = [{ from: 0, to: 0, held: [record(key)] }];

    await assert.rejects(restored(jobOf(BY_KEY, ends), assignmentOf(channels, ends)), {
      code: 'CHANNEL_STATE_MISMATCH',
      message: /channel from 'in' \(1\/1\) to 'out' \(1\/2\) has a key of subtask 2/,
    });
  });

  it('name the channel when they end in the middle', async () => {
    const ends = { up: 1, down: 1 };
    const assignment = assignmentOf([{ from: 0, to: 0, held: [record(1)] }], ends);
    const only = new Map([...assignment].filter(([id]) => id === 'out'));

    await assert.rejects(restored(jobOf(new RebalancePartitioner(), ends), only), {
      code: 'SNAPSHOT_CORRUPT',
      message:
        /from 'in' \(1\/1\) to 'out' \(1\/1\), declared as Integer: it has 17 bytes, of which only 9/,
    });
  });
});

describe('records in flight at another parallelism', () => {
  const everything = (old: Ends): InFlight =>
    Array.from({ length: old.up }, (_, from) =>
      Array.from({ length: old.down }, (_, to) => ({
        from,
        to,
        held: [...keysOf(to, old.down).map(record), watermark(100 * from + 10 * to)],
      })),
    ).flat();

  for (const [old, now] of [
    [
      { up: 1, down: 2 },
      { up: 1, down: 3 },
    ],
    [
      { up: 3, down: 4 },
      { up: 2, down: 1 },
    ],
    [
      { up: 2, down: 3 },
      { up: 3, down: 3 },
    ],
    [
      { up: 1, down: 1 },
      { up: 4, down: 8 },
    ],
  ] as const) {
    it(`go to the owner of their key: from ${old.up} and ${old.down} to ${now.up} and ${now.down}`, async () => {
      const found = await restored(jobOf(BY_KEY, now), assignmentOf(everything(old), old));

      for (let down = 0; down < now.down; down++) {
        const records = Object.entries(found)
          .filter(([ends]) => ends.endsWith(`>${down}`))
          .flatMap(([, held]) => held.filter((each) => !each.startsWith('wm')));
        const wanted = Array.from({ length: old.up }, () => keysOf(down, now.down)).flat();
        assert.deepEqual(
          records.map(Number).sort((a, b) => a - b),
          wanted.sort((a, b) => a - b),
        );
      }
    });
  }

  it('are followed by the smallest watermark of the channels that a new one takes up', async () => {
    const found = await restored(
      jobOf(BY_KEY, { up: 1, down: 1 }),
      assignmentOf(
        [
          { from: 0, to: 0, held: [watermark(7)] },
          { from: 0, to: 1, held: [watermark(3), watermark(5)] },
        ],
        { up: 1, down: 2 },
      ),
    );

    assert.deepEqual(found, { '0>0': ['wm 5'] });
  });

  it('bring no watermark where one of those channels had none, and idle only where all were', async () => {
    const one = { up: 1, down: 1 };
    const two = { up: 1, down: 2 };
    const only = [{ from: 0, to: 0, held: [watermark(7)] }];
    const oneIdle = [...only, { from: 0, to: 1, held: [idle] }];
    const allIdle = [
      { from: 0, to: 0, held: [watermark(7), idle] },
      { from: 0, to: 1, held: [idle] },
    ];

    assert.deepEqual(await restored(jobOf(BY_KEY, one), assignmentOf(only, two)), {});
    assert.deepEqual(await restored(jobOf(BY_KEY, one), assignmentOf(oneIdle, two)), {
      '0>0': ['wm 7'],
    });
    assert.deepEqual(await restored(jobOf(BY_KEY, one), assignmentOf(allIdle, two)), {
      '0>0': ['idle'],
    });
  });

  it('go where a partitioner of the program says, and round where any subtask will do', async () => {
    const old = { up: 1, down: 3 };
    const channels = [0, 1, 2].map((to) => ({ from: 0, to, held: [record(to), record(to + 3)] }));
    const custom = new CustomPartitionerWrapper(
      (key: number, n) => key % n,
      (value: number) => value,
    );

    assert.deepEqual(
      await restored(jobOf(custom, { up: 1, down: 2 }), assignmentOf(channels, old)),
      {
        '0>0': ['0', '4', '2'],
        '0>1': ['3', '1', '5'],
      },
    );
    assert.deepEqual(
      await restored(
        jobOf(new RebalancePartitioner(), { up: 2, down: 2 }),
        assignmentOf(channels, old),
      ),
      { '0>0': ['0', '3', '2', '5'], '0>1': ['1', '4'] },
    );
  });

  for (const partitioner of [
    new ForwardPartitioner(),
    new RescalePartitioner(),
    new BroadcastPartitioner(),
  ]) {
    it(`are refused on a ${partitioner.kind} edge, unless there are none`, async () => {
      const old = { up: 2, down: 2 };
      const graph = jobOf(partitioner, { up: 1, down: 1 });
      const places =
        partitioner.kind === 'broadcast' ? {} : { subpartition: () => 0, gateChannel: () => 0 };
      const full = assignmentOf([{ from: 1, to: 1, held: [record(1)] }], old, places);

      await assert.rejects(restored(graph, full), {
        code: 'UNSUPPORTED',
        message: /taken at parallelism 2 and 2; here they have 1 and 1, and such an edge cannot/,
      });
      const empty = assignmentOf([{ from: 1, to: 1, held: [] }], old, places);
      assert.deepEqual(await restored(graph, empty), {});
    });
  }
});
