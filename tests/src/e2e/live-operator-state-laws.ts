/** What must hold of lists and broadcast maps of a job that runs, with any backend and deployment. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  type BroadcastEntry,
  gatewayOfJob,
  measureSnapshot,
  openLiveState,
  openSnapshot,
  querySql,
  readLiveKey,
} from '@millrace/state-processor';
import type { JobClient } from 'millrace';
import { completedCheckpoints } from './counting-program.ts';
import {
  checkRules,
  entriesOf,
  liveRules,
  RECENT,
  RULED,
  RULES,
} from './live-operator-state-program.ts';
import type { Settings } from './live-state-program.ts';

const VIEWS = 5;

export function liveOperatorStateLaws(what: string, settings: Settings): void {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-live-operator-state-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const all: Settings = {
    'parallelism.default': '2',
    'execution.checkpointing.interval': '40 ms',
    'execution.checkpointing.dir': join(folder, 'checkpoints'),
    'execution.checkpointing.savepoint-dir': join(folder, 'savepoints'),
    ...settings,
  };

  describe(`the live operator state of a job ${what}`, () => {
    viewLaws(all);
    askedLaws(all);
  });
}

function viewLaws(all: Settings): void {
  it('is named beside keyed state, with types and numbers, and comes after it', async () => {
    await withRules(all, async (job) => {
      const { operators } = await openLiveState(gatewayOfJob(job), job.jobId);

      const [ruled, ...others] = operators;
      assert.deepEqual(
        ruled?.operatorStates.map(({ name, mode, keyType, elementType, items }) =>
          [name, mode, keyType, elementType, items].join(' '),
        ),
        [
          `recent split-distribute  Long ${2 * RECENT}`,
          'rules broadcast String Pojo Rule 2',
          'seen union  Tuple3<Int, Int, Long> 2',
        ],
      );
      assert.deepEqual(
        others.map(({ uid, operatorStates }) => [uid, operatorStates.map(({ name }) => name)]),
        [
          ['numbers', ['SourceReaderState']],
          ['rules', ['SourceReaderState']],
        ],
      );
    });
  });

  it('is shown as of one moment of each subtask, with its keyed state, while it goes on', async () => {
    await withRules(all, async (job) => {
      const live = await openLiveState(gatewayOfJob(job), job.jobId);
      let before = 0;

      for (let i = 0; i < VIEWS; i++) {
        const seen = await checkRules(live);
        assert.deepEqual([...seen.keys()], [0, 1]);
        const total = [...seen.values()].reduce((a, b) => a + b, 0);
        assert.ok(total >= before, 'time goes on');
        before = total;
      }
    });
  });

  it('is that of all subtasks after rescales, for who described it before', async () => {
    await withRules(all, async (job) => {
      const live = await openLiveState(gatewayOfJob(job), job.jobId);
      const forKeys = await openLiveState(gatewayOfJob(job), job.jobId);

      for (const parallelism of [3, 1, 2]) {
        await job.rescale({ parallelism });
        await completedCheckpoints(job, 1);

        const subtasks = Array.from({ length: parallelism }, (_, i) => i);
        const view = await live.openView(RULED, { states: ['seen'] });
        const seen = await entriesOf(view, 'seen');
        await view.close();
        const { entries } = await readLiveKey(forKeys, RULE);
        assert.deepEqual(seen.map(subtaskOf), subtasks);
        assert.deepEqual(entries.map(subtaskOf), subtasks);
      }
    });
  });
}

function askedLaws(all: Settings): void {
  it('is looked up by the key of a broadcast map, and a list has no keys', async () => {
    await withRules(all, async (job) => {
      const live = await openLiveState(gatewayOfJob(job), job.jobId);

      const found = await readLiveKey(live, RULE);
      const nothing = await readLiveKey(live, { ...RULE, key: 'rule none' });

      const copies = found.entries as readonly BroadcastEntry[];
      assert.deepEqual(
        copies.map(({ kind, subtask, key }) => [kind, subtask, key]),
        [
          ['broadcast', 0, 'rule 7'],
          ['broadcast', 1, 'rule 7'],
        ],
      );
      assert.ok(copies.every(({ value }) => (value as { since: number }).since % RULES === 7));
      assert.deepEqual(
        [nothing.entries, nothing.subtask, nothing.keyGroup],
        [[], undefined, undefined],
      );
      await assert.rejects(readLiveKey(live, { ...RULE, state: 'recent' }), {
        code: 'UNSUPPORTED',
        message: /'recent' is operator state, whose items have no key/,
      });
    });
  });

  it('is measured, and selected from, as that of a savepoint is', async () => {
    await withRules(all, async (job) => {
      const live = await openLiveState(gatewayOfJob(job), job.jobId);
      const savepoint = await openSnapshot(await job.triggerSavepoint());
      const view = await live.openView(RULED);

      const [measured] = (await measureSnapshot(view, { operator: RULED })).operators;
      await view.close();
      const [stored] = (await measureSnapshot(savepoint, { operator: RULED })).operators;
      const sql = [
        'SELECT subtask, count(*), min(element), max(element) FROM ruled.recent GROUP BY ALL ORDER BY 1',
        `SELECT subtask, key, since % ${RULES} FROM ruled.rules WHERE key = 'rule 7' ORDER BY subtask`,
        'SELECT subtask, f0, f2 = (SELECT max(value) FROM recent r WHERE r.subtask = s.subtask) FROM seen s ORDER BY 1',
      ];
      const expected = [
        [0, 1].map((subtask) => [subtask, RECENT, 0, RECENT - 1]),
        [0, 1].map((subtask) => [subtask, 'rule 7', 7]),
        [0, 1].map((subtask) => [subtask, subtask, true]),
      ];
      const selected = { live: [] as unknown[], savepoint: [] as unknown[] };
      for (const query of sql) {
        selected.live.push((await querySql(live, query)).rows);
        selected.savepoint.push((await querySql(savepoint, query)).rows);
      }

      const sizes = [measured, stored].map((each) =>
        each?.states
          .filter(({ kind }) => kind === 'operator')
          .map(sizeOf)
          .sort(),
      );
      assert.deepEqual(sizes[0], sizes[1]);
      assert.deepEqual(selected, { live: expected, savepoint: expected });
    });
  });
}

const RULE = { operator: RULED, state: 'rules', key: 'rule 7' };

function subtaskOf(entry: object): number | undefined {
  return 'subtask' in entry ? Number(entry.subtask) : undefined;
}

function sizeOf({
  name,
  entries,
  bytes,
}: {
  name: string;
  entries: number;
  bytes: number;
}): string {
  return `${name}: ${entries}, ${bytes} bytes`;
}

/** Once each list and map has all that it ever has. */
async function withRules(
  settings: Settings,
  act: (job: JobClient) => Promise<void>,
): Promise<void> {
  const job = await liveRules(settings);
  try {
    await completedCheckpoints(job, 1);
    const live = await openLiveState(gatewayOfJob(job), job.jobId);
    for (let rules = 0, recent = 0; rules < 2 * RULES || recent < 2 * RECENT; ) {
      const view = await live.openView(RULED, { states: ['rules', 'recent'] });
      rules = (await entriesOf(view, 'rules')).length;
      recent = (await entriesOf(view, 'recent')).length;
      await view.close();
    }
    await act(job);
  } finally {
    await job.cancel();
  }
}
