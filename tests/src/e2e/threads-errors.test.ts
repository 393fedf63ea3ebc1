/** What is told of a program that cannot run on worker threads. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock, MiniCluster } from '@millrace/testing';
import { notInWorkers, otherGraph, type Settings, unsendable, wordCount } from './threads-jobs.ts';

const ON_TWO: Settings = { 'execution.target': 'threads', 'parallelism.default': '2' };

describe('a program that cannot run on threads is told', () => {
  it('which operator its workers have and the main thread has not', async () => {
    await assert.rejects(otherGraph(ON_TWO), {
      code: 'GRAPH_MISMATCH',
      message:
        /another job graph in worker thread \d than in the main thread: .*operator 'Filter'.*must build the same graph/,
    });
  });

  for (const [how, message] of [
    ['ends', /the program came to its end there without it/],
    ['throws', /the program threw there, though not in the main thread: only for the main thread/],
    ['exits', /it ended there with the exit code 3: by process\.exit, or after it caught/],
  ] as const) {
    it(`that its workers do not come to its job, when it ${how} in them`, async () => {
      await assert.rejects(notInWorkers(ON_TWO, how), { code: 'PROGRAM_NOT_REPEATABLE', message });
    });
  }

  it('that its workers do not come to its job in time', async () => {
    const settings = { ...ON_TWO, 'taskmanager.registration.timeout': '2 s' };

    await assert.rejects(notInWorkers(settings, 'waits'), {
      code: 'TASK_MANAGER_NOT_REGISTERED',
      message: /did not come to execute\(\) number 1 of it within 2000 ms/,
    });
  });

  it('which settings would lose its workers at once', async () => {
    const heartbeats = { 'heartbeat.interval': '10 s', 'heartbeat.timeout': '1 s' };

    await assert.rejects(wordCount({ ...ON_TWO, ...heartbeats }), {
      code: 'CONFIG_VALUE_INVALID',
      message: /heartbeat\.timeout is 1000 ms and heartbeat\.interval 10000 ms/,
    });
    await assert.rejects(wordCount({ ...ON_TWO, 'taskmanager.memory.task.heap.size': '1 mb' }), {
      code: 'CONFIG_VALUE_INVALID',
      message: /taskmanager\.memory\.task\.heap\.size.*at least 32 mb/,
    });
  });

  it('how many slots it needs and how many there are', async () => {
    await assert.rejects(wordCount({ ...ON_TWO, 'taskmanager.numberOfTaskSlots': '1' }), {
      code: 'NO_RESOURCE_AVAILABLE',
      message: /needs 2 slots and 1 are available/,
    });
  });

  it('that time under control and files in memory are of one thread', async () => {
    const cluster = new MiniCluster({ clock: new ManualClock() });
    const env = cluster.environment(ON_TWO);
    env.fromSequence(1, 2).print();
    await assert.rejects(env.execute(), { code: 'UNSUPPORTED', message: /time under control/ });

    const inMemory = new MiniCluster().environment(ON_TWO);
    inMemory.fromSequence(1, 2).print();
    await assert.rejects(inMemory.execute(), {
      code: 'UNSUPPORTED',
      message: /is in the memory of the main thread.*name a folder on disk/,
    });
  });

  it('which deployments there are', async () => {
    await assert.rejects(wordCount({ 'execution.target': 'cluster' }), {
      code: 'CONFIG_VALUE_INVALID',
      message: /execution\.target is "cluster".*use local or threads/,
    });
  });

  it('which operator sends a record that no other slot can be sent', async () => {
    await assert.rejects(unsendable(ON_TWO, 'too large'), {
      code: 'RECORD_TOO_LARGE',
      message:
        /a record of operator 'make bytes' \(subtask 1\/1\) takes .* on the edge to 'measure bytes'/,
    });
  });

  it('which operator sends a record whose serializer throws', async () => {
    await assert.rejects(unsendable(ON_TWO, 'serializer throws'), {
      code: 'SERIALIZER_FAILED',
      message: /of operator 'make bytes' .* the edge to 'measure bytes'.*planted in the serializer/,
    });
  });
});
