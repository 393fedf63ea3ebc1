import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SystemClock } from '@millrace/core';
import { LoopClock } from '../tasks/loop-clock.ts';
import type { StreamTask } from '../tasks/stream-task.ts';
import { TaskLoop } from './task-loop.ts';

const NO_METRICS = { nextUpdateAt: Number.POSITIVE_INFINITY, updateViews: () => {} };

/** What the loop sees of a task: it always has something to do, and writes down its slices. */
function taskOf(name: string, seen: string[], as: Partial<StreamTask> = {}): StreamTask {
  return {
    isSource: false,
    isSlotBehind: false,
    isRunnable: true,
    isWritingCheckpoint: false,
    deployment: { address: { vertexId: name, subtask: 0 } },
    runSlice: () => seen.push(name),
    rest: () => {},
    ...as,
  } as unknown as StreamTask;
}

/** The slices of the first two passes over tasks that always have something to do. */
async function slicesOf(
  firstOf: (count: number) => number,
  tasksOf: (seen: string[]) => readonly StreamTask[],
): Promise<string> {
  const seen: string[] = [];
  let passes = 0;
  const loop: TaskLoop = new TaskLoop(new LoopClock(new SystemClock(), NO_METRICS), {
    firstOf: (count) => {
      if (passes++ === 2) {
        loop.stop();
      }
      return firstOf(count);
    },
  });
  await loop.run(tasksOf(seen));
  return seen.join(' ');
}

describe('the loop of a slot', () => {
  for (const first of [0, 1]) {
    const order = first === 0 ? 'the source first' : 'the reader first';
    it(`works off what others send before its source makes more (${order})`, async () => {
      const slices = await slicesOf(
        () => first,
        (seen) => [taskOf('source', seen, { isSource: true }), taskOf('reader', seen)],
      );

      assert.equal(slices.match(/reader/g)?.length, 8);
      assert.equal(slices.match(/source/g)?.length, 2);
    });

    it(`gives its source as many slices as a reader while it is behind (${order})`, async () => {
      const slices = await slicesOf(
        () => first,
        (seen) => [
          taskOf('source', seen, { isSource: true }),
          taskOf('reader', seen, { isSlotBehind: true }),
        ],
      );

      assert.equal(slices.match(/reader/g)?.length, 2);
      assert.equal(slices.match(/source/g)?.length, 2);
    });
  }

  it('works off what others send when its source is behind and has nothing to give', async () => {
    const slices = await slicesOf(
      () => 0,
      (seen) => [
        taskOf('source', seen, { isSource: true, isRunnable: false }),
        taskOf('reader', seen, { isSlotBehind: true }),
      ],
    );

    assert.equal(slices.match(/reader/g)?.length, 8);
  });
});
