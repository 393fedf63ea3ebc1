import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Types } from '@millrace/core';
import { RebalancePartitioner, RescalePartitioner } from '../graph/stream-partitioners.ts';
import {
  assignmentOf,
  BY_KEY,
  contentWithEnd,
  idle,
  jobOf,
  keysOf,
  marker,
  openStateHandle,
  record,
  restored,
  watermark,
} from './in-flight-fixture.ts';
import { wireJob } from './job-wiring.ts';
import { restoreChannelState } from './restore-channel-state.ts';

describe('records in flight', () => {
  it('are in their channels again, first what had come and then what waited, with event time', async () => {
    const [a = 0, b = 0] = keysOf(0, 2);
    const [c = 0] = keysOf(1, 2);
    const ends = { up: 2, down: 2 };
    const channels = [
      { from: 0, to: 0, held: [record(a), watermark(5), record(b)] },
      { from: 1, to: 1, held: [record(c), marker] },
      { from: 1, to: 0, held: [] },
    ];

    const found = await restored(jobOf(BY_KEY, ends), assignmentOf(channels, ends));

    assert.deepEqual(found, {
      '0>0': [`${a}`, 'wm 5', `${b}`],
      '1>1': [`${c}`, 'latency-marker'],
    });
  });

  it('leave every channel active, as its sender begins active and says only what changes', async () => {
    const one = { up: 1, down: 1 };
    const channels = [{ from: 0, to: 0, held: [watermark(7), idle] }];

    const found = await restored(jobOf(BY_KEY, one), assignmentOf(channels, one));

    assert.deepEqual(found, { '0>0': ['wm 7'] });
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
