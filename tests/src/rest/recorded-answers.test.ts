/**
 * Every recorded answer of real Flink beside ours of a like job: status, headers that clients read, keys,
 * types, how numbers are written, forms of ids and constants.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { closeRestEndpoint, type JobClient, webInterfaceUrl } from 'millrace';
import { differences, shapeOf } from './json-shape.ts';
import { startRestJob } from './rest-job.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/flink-rest/', import.meta.url));

interface Recording {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly raw: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly raw: string;
}

/** Differences that are meant, by a part of their path, with the reason. */
const MEANT: readonly (readonly [part: RegExp, reason: string])[] = [
  [/\.user-config\./, 'the parameters of the program, which are its own'],
  [/\.serialized-user-task-accumulators\.|\.accumulator-results\./, 'objects of Java'],
  [/\$\.latest\.(completed|savepoint|failed|restored): recorded/, 'what there is at the moment'],
  [/\$\.(latest\.\w+|history\[\])\.savepointFormat/, 'null, or the format of a savepoint'],
  [/\$\.history\[\]\.(external_path|discarded): only recorded/, 'one may be in progress here'],
  [/\.(failure_timestamp|failure_message): only here/, 'one may have failed here'],
  [
    /entries\[\]\.(taskName|location|endpoint|taskManagerId): only/,
    'what failed a task has them, what failed the job has not',
  ],
];

let url = '';
let directory = '';
let main: JobClient;
let jobs: Readonly<Record<string, string>> = {};

async function ask(method: string, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, raw: await answer.text() };
}

function recording(number: string): Recording {
  const file = readdirSync(FOLDER).find((name) => name.startsWith(`${number}-`));
  assert.ok(file !== undefined, `recording ${number}`);
  return JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Recording;
}

async function compare(
  number: string,
  path: string,
  options: { readonly method?: string; readonly body?: object } = {},
): Promise<Answer> {
  const recorded = recording(number);
  const ours = await ask(options.method ?? recorded.method, path, options.body);
  assert.equal(ours.status, recorded.status, `${number} ${path}: ${ours.raw}`);
  for (const header of ['content-type', 'access-control-allow-origin']) {
    assert.equal(ours.headers.get(header), recorded.headers[header] ?? null, `${number} ${header}`);
  }
  const found = differences(shapeOf(recorded.raw), shapeOf(ours.raw)).filter(
    (difference) => !MEANT.some(([part]) => part.test(difference)),
  );
  assert.deepEqual(found, [], `${number} ${path}: ${ours.raw.slice(0, 2000)}`);
  return ours;
}

/** Asks until it holds; the runner bounds it. */
async function until<T>(look: () => Promise<T>, holds: (found: T) => boolean): Promise<T> {
  for (;;) {
    const found = await look();
    if (holds(found)) {
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function untilStatus(job: string, status: string): Promise<void> {
  await until(
    async () => JSON.parse((await ask('GET', `/jobs/${job}/status`)).raw).status as string,
    (found) => found === status,
  );
}

async function operation(path: string): Promise<Answer> {
  return until(
    () => ask('GET', path),
    ({ raw }) => raw.includes('COMPLETED'),
  );
}

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rest-recorded-'));
  main = await startRestJob({ name: 'main', directory });
  url = (await webInterfaceUrl()) ?? '';
  const finite = await startRestJob({ name: 'finite', directory, count: 300 });
  const failing = await startRestJob({ name: 'failing', directory, failAt: 60 });
  failing.jobExecutionResult().catch(() => {});
  jobs = { main: main.jobId, finite: finite.jobId, failing: failing.jobId };
  await finite.jobExecutionResult();
  await untilStatus(failing.jobId, 'FAILED');
  await until(
    () => Promise.resolve(main.details().checkpoints.counts.completed),
    (completed) => completed >= 3,
  );
});

after(async () => {
  if (main.jobStatus() === 'RUNNING') {
    await main.cancel();
  }
  await closeRestEndpoint();
  rmSync(directory, { recursive: true, force: true });
});

describe('answers beside recordings of Flink 1.20', () => {
  it('are of one shape for the cluster and lists of jobs', async () => {
    await compare('001', '/config');
    await compare('013', '/overview');
    await compare('014', '/jobs');
    await compare('015', '/jobs/overview');
    await compare('127', '/datasets');
  });

  it('are of one shape for a job that runs, one that failed and one that finished', async () => {
    await compare('018', `/jobs/${jobs.main}`);
    await compare('019', `/jobs/${jobs.failing}`);
    await compare('020', `/jobs/${jobs.finite}`);
    await compare('021', `/jobs/${jobs.main}/config`);
    await compare('022', `/jobs/${jobs.main}/plan`);
    await compare('023', `/jobs/${jobs.main}/exceptions`);
    await compare('024', `/jobs/${jobs.main}/accumulators`);
    await compare('028', `/jobs/${jobs.main}/status`);
    await compare('035', `/jobs/${jobs.main}/accumulators?includeSerializedValue=true`);
  });

  it('are of one shape for what failed a job', async () => {
    const { raw } = await compare('037', `/jobs/${jobs.failing}/exceptions`);
    const one = await compare('038', `/jobs/${jobs.failing}/exceptions?maxExceptions=1`);
    await compare('039', `/jobs/${jobs.failing}/exceptions?failureLabelFilter=a:b`);

    const told = JSON.parse(raw);
    assert.match(told['root-exception'], /asked to fail at record 60/);
    assert.ok(told.exceptionHistory.entries.length >= 3, 'two restarts and the end');
    const entry = told.exceptionHistory.entries.at(-1);
    assert.match(entry.taskName, /^Source: numbers -> .* \(\d\/2\) - execution #0$/);
    assert.match(entry.endpoint, /^localhost:\d+$/);
    assert.equal(JSON.parse(one.raw).exceptionHistory.truncated, true);
  });

  it('are of one shape for checkpoints', async () => {
    const job = `/jobs/${jobs.main}`;
    const { raw } = await compare('026', `${job}/checkpoints`);
    await compare('132', `/v1${job}/checkpoints`);
    await compare('027', `${job}/checkpoints/config`);
    await compare('040', `/jobs/${jobs.finite}/checkpoints`);
    const { id } = JSON.parse(raw).latest.completed;
    const { raw: checkpoint } = await compare('041', `${job}/checkpoints/details/${id}`);
    await compare('042', `${job}/checkpoints/details/999999`);
    for (const vertex of Object.keys(JSON.parse(checkpoint).tasks)) {
      await compare('043', `${job}/checkpoints/details/${id}/subtasks/${vertex}`);
    }
  });

  it('are of one shape for every vertex, its subtasks and attempts', async () => {
    const details = JSON.parse((await ask('GET', `/jobs/${jobs.main}`)).raw);
    for (const { id } of details.vertices) {
      const vertex = `/jobs/${jobs.main}/vertices/${id}`;
      await compare('044', vertex);
      await compare('045', `${vertex}/accumulators`);
      await compare('052', `${vertex}/subtasks/accumulators`);
      await compare('054', `${vertex}/subtasktimes`);
      await compare('055', `${vertex}/taskmanagers`);
      await compare('057', `${vertex}/subtasks/0`);
      await compare('058', `${vertex}/subtasks/0/attempts/0`);
      await compare('059', `${vertex}/subtasks/0/attempts/0/accumulators`);
    }
  });

  it('refuse in the words of Flink', async () => {
    const firstLine = ({ raw }: { raw: string }) =>
      JSON.parse(raw)
        .errors[0].split('\n')[0]
        .replace(/[0-9a-f]{32}/g, ':id') as string;
    const nobody = '0'.repeat(32);
    for (const [number, path] of [
      ['029', `/jobs/${nobody}/clientHeartbeat`],
      ['034', `/jobs/${nobody}/rescales`],
      ['128', '/nope'],
      ['129', '/jobs/xyz'],
      ['130', `/jobs/${nobody}`],
      ['131', `/jobs/${jobs.main}/vertices/${nobody}`],
      ['042', `/jobs/${jobs.main}/checkpoints/details/999999`],
      ['140', `/jobs/${jobs.main}/savepoints/${'f'.repeat(32)}`],
      ['147', `/jobs/${jobs.main}/rescaling?parallelism=1`],
    ] as const) {
      assert.equal(firstLine(await compare(number, path)), firstLine(recording(number)), number);
    }
  });

  it('are of one shape for what is triggered, to its end', async () => {
    const job = `/jobs/${jobs.main}`;
    const triggerOf = ({ raw }: Answer) => JSON.parse(raw)['request-id'] as string;
    const savepoint = await compare('133', `${job}/savepoints`, { body: {} });
    await operation(`${job}/savepoints/${triggerOf(savepoint)}`);
    const { raw } = await compare('135', `${job}/savepoints/${triggerOf(savepoint)}`);
    const own = '0123456789abcdef0123456789abcdef';
    const body = { 'cancel-job': false, formatType: 'NATIVE', triggerId: own };
    assert.equal(triggerOf(await compare('137', `${job}/savepoints`, { body })), own);
    // Recorded with /proc/nope, in which Node's recursive mkdir never ends.
    const nowhere = { 'target-directory': 'file:///dev/null/nope' };
    const failed = triggerOf(await compare('141', `${job}/savepoints`, { body: nowhere }));
    await operation(`${job}/savepoints/${failed}`);
    await compare('143', `${job}/savepoints/${failed}`);
    const full = { checkpointType: 'FULL' };
    const checkpoint = triggerOf(await compare('144', `${job}/checkpoints`, { body: full }));
    await operation(`${job}/checkpoints/${checkpoint}`);
    await compare('146', `${job}/checkpoints/${checkpoint}`);
    const path = JSON.parse(raw).operation.location as string;
    const disposal = triggerOf(
      await compare('149', '/savepoint-disposal', { body: { 'savepoint-path': path } }),
    );
    await operation(`/savepoint-disposal/${disposal}`);
    await compare('151', `/savepoint-disposal/${disposal}`);
  });

  it('are of one shape for a job that stops, one that goes on from it, and one that is cancelled', async () => {
    const job = `/jobs/${jobs.main}`;
    const stop = await compare('152', `${job}/stop`, { body: { drain: false } });
    const poll = `${job}/savepoints/${JSON.parse(stop.raw)['request-id']}`;
    await operation(poll);
    const { raw } = await compare('154', poll);
    await untilStatus(main.jobId, 'FINISHED');
    await compare('155', job);
    await compare('156', `${job}/checkpoints`);
    const savepoint = JSON.parse(raw).operation.location as string;
    const restored = await startRestJob({ name: 'from-savepoint', directory, savepoint });
    restored.jobExecutionResult().catch(() => {});
    await compare('158', `/jobs/${restored.jobId}/checkpoints`);
    await compare('159', `/jobs/${restored.jobId}?mode=cancel`);
    await untilStatus(restored.jobId, 'CANCELED');
    await compare('161', `/jobs/${restored.jobId}`);
    await compare('162', `/jobs/${restored.jobId}?mode=cancel`);
    await compare('163', `/jobs/${restored.jobId}/savepoints`, { body: {} });
    await compare('166', '/overview');
    await compare('167', '/jobs');
  });
});
