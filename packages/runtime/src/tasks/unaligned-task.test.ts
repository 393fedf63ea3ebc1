/** Barriers that overtake, in a whole task. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Timer } from '@millrace/core';
import { barrierOf, type CheckpointBarrier } from '../checkpoint/checkpoint-options.ts';
import { CHECKPOINT } from '../checkpoint/checkpoint-types.ts';
import { runningTask, sent } from './stream-task-fixture.ts';

const unaligned = (checkpointId: number): CheckpointBarrier =>
  barrierOf({ checkpointId, timestamp: 0, snapshotType: CHECKPOINT }, 0);

describe('a task whose barrier overtakes', () => {
  it('takes its snapshot and sends the barrier on while its output is full', async () => {
    const { inputs, output, operator, settle } = await runningTask({ outputCapacity: 2 });
    for (const value of ['a', 'b', 'c', 'd', 'e', 'f']) {
      inputs[0]?.push(value, 1);
    }
    await settle();
    const whileFull = [...operator.calls];

    inputs[0]?.pushBarrier(unaligned(1));
    await settle();

    assert.deepEqual(operator.calls, [...whileFull, 'prepare 1', 'snapshot 1']);
    const overtaking = output.takeOvertakingBarrier();
    assert.equal(overtaking?.barrier.checkpointId, 1);
    assert.equal(overtaking?.position, whileFull.length);
  });

  it('acknowledges once the last barrier has come, and goes on meanwhile', async () => {
    const { inputs, operator, heard, settle } = await runningTask({ inputs: 2 });
    inputs[0]?.pushBarrier(unaligned(1));
    inputs[0]?.push('behind', 1);
    inputs[1]?.push('before', 1);
    await settle();
    const whileWaiting = [...heard];

    inputs[1]?.pushBarrier(unaligned(1));
    await settle();

    assert.deepEqual(operator.calls, ['prepare 1', 'snapshot 1', 'behind', 'before']);
    assert.deepEqual([whileWaiting, heard], [[], ['acknowledged 1']]);
  });

  it('drops what is not complete when the checkpoint is given up, and takes the next one', async () => {
    const { task, inputs, heard, settle } = await runningTask({ inputs: 2 });
    inputs[0]?.pushBarrier(unaligned(1));
    await settle();

    task.notifyCheckpointAborted(1);
    await settle();
    for (const input of inputs) {
      input.pushBarrier(unaligned(2));
    }
    await settle();

    assert.deepEqual(heard, [
      'declined 1: CHECKPOINT_DECLINED',
      'late state of 1',
      'acknowledged 2',
    ]);
    assert.equal(task.isWritingCheckpoint, false);
  });

  it('is given the barrier by the coordinator when all that feeds it has ended', async () => {
    const { task, inputs, output, operator, heard, settle } = await runningTask({
      outputCapacity: 2,
    });
    for (const value of ['a', 'b', 'c', 'd', 'e']) {
      inputs[0]?.push(value, 1);
    }
    inputs[0]?.pushEvent({ kind: 'end-of-data' });
    inputs[0]?.pushEvent({ kind: 'end-of-partition' });
    await settle();

    task.triggerCheckpoint(unaligned(3));
    await settle();

    assert.ok(operator.calls.includes('snapshot 3'));
    assert.ok(!operator.calls.includes('e'));
    assert.deepEqual(heard, ['acknowledged 3']);
    assert.equal(output.takeOvertakingBarrier()?.barrier.checkpointId, 3);
  });

  it('ends with the checkpoint of its end though a barrier of a later one is missing', async () => {
    const { task, inputs, output, heard, settle } = await runningTask({ inputs: 2 });
    for (const input of inputs) {
      input.pushEvent({ kind: 'end-of-data' });
      input.pushBarrier(unaligned(1));
    }
    await settle();
    for (const input of inputs) {
      input.pushBarrier(unaligned(2));
    }
    await settle();
    inputs[0]?.pushBarrier(unaligned(3));
    await settle();

    task.notifyCheckpointComplete(2);
    await settle();

    assert.equal(task.status, 'finished');
    assert.ok(heard.includes('finished'));
    assert.equal(sent(output).at(-1), 'end-of-partition');
  });

  it('leaves nothing that waits when it is cancelled', async () => {
    const { task, inputs, heard, settle } = await runningTask({ inputs: 2 });
    inputs[0]?.pushBarrier(unaligned(1));
    await settle();

    await task.cancel();

    assert.equal(task.isWritingCheckpoint, false);
    assert.deepEqual(heard, ['late state of 1']);
  });
});

describe('a task whose barrier may overtake later', () => {
  const HOUR_MS = 3_600_000;
  const timeoutable = (checkpointId: number): CheckpointBarrier =>
    barrierOf({ checkpointId, timestamp: 1000, snapshotType: CHECKPOINT }, HOUR_MS);

  /** After the barrier of checkpoint 1, which waits at its output. */
  async function taskWithWaitingBarrier() {
    const rig = await runningTask();
    const forgotten: number[] = [];
    rig.output.pushBarrier = (() => new Promise(() => {})) as never;
    rig.output.forgetBarrier = (checkpointId) => forgotten.push(checkpointId);
    rig.inputs[0]?.pushBarrier(timeoutable(1));
    await rig.settle();
    assert.deepEqual(rig.operator.calls, ['prepare 1', 'snapshot 1']);
    const [timer] = rig.timers;
    assert.equal(rig.timers.size, 1);
    return { ...rig, timer: timer as Timer, forgotten };
  }

  it('waits for its timeout also where its outputs have nothing to tell', async () => {
    const { task, inputs, output, timers, settle } = await runningTask();
    const timedOut: number[] = [];
    output.pushBarrier = () => undefined;
    output.timeOutBarrier = (checkpointId) => timedOut.push(checkpointId);

    inputs[0]?.pushBarrier(
      barrierOf({ checkpointId: 1, timestamp: 1000, snapshotType: CHECKPOINT }, 5),
    );
    await settle();

    assert.equal(timers.size + timedOut.length, 1);
    await task.cancel();
  });

  it('waits for no timeout of a checkpoint that is complete', async () => {
    const { task, timers, forgotten, settle } = await taskWithWaitingBarrier();

    task.notifyCheckpointComplete(1);
    await settle();

    assert.deepEqual([timers.size, forgotten], [0, [1]]);
    await task.cancel();
  });

  it('waits for no timeout of a checkpoint that was aborted', async () => {
    const { task, timers, forgotten, settle } = await taskWithWaitingBarrier();

    task.notifyCheckpointAborted(1);
    await settle();

    assert.deepEqual([timers.size, forgotten], [0, [1]]);
    await task.cancel();
  });

  it('waits for the timeout of the newest barrier only', async () => {
    const { task, inputs, timers, timer, settle } = await taskWithWaitingBarrier();

    inputs[0]?.pushBarrier(timeoutable(2));
    await settle();

    assert.deepEqual([timers.size, timers.has(timer)], [1, false]);
    await task.cancel();
    assert.equal(timers.size, 0);
  });

  it('lets nothing overtake on its inputs for a checkpoint that was aborted', async () => {
    const { task, inputs, timers, settle } = await runningTask({ inputs: 2 });
    inputs[0]?.pushBarrier(timeoutable(1));
    await settle();
    assert.equal(timers.size, 1);

    task.notifyCheckpointAborted(1);
    await settle();

    assert.equal(timers.size, 0);
    await task.cancel();
  });
});
