/** What is seen and steered of the jobs of a process through its Dispatcher. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { StreamExecutionEnvironment } from '@millrace/datastream';
import { dispatcherOfProcess, type JobClient } from '@millrace/runtime';
import { MiniCluster } from './mini-cluster.ts';

describe('the dispatcher of a process', () => {
  const dispatcher = dispatcherOfProcess();
  let cluster = new MiniCluster();
  beforeEach(() => {
    cluster = new MiniCluster();
  });
  afterEach(() => cluster.close());

  async function startEndless(name: string): Promise<JobClient> {
    const env = cluster.environment({ 'user.password': 'hunter2' });
    env
      .fromSequence(1, Number.MAX_SAFE_INTEGER)
      .keyBy((n) => n)
      .filter(() => false)
      .print();
    return cluster.start(env, name);
  }

  async function overviewOf(jobId: string) {
    return (await dispatcher.jobs()).find((job) => job.jobId === jobId);
  }

  it('knows each job that runs, several at once', async () => {
    const first = await startEndless('first');
    const second = await startEndless('second');
    await cluster.until(() => second.jobStatus() === 'RUNNING');

    const overviews = await dispatcher.jobs();

    const names = overviews.filter(({ endTimeMs }) => endTimeMs === -1).map((job) => job.jobName);
    assert.deepEqual(names, ['first', 'second']);
    assert.equal((await dispatcher.jobDetails(first.jobId)).jobName, 'first');
    assert.deepEqual(await dispatcher.jobExecutionResult(second.jobId), { kind: 'in-progress' });
  });

  it('counts in an overview what the picture of the job shows, while it runs and when it has ended', async () => {
    const job = await startEndless('numbers');
    await cluster.until(() => job.jobStatus() === 'RUNNING');
    const pictureOf = async () => {
      const { vertices, statusTimestamps, endTimeMs } = await dispatcher.jobDetails(job.jobId);
      const subtasks = vertices.flatMap((vertex) => vertex.subtasks);
      const times = [statusTimestamps, ...subtasks.map((each) => each.stateTimestamps)];
      return {
        states: subtasks.map(({ state }) => state).sort(),
        lastModificationMs: Math.max(...times.flatMap((each) => Object.values(each))),
        endTimeMs,
      };
    };
    const overviewed = async () => {
      const { tasks, lastModificationMs, endTimeMs } = (await overviewOf(job.jobId))!;
      const states = Object.entries(tasks).flatMap(
        ([state, n]) => Array(n).fill(state) as string[],
      );
      return { states: states.sort(), lastModificationMs, endTimeMs };
    };

    const running = await overviewed();
    const runningPicture = await pictureOf();
    await job.cancel();

    assert.deepEqual(running, runningPicture);
    assert.ok(running.states.every((state) => state === 'RUNNING') && running.states.length >= 2);
    assert.deepEqual(await overviewed(), await pictureOf());
    assert.ok((await overviewed()).states.every((state) => state === 'CANCELED'));
  });

  it('shows the calling thread with all its slots free before and after a job on local', async () => {
    const slots = async () => {
      const managers = await dispatcher.taskManagers();
      return managers.map(({ id, freeSlots, allocatedSlots }) => [
        ...[id, freeSlots],
        ...allocatedSlots.map(({ jobId }) => jobId),
      ]);
    };
    const before = await slots();
    const job = await startEndless('numbers');
    await cluster.until(() => job.jobStatus() === 'RUNNING');
    const meanwhile = await slots();
    await job.cancel();
    await assert.rejects(job.jobExecutionResult());
    const after = await slots();

    assert.deepEqual(before, [['local', 1]]);
    assert.deepEqual(meanwhile, [['local', 0, job.jobId]]);
    assert.deepEqual(after, before);
  });

  it('shows the plan as Flink does, and hides secrets', async () => {
    const job = await startEndless('numbers');

    const { plan, configuration } = await dispatcher.jobDetails(job.jobId);

    assert.deepEqual(
      plan.nodes.map(({ description, inputs }) => [description, inputs?.[0]?.ship_strategy]),
      [
        ['Filter<br/>+- Print to Std. Out: Writer<br/>', 'HASH'],
        ['Source: Sequence Source<br/>', undefined],
      ],
    );
    assert.deepEqual(
      configuration.find(({ key }) => key === 'user.password'),
      { key: 'user.password', value: '******' },
    );
  });

  it('keeps a job that has ended, with when it came to which status', async () => {
    const env = cluster.environment();
    env
      .fromSequence(1, 3)
      .map((n) => n)
      .print();
    const job = await cluster.start(env, 'short');
    await job.jobExecutionResult();

    const { status, statusTimestamps, startTimeMs, endTimeMs } = await dispatcher.jobDetails(
      job.jobId,
    );

    assert.equal(status, 'FINISHED');
    assert.deepEqual(Object.keys(statusTimestamps), [
      'INITIALIZING',
      'CREATED',
      'RUNNING',
      'FINISHED',
    ]);
    assert.equal(statusTimestamps.INITIALIZING, startTimeMs);
    assert.equal(statusTimestamps.FINISHED, endTimeMs);
    assert.equal((await overviewOf(job.jobId))?.status, 'FINISHED');
  });

  it('cancels a job, also one that was cancelled before, and none that ended otherwise', async () => {
    const job = await startEndless('endless');
    const env = cluster.environment();
    env.fromSequence(1, 3).print();
    const short = await cluster.start(env);
    await short.jobExecutionResult();

    await dispatcher.cancelJob(job.jobId);
    await dispatcher.cancelJob(job.jobId);

    assert.equal(await dispatcher.jobStatus(job.jobId), 'CANCELED');
    await assert.rejects(dispatcher.cancelJob(short.jobId), { code: 'JOB_NOT_RUNNING' });
  });

  it('takes a savepoint and cancels the job where that is asked for', async () => {
    const job = await startEndless('endless');
    await cluster.until(() => job.jobStatus() === 'RUNNING');

    const path = await dispatcher.triggerSavepoint(job.jobId, { cancelJob: true });

    assert.match(path, /^memory:\/\/\/savepoints\/savepoint-/);
    assert.equal(await dispatcher.jobStatus(job.jobId), 'CANCELED');
    await assert.rejects(dispatcher.triggerSavepoint(job.jobId, {}), { code: 'JOB_NOT_RUNNING' });
  });

  it('takes a checkpoint on request, and says its id and what checkpoints came to', async () => {
    const env = cluster.environment({ 'execution.checkpointing.interval': '1 h' });
    env
      .fromSequence(1, Number.MAX_SAFE_INTEGER)
      .keyBy((n) => n)
      .filter(() => false)
      .print();
    const job = await cluster.start(env);
    await cluster.until(() => job.jobStatus() === 'RUNNING');

    const first = await dispatcher.triggerCheckpoint(job.jobId, 'CONFIGURED');
    const second = await dispatcher.triggerCheckpoint(job.jobId, 'FULL');

    const { history, summary, latestCompleted } = await dispatcher.checkpointStatistics(job.jobId);
    assert.deepEqual(
      history.map((each) => [each.checkpointId, each.snapshotType.name, each.discarded]),
      [
        [second, 'Full Checkpoint', false],
        [first, 'Checkpoint', true],
      ],
    );
    assert.equal(latestCompleted?.checkpointId, second);
    assert.equal(summary.endToEndDurationMs.count, 2);
    assert.deepEqual(Object.values(latestCompleted.numSubtasksOf), [1, 1]);
  });

  it('takes no checkpoint of a job that takes none', async () => {
    const job = await startEndless('without');
    await cluster.until(() => job.jobStatus() === 'RUNNING');

    await assert.rejects(dispatcher.triggerCheckpoint(job.jobId, 'CONFIGURED'), {
      code: 'CHECKPOINTING_DISABLED',
    });
  });

  it('shows a job that failed before it ran as failed', async () => {
    const env = cluster.environment({ 'execution.state-recovery.path': 'memory:///nowhere' });
    env.fromSequence(1, 3).print();

    await assert.rejects(env.executeAsync('lost'), { code: 'SNAPSHOT_NOT_FOUND' });

    const { jobId = '', status } = (await dispatcher.jobs()).at(-1) ?? {};
    assert.equal(status, 'FAILED');
    const result = await dispatcher.jobExecutionResult(jobId);
    assert.equal(result.kind === 'ended' && result.error?.code, 'SNAPSHOT_NOT_FOUND');
  });

  it('shows the thread that runs the jobs, with a slot for each', async () => {
    const first = await startEndless('first');
    const second = await startEndless('second');
    await cluster.until(() => second.jobStatus() === 'RUNNING');

    const managers = await dispatcher.taskManagers();

    assert.deepEqual(
      managers.map(({ id, slotsNumber, freeSlots }) => [id, slotsNumber, freeSlots]),
      [['local', 2, 0]],
    );
    assert.deepEqual(
      managers[0]?.allocatedSlots.map(({ jobId }) => jobId),
      [first.jobId, second.jobId],
    );
    assert.ok((managers[0].heap?.usedBytes ?? 0) > 0);
  });

  it('has metrics of the status and checkpoints of a job, under the scope of the job', async () => {
    const env = cluster.environment({ 'execution.checkpointing.interval': '1 h' });
    env
      .fromSequence(1, Number.MAX_SAFE_INTEGER)
      .filter(() => false)
      .print();
    const job = await cluster.start(env);
    await cluster.until(() => job.jobStatus() === 'RUNNING');
    const id = await job.triggerCheckpoint();

    const metrics = await dispatcher.metrics();

    const gaugeOf = (name: string) => {
      const dump = metrics.find(
        (each) =>
          each.name === name &&
          each.logicalScope === 'jobmanager.job' &&
          each.variables.job_id === job.jobId,
      );
      return dump?.type === 'gauge' ? dump.value : undefined;
    };
    assert.equal(gaugeOf('numRestarts'), 0);
    assert.equal(gaugeOf('lastCompletedCheckpointId'), id);
    assert.equal(gaugeOf('numberOfCompletedCheckpoints'), 1);
    assert.equal(gaugeOf('lastCheckpointRestoreTimestamp'), -1);
    assert.ok(Number(gaugeOf('runningTime')) >= 0);
    assert.equal(gaugeOf('restartingTime'), 0);
    assert.equal(gaugeOf('runningState'), undefined);
  });

  it('holds on to nothing that a job ran with once it has ended', async () => {
    async function runAndForget(): Promise<{ jobId: string; big: WeakRef<object> }> {
      const seen = new Map<number, number>();
      const env = StreamExecutionEnvironment.createLocalEnvironment();
      env
        .fromSequence(1, 100)
        .filter((n) => seen.set(n, n).size < 0)
        .print();
      const job = await env.executeAsync('forgotten');
      await job.jobExecutionResult();
      return { jobId: job.jobId, big: new WeakRef(seen) };
    }
    const { jobId, big } = await runAndForget();

    for (let turn = 0; turn < 50 && big.deref() !== undefined; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      gc?.();
    }

    assert.equal(big.deref(), undefined);
    assert.equal((await dispatcher.jobDetails(jobId)).vertices[0]?.subtasks[0]?.state, 'FINISHED');
  });

  it('says that it does not know a job', async () => {
    await assert.rejects(dispatcher.jobDetails('0'.repeat(32)), { code: 'JOB_NOT_FOUND' });
  });
});
