/** What must hold of live state with any backend and deployment. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { errorCode } from '@millrace/core';
import {
  gatewayOfJob,
  type KeyedEntry,
  type LiveState,
  measureSnapshot,
  openLiveState,
  QueryableStateClient,
  readLiveKey,
  readStateEntries,
} from '@millrace/state-processor';
import { type JobClient, MapStateDescriptor, Types, ValueStateDescriptor } from 'millrace';
import { completedCheckpoints } from './counting-program.ts';
import { checkView, KEYS, liveCounts, OPERATOR, type Settings } from './live-state-program.ts';

const VIEWS = 5;

export function liveStateLaws(what: string, settings: Settings): void {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-live-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const all: Settings = {
    'parallelism.default': '2',
    'execution.checkpointing.interval': '40 ms',
    'execution.checkpointing.dir': join(folder, 'checkpoints'),
    'restart-strategy.type': 'fixed-delay',
    'restart-strategy.fixed-delay.attempts': '3',
    'restart-strategy.fixed-delay.delay': '1 ms',
    ...settings,
  };

  describe(`the live state of a job ${what}`, () => {
    viewLaws(all);
    rescaleLaws(all);
    queryLaws(all);
  });
}

function viewLaws(all: Settings): void {
  it('is shown as of one moment of each subtask, view after view, while it goes on', async () => {
    await withJob(liveCounts(all), async (job) => {
      const live = await openLiveState(gatewayOfJob(job), job.jobId);
      let before = 0;

      for (let i = 0; i < VIEWS; i++) {
        const seen = await checkView(live);
        const total = [...seen.values()].reduce((a, b) => a + b, 0);
        assert.ok(total >= before, 'time goes on');
        before = total;
      }

      assert.ok(before > KEYS);
    });
  });

  it('is read through a failure and a rescale, by whoever goes on asking', async () => {
    await withJob(liveCounts(all, 20_000), async (job) => {
      const seen = new Set<string>();
      let good = 0;
      const rescaled = completedCheckpoints(job, 4).then(() => job.rescale({ parallelism: 3 }));
      rescaled.catch(() => {});
      let live: LiveState | undefined; // One for all of it.

      for (const end = Date.now() + 20_000; Date.now() < end; ) {
        try {
          live ??= await openLiveState(gatewayOfJob(job), job.jobId);
          const parts = await checkView(live);
          good++;
          if (parts.size === 3 && job.details().numberOfRestarts > 0 && good > 3) {
            break;
          }
        } catch (error) {
          seen.add(errorCode(error) ?? String(error));
          await new Promise((resolve) => setImmediate(resolve)); // The job may be of this thread.
        }
      }
      await rescaled;

      assert.equal(job.details().numberOfRescales, 1);
      assert.ok(good > 3);
      seen.delete('JOB_NOT_RUNNING');
      seen.delete('STATE_VIEW_EXPIRED');
      assert.deepEqual([...seen], []);
    });
  });
}

async function keysOfView(live: LiveState): Promise<number> {
  const view = await live.openView(OPERATOR);
  const keys = new Set<unknown>();
  try {
    for await (const entries of readStateEntries(view, { operator: OPERATOR, state: 'count' })) {
      for (const entry of entries as KeyedEntry[]) {
        keys.add(entry.key);
      }
    }
  } finally {
    await view.close();
  }
  return keys.size;
}

function rescaleLaws(all: Settings): void {
  it('has all keys after rescales, in a view and key by key, for who described it before', async () => {
    await withJob(liveCounts({ ...all, 'parallelism.default': '1' }), async (job) => {
      await completedCheckpoints(job, 2);
      const gateway = gatewayOfJob(job);
      const kept = await openLiveState(gateway, job.jobId);
      const keptForKeys = await openLiveState(gateway, job.jobId);
      const keptForHotKeys = await openLiveState(gateway, job.jobId);
      const before = await keysOfView(kept);

      for (const parallelism of [2, 1, 3]) {
        await job.rescale({ parallelism });
        await completedCheckpoints(job, 1);

        assert.equal(await keysOfView(kept), before);
        for (let key = 0; key < 20; key++) {
          const of = { operator: OPERATOR, state: 'count', key: String(key) };
          const { entries, subtask } = await readLiveKey(keptForKeys, of);
          assert.equal(entries.length, 1);
          assert.ok(subtask !== undefined && subtask < parallelism);
        }
        const operator = keptForHotKeys.liveOperator(OPERATOR);
        assert.equal((await keptForHotKeys.hotKeys(operator, 1)).length, parallelism);
      }
      assert.equal(before, KEYS);
    });
  });
}

function queryLaws(all: Settings): void {
  it('is asked for by key, with the types of the program, in every kind that is queryable', async () => {
    await withJob(liveCounts(all), async (job) => {
      await completedCheckpoints(job, 2);
      const gateway = gatewayOfJob(job);
      const client = new QueryableStateClient(gateway);
      const count = new ValueStateDescriptor('count', Types.LONG);
      const parts = new MapStateDescriptor('parts', Types.STRING, Types.LONG);
      const { jobId } = job;

      let before = 0;
      for (let i = 0; i < 50; i++) {
        const state = await client.getKvState(jobId, 'counts', 7, Types.LONG, count);
        assert.ok((state.value() ?? 0) >= before);
        before = state.value() ?? 0;
      }
      const map = await client.getKvState(jobId, 'parts', 7, Types.LONG, parts);
      const values = [...map.values()].sort((a, b) => a - b);
      const live = await openLiveState(gateway, jobId);
      const { entries } = await readLiveKey(live, {
        operator: OPERATOR,
        state: 'count',
        key: '7',
      });

      assert.ok(before > 0);
      assert.deepEqual(values, [values[2]! - 2, values[2]! - 1, values[2]!]);
      assert.equal(entries.length, 1);
      assert.equal(entries[0]!.key, 7);
      await refusals(client, jobId);
    });
  });

  it('is measured by state and key group', async () => {
    await withJob(liveCounts(all), async (job) => {
      await completedCheckpoints(job, 2);
      const live = await openLiveState(gatewayOfJob(job), job.jobId);
      const view = await live.openView(OPERATOR);

      const { operators } = await measureSnapshot(view, { operator: OPERATOR });
      await view.close();

      const sizes = operators[0]!;
      const keyed = sizes.states.filter(({ kind }) => kind === 'keyed');
      const entries = Object.fromEntries(keyed.map((each) => [each.name, each.entries]));
      assert.deepEqual(entries, { count: KEYS, again: KEYS, parts: 3 * KEYS });
      const inGroups = sizes.keyGroups.reduce((sum, group) => sum + group.entries, 0);
      assert.equal(inGroups, 5 * KEYS);
    });
  });

  it('is refused once the job has ended, saying where it still is', async () => {
    const job = await liveCounts(all);
    await completedCheckpoints(job, 1);
    const live = await openLiveState(gatewayOfJob(job), job.jobId);
    const view = await live.openView(OPERATOR);
    await job.cancel();

    await assert.rejects(live.openView(OPERATOR), {
      code: 'JOB_NOT_RUNNING',
      message: /is CANCELED.*checkpoint or savepoint of it/,
    });
    await view.close();
  });
}

async function refusals(client: QueryableStateClient, jobId: string): Promise<void> {
  const count = new ValueStateDescriptor('count', Types.LONG);
  await assert.rejects(client.getKvState(jobId, 'count', 7, Types.LONG, count), {
    code: 'STATE_UNKNOWN',
    message: /did you mean 'counts'/,
  });
  await assert.rejects(client.getKvState(jobId, 'counts', KEYS + 1, Types.LONG, count), {
    code: 'STATE_KEY_NOT_FOUND',
  });
  const text = new ValueStateDescriptor('count', Types.STRING);
  await assert.rejects(client.getKvState(jobId, 'counts', 7, Types.LONG, text), {
    code: 'VALUE_NOT_SERIALIZABLE',
    message: /values .* are Long, and it was asked for with String/,
  });
  await assert.rejects(client.getKvState(jobId, 'counts', '7', Types.STRING, count), {
    code: 'VALUE_NOT_SERIALIZABLE',
    message: /keys .* are Long/,
  });
}

async function withJob(
  starting: Promise<JobClient>,
  act: (job: JobClient) => Promise<void>,
): Promise<void> {
  const job = await starting;
  try {
    await completedCheckpoints(job, 1);
    await act(job);
  } finally {
    await job.cancel();
  }
}
