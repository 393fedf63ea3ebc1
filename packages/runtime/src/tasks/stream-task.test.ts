import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CheckpointError } from '@millrace/core';
import type { OperatorSubtaskState } from '@millrace/state';
import { EMPTY_SUBTASK_STATE } from '@millrace/state';
import { savepointType } from '../checkpoint/savepoint-types.ts';
import { barrier, runningTask, sent } from './stream-task-fixture.ts';

describe('a task', () => {
  it('sends the barrier after the records that its snapshot holds and before all others', async () => {
    const { inputs, output, operator, heard, settle } = await runningTask();
    inputs[0]?.push('before', 1);
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    inputs[0]?.push('after', 2);

    await settle();

    assert.deepEqual(sent(output), ['before', 'barrier', 'after']);
    assert.deepEqual(operator.calls, ['before', 'prepare 1', 'snapshot 1', 'after']);
    assert.deepEqual(heard, ['acknowledged 1']);
  });

  it('reads no channel past its barrier before the last barrier has come', async () => {
    const { inputs, operator, settle } = await runningTask({ inputs: 2 });
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    inputs[0]?.push('after', 2);
    inputs[1]?.push('before', 1);

    await settle();
    const whileAligning = [...operator.calls];
    inputs[1]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    await settle();

    assert.deepEqual(whileAligning, ['before']);
    assert.deepEqual(operator.calls, ['before', 'prepare 1', 'snapshot 1', 'after']);
  });

  it('takes no record while an operator flushes', async () => {
    const { inputs, operator, settle } = await runningTask();
    let flushed = (): void => {};
    operator.flushing = new Promise((resolve) => {
      flushed = resolve;
    });
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    inputs[0]?.push('after', 2);

    await settle();
    const whileFlushing = [...operator.calls];
    flushed();
    await settle();

    assert.deepEqual(whileFlushing, ['prepare 1']);
    assert.deepEqual(operator.calls, ['prepare 1', 'snapshot 1', 'after']);
  });

  it('takes no record while its output is full', async () => {
    const { inputs, output, operator, settle } = await runningTask({ outputCapacity: 2 });
    for (const value of ['a', 'b', 'c', 'd', 'e']) {
      inputs[0]?.push(value, 1);
    }

    await settle();
    const whileFull = [...operator.calls];
    output.head = output.tail;
    await settle();

    assert.deepEqual(whileFull, ['a', 'b', 'c', 'd']);
    assert.deepEqual(operator.calls, ['a', 'b', 'c', 'd', 'e']);
  });

  it('reads on when the coordinator gives up the checkpoint that it aligns', async () => {
    const { task, inputs, output, operator, heard, settle } = await runningTask({ inputs: 2 });
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    inputs[0]?.push('after', 2);
    await settle();

    task.notifyCheckpointAborted(1);
    await settle();
    inputs[1]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    await settle();

    assert.ok(operator.calls.includes('after'));
    assert.ok(!operator.calls.includes('snapshot 1'));
    assert.deepEqual(sent(output), ['cancel-checkpoint', 'after']);
    assert.deepEqual(heard, ['declined 1: CHECKPOINT_DECLINED']);
  });

  it('declines a checkpoint whose state cannot be written, and goes on', async () => {
    const { inputs, operator, heard, failures, settle } = await runningTask();
    operator.written = Promise.reject(new CheckpointError('DISK_FULL', 'no room'));
    operator.written.catch(() => {});
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    inputs[0]?.push('after', 2);

    await settle();

    assert.deepEqual(heard, ['declined 1: DISK_FULL']);
    assert.equal(operator.calls.at(-1), 'after');
    assert.deepEqual(failures, []);
  });

  it('drops an aborted checkpoint, and tells when what it was writing is written', async () => {
    const { task, inputs, operator, heard, settle } = await runningTask();
    let wrote = (_state: OperatorSubtaskState): void => {};
    operator.written = new Promise((resolve) => {
      wrote = resolve;
    });
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    await settle();

    task.notifyCheckpointAborted(1);
    await settle();
    const whileWriting = [...heard];
    wrote(EMPTY_SUBTASK_STATE);
    await settle();

    assert.deepEqual(operator.calls, ['prepare 1', 'snapshot 1', 'cancel 1', 'aborted 1']);
    assert.deepEqual(whileWriting, []);
    assert.deepEqual(heard, ['late state of 1']);
  });

  it('stays after the end of its data until a checkpoint that holds it has completed', async () => {
    const { task, inputs, output, operator, heard, settle } = await runningTask();
    inputs[0]?.push('last', 1);
    inputs[0]?.pushEvent({ kind: 'end-of-data' });
    await settle();
    const afterData = [...heard];

    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(7) });
    await settle();
    task.notifyCheckpointComplete(6);
    await settle();
    const afterAnEarlierOne = task.status;
    task.notifyCheckpointComplete(7);
    await settle();

    assert.deepEqual(afterData, ['end of data']);
    assert.equal(afterAnEarlierOne, 'finishing');
    assert.equal(task.status, 'finished');
    assert.equal(operator.calls.at(-1), 'close');
    assert.deepEqual(sent(output), ['last', 'end-of-data', 'barrier', 'end-of-partition']);
  });

  it('takes no snapshot when it was cancelled while an operator flushed', async () => {
    const { task, inputs, operator, heard, settle } = await runningTask();
    let flushed = (): void => {};
    operator.flushing = new Promise((resolve) => {
      flushed = resolve;
    });
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    await settle();

    const cancelled = task.cancel();
    await settle();
    const whileFlushing = [...operator.calls];
    flushed();
    await cancelled;

    assert.deepEqual(whileFlushing, ['prepare 1'], 'nothing is closed under a flush');
    assert.deepEqual(operator.calls, ['prepare 1', 'close']);
    assert.deepEqual(heard, []);
    assert.equal(task.status, 'canceled');
  });

  it('waits at its end for a later checkpoint that it is still writing', async () => {
    const { task, inputs, operator, heard, settle } = await runningTask();
    let wrote = (_state: OperatorSubtaskState): void => {};
    inputs[0]?.pushEvent({ kind: 'end-of-data' });
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(7) });
    await settle();
    operator.written = new Promise((resolve) => {
      wrote = resolve;
    });
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(8) });
    await settle();

    task.notifyCheckpointComplete(7);
    await settle();
    const whileWriting = task.status;
    wrote(EMPTY_SUBTASK_STATE);
    await settle();

    assert.equal(whileWriting, 'finishing');
    assert.deepEqual(heard, ['end of data', 'acknowledged 7', 'acknowledged 8', 'finished']);
  });

  it('fails with what an operator throws, once', async () => {
    const { task, inputs, failures, settle } = await runningTask();
    inputs[0]?.push('poison', 1);
    inputs[0]?.push('poison', 2);

    await settle();

    assert.equal(task.status, 'failed');
    assert.equal(failures.length, 1);
    assert.match(String(failures[0]), /a poisoned record/);
  });

  it('runs operators’ mail, and nothing else, while an operator that finishes yields', async () => {
    const { task, inputs, operator, settle } = await runningTask();
    let done = (): void => {};
    operator.finishing = new Promise((resolve) => {
      done = resolve;
    });
    inputs[0]?.pushEvent({ kind: 'end-of-data' });
    await settle();

    task.notifyCheckpointComplete(3);
    operator.context.executeInMailbox(() => operator.calls.push('mail'));
    await settle();
    const whileYielding = [...operator.calls];
    done();
    await settle();

    assert.deepEqual(whileYielding, ['finish', 'mail']);
    assert.deepEqual(operator.calls, ['finish', 'mail', 'finished', 'complete 3']);
  });

  it('that fails or is cancelled does not wait for an operator that yields', async () => {
    const { task, inputs, operator, failures, settle } = await runningTask();
    operator.finishing = new Promise(() => {});
    inputs[0]?.pushEvent({ kind: 'end-of-data' });
    await settle();

    operator.context.executeInMailbox(() => {
      throw new Error('a result that failed');
    });
    await settle();
    await task.cancel();

    assert.match(String(failures), /a result that failed/);
    assert.deepEqual(operator.calls, ['finish', 'close']);
  });

  it('counts no time of its inputs as quiet while its output is full', async () => {
    const { inputs, output, operator, time, settle } = await runningTask({ outputCapacity: 2 });
    const clock = operator.context.inputActivityClock;
    for (const value of ['a', 'b', 'c', 'd', 'e']) {
      inputs[0]?.push(value, 1);
    }
    await settle();

    time.ms = 5000;
    const whileFull = clock.now();
    output.head = output.tail;
    await settle();
    time.ms = 5100;

    assert.deepEqual([whileFull, clock.now()], [1000, 1100]);
  });

  it('lets no operator emit after the savepoint that it stops with', async () => {
    const { inputs, operator, settle } = await runningTask();
    const snapshotType = savepointType('CANONICAL', 'suspend');
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: { ...barrier(1), snapshotType } });
    await settle();

    operator.context.executeInMailbox(() => operator.calls.push('a late result'));
    await settle();

    assert.deepEqual(operator.calls, ['prepare 1', 'snapshot 1']);
  });

  it('never begins a checkpoint that was aborted while it was held back', async () => {
    const { task, inputs, output, operator, heard, settle } = await runningTask();
    task.triggerCheckpoint(barrier(5));
    task.triggerCheckpoint(barrier(6));
    await settle();

    task.notifyCheckpointAborted(5);
    await settle();
    inputs[0]?.pushEvent({ kind: 'end-of-data' });
    await settle();

    assert.deepEqual(operator.calls, ['aborted 5', 'finish', 'prepare 6', 'snapshot 6']);
    assert.deepEqual(sent(output), ['end-of-data', 'barrier']);
    assert.deepEqual(heard, ['end of data', 'acknowledged 6']);
  });

  it('never begins one either that is aborted while its operators finish', async () => {
    const { task, inputs, output, operator, heard, settle } = await runningTask();
    let done = (): void => {};
    operator.finishing = new Promise((resolve) => {
      done = resolve;
    });
    const snapshotType = savepointType('CANONICAL', 'suspend');
    task.triggerCheckpoint({ ...barrier(5), snapshotType });
    await settle();
    inputs[0]?.pushEvent({ kind: 'end-of-data' });
    await settle();

    task.notifyCheckpointAborted(5);
    done();
    await settle();
    task.triggerCheckpoint(barrier(6));
    await settle();
    task.notifyCheckpointComplete(6);
    await settle();

    assert.ok(!operator.calls.includes('snapshot 5'));
    assert.deepEqual(sent(output), ['end-of-data', 'barrier', 'end-of-partition']);
    assert.deepEqual(heard, ['end of data', 'acknowledged 6', 'finished']);
  });

  it('takes no mail and wakes nobody once it has ended', async () => {
    const { task, inputs, operator, wakes, settle } = await runningTask();
    inputs[0]?.pushEvent({ kind: 'end-of-data' });
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(7) });
    await settle();
    task.notifyCheckpointComplete(7);
    await settle();
    const { count } = wakes;

    task.alignWatermark(100);
    task.notifyCheckpointComplete(8);
    operator.context.executeInMailbox(() => operator.calls.push('mail'));
    await settle();

    assert.equal(task.status, 'finished');
    assert.equal(wakes.count, count);
    assert.deepEqual(operator.calls.slice(-2), ['complete 7', 'close']);
  });
});
