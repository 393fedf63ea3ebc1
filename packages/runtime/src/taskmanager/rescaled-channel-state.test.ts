import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CustomPartitionerWrapper } from '../graph/custom-partitioner-wrapper.ts';
import {
  BroadcastPartitioner,
  ForwardPartitioner,
  RebalancePartitioner,
  RescalePartitioner,
} from '../graph/stream-partitioners.ts';
import {
  assignmentOf,
  BY_KEY,
  type Ends,
  fedBy,
  type InFlight,
  idle,
  jobOf,
  keysOf,
  record,
  restored,
  watermark,
  withOperator,
} from './in-flight-fixture.ts';

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

  it('bring no watermark where one of those channels had none, unless it was idle', async () => {
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
    assert.deepEqual(await restored(jobOf(BY_KEY, one), assignmentOf(allIdle, two)), {});
  });

  it('are followed in every channel by the smallest watermark of all senders, as they share out their splits anew', async () => {
    const old = { up: 3, down: 1 };
    const channels = [20, 10, 30].map((time, from) => ({ from, to: 0, held: [watermark(time)] }));
    const [, ...withoutFirst] = channels;

    assert.deepEqual(
      await restored(jobOf(BY_KEY, { up: 2, down: 1 }), assignmentOf(channels, old)),
      { '0>0': ['wm 10'], '1>0': ['wm 10'] },
    );
    assert.deepEqual(
      await restored(jobOf(BY_KEY, { up: 2, down: 1 }), assignmentOf(withoutFirst, old)),
      {},
    );
  });

  it('are followed by it also where only what feeds the senders has another parallelism', async () => {
    const ends = { up: 2, down: 1 };
    const channels = [20, 10].map((time, from) => ({ from, to: 0, held: [watermark(time)] }));
    const after = (was: number, now: number) =>
      restored(
        fedBy(jobOf(BY_KEY, ends), now),
        withOperator(assignmentOf(channels, ends), 'far', was),
      );

    assert.deepEqual(await after(3, 3), { '0>0': ['wm 20'], '1>0': ['wm 10'] });
    assert.deepEqual(await after(3, 2), { '0>0': ['wm 10'], '1>0': ['wm 10'] });
  });

  for (const partitioner of [new ForwardPartitioner(), new RescalePartitioner()]) {
    it(`are followed by it on a ${partitioner.kind} edge too, where only pairs of its ends are channels`, async () => {
      const ends = { up: 2, down: 2 };
      const places = { subpartition: () => 0, gateChannel: () => 0 };
      const channels = [20, 10].map((time, i) => ({
        from: i,
        to: i,
        held: [record(time), watermark(time)],
      }));
      const after = (inFlight: InFlight, now: number) =>
        restored(
          fedBy(jobOf(partitioner, ends), now),
          withOperator(assignmentOf(inFlight, ends, places), 'far', 3),
        );

      assert.deepEqual(await after(channels, 3), {
        '0>0': ['20', 'wm 20'],
        '1>1': ['10', 'wm 10'],
      });
      assert.deepEqual(await after(channels, 2), {
        '0>0': ['20', 'wm 10'],
        '1>1': ['10', 'wm 10'],
      });
      assert.deepEqual(await after(channels.slice(0, 1), 2), { '0>0': ['20'] });
    });
  }

  it('bring no watermark behind an operator that the snapshot does not have', async () => {
    const ends = { up: 2, down: 1 };
    const channels = [20, 10].map((time, from) => ({
      from,
      to: 0,
      held: [record(time), watermark(time)],
    }));

    const found = await restored(fedBy(jobOf(BY_KEY, ends), 2), assignmentOf(channels, ends));

    assert.deepEqual(found, { '0>0': ['20'], '1>0': ['10'] });
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
