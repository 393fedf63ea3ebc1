/**
 * Every recorded answer of real Flink beside ours of a like job: status, headers that clients read, keys,
 * types, how numbers are written, forms of ids and constants.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import { dispatcherOfProcess } from '@millrace/runtime';
import { startRestServer } from '@millrace/server';
import { closeRestEndpoint, type JobClient, webInterfaceUrl } from 'millrace';
import { differences, shapeOf } from './json-shape.ts';
import { NOT_COMPARED, recording, recordingNumbers } from './recordings.ts';
import { startRestJob } from './rest-job.ts';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly raw: string;
}

/** Differences that are meant, by a part of their path, with the reason. */
const MEANT: readonly (readonly [part: RegExp, reason: string])[] = [
  [/\.user-config\./, 'the parameters of the program, which are its own'],
  [/\.serialized-user-task-accumulators\.|\.accumulator-results\./, 'objects of Java'],
  [/\$\.classpath\[\]: empty only here/, 'of Java'],
  [/\$\.jvm\.options\[\]: empty only here/, 'node was started without options'],
  [/\$\.latest\.(completed|savepoint|failed|restored): recorded/, 'what there is at the moment'],
  [/\$\.(latest\.\w+|history\[\])\.savepointFormat/, 'null, or the format of a savepoint'],
  [/\$\.history\[\]\.(external_path|discarded): only recorded/, 'one may be in progress here'],
  [/\.(failure_timestamp|failure_message): only here/, 'one may have failed here'],
  [
    /entries\[\]\.(taskName|location|endpoint|taskManagerId): only/,
    'what failed a task has them, what failed the job has not',
  ],
];

/** Flink's handlers of files send no `access-control-allow-origin`; here each answer of the API has it. */
const FILES: ReadonlySet<string> = new Set(['032', '109', '110', '112', '121', '122', '124']);

/** Metrics of Flink that nothing here has, with the reason. */
const METRICS_OF_JAVA: readonly (readonly [name: RegExp, reason: string])[] = [
  [/GarbageCollector\.Copy\./, 'collectors are named as those of V8 are'],
  [/input(Exclusive|Floating)BuffersUsage$/, 'one pool is for all channels of a task'],
  [/(in|out)putQueueSize$/, 'what waits are objects, whose bytes nobody knows'],
  [/to-pairs\./, 'the program that was recorded registers them'],
  [/\.numBytes(In|Out)(PerSecond)?$/, 'bytes are of tasks: none are between operators'],
];

let url = '';
let directory = '';
let main: JobClient;
let jobs: Readonly<Record<string, string>> = {};
const compared = new Set<string>();

async function ask(method: string, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, raw: await answer.text() };
}

interface Comparison {
  readonly method?: string;
  readonly body?: object;
  /** Another one than recorded, which is meant. */
  readonly status?: number;
}

async function compare(number: string, path: string, options: Comparison = {}): Promise<Answer> {
  const answer = await ask(options.method ?? recording(number).method, path, options.body);
  compareAnswer(number, path, answer, options.status);
  return answer;
}

function compareAnswer(number: string, path: string, ours: Answer, status?: number): void {
  const recorded = recording(number);
  compared.add(number);
  assert.equal(ours.status, status ?? recorded.status, `${number} ${path}: ${ours.raw}`);
  for (const header of ['content-type', 'access-control-allow-origin']) {
    const isMeant = header.startsWith('access') && FILES.has(number);
    const expected = isMeant ? '*' : (recorded.headers[header] ?? null);
    assert.equal(ours.headers.get(header), expected, `${number} ${header}`);
  }
  if (recorded.raw !== undefined) {
    const found = differences(shapeOf(recorded.raw), shapeOf(ours.raw)).filter(
      (difference) => !MEANT.some(([part]) => part.test(difference)),
    );
    assert.deepEqual(found, [], `${number} ${path}: ${ours.raw.slice(0, 2000)}`);
  }
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

async function startJobs(): Promise<void> {
  directory = mkdtempSync(join(tmpdir(), 'rest-recorded-'));
  main = await startRestJob({ name: 'main', directory });
  url = (await webInterfaceUrl()) ?? '';
  await compare('011', `/jobs/${main.jobId}`);
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
}

async function endJobs(): Promise<void> {
  if (main.jobStatus() === 'RUNNING') {
    await main.cancel();
  }
  await closeRestEndpoint();
  rmSync(directory, { recursive: true, force: true });
}

/** @returns where it is asked for */
async function triggered(path: string, body: object, polled = path): Promise<string> {
  const { raw } = await ask('POST', path, body);
  return `${polled}/${JSON.parse(raw)['request-id']}`;
}

/** Triggers it until the answer comes while it is on its way: mostly at once, it takes many turns of the jobs. */
async function onItsWay(number: string, trigger: () => Promise<string>): Promise<void> {
  const { path, answer } = await until(
    async () => {
      const path = await trigger();
      return { path, answer: await ask('GET', path) };
    },
    ({ answer }) => !answer.raw.includes('COMPLETED'),
  );
  compareAnswer(number, path, answer);
  await operation(path);
}

async function taskManager(): Promise<string> {
  const { taskmanagers } = JSON.parse((await ask('GET', '/taskmanagers')).raw);
  return `/taskmanagers/${taskmanagers[0].id}`;
}

/** What lists metrics or their values: also whether those of the recording are there. */
async function compareNames(number: string, path: string): Promise<void> {
  const names = (raw: string) => (JSON.parse(raw) as { id: string }[]).map(({ id }) => id);
  const { raw } = await compare(number, path);
  const here = new Set(names(raw));
  const missing = names(recording(number).raw ?? '').filter(
    (name) => !here.has(name) && !METRICS_OF_JAVA.some(([part]) => part.test(name)),
  );
  assert.deepEqual(missing, [], `${number} ${path}`);
}

describe('answers before the first job, beside recordings of Flink 1.20', () => {
  it('are of one shape', async () => {
    const awake = setInterval(() => {}, 1_000); // The endpoint alone keeps no process alive.
    const settings = new Configuration({ 'rest.bind-port': '0' });
    const server = await startRestServer(settings, dispatcherOfProcess());
    url = await server.url;

    try {
      await compare('002', '/overview');
      await compare('003', '/jobs');
      await compare('004', '/jobs/overview');
    } finally {
      clearInterval(awake);
      await server.close();
    }
  });
});

describe('answers beside recordings of Flink 1.20', () => {
  before(startJobs);
  after(endJobs);

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
      await compare('054', `${vertex}/subtasktimes`);
      await compare('055', `${vertex}/taskmanagers`);
      await compare('057', `${vertex}/subtasks/0`);
      await compare('058', `${vertex}/subtasks/0/attempts/0`);
    }
    for (const [vertex, ofVertex, ofSubtasks, ofAttempt] of [
      [0, '045', '052', '059'],
      [1, '063', '070', '077'], // It has none.
    ] as const) {
      const path = `/jobs/${jobs.main}/vertices/${details.vertices[vertex].id}`;
      await compare(ofVertex, `${path}/accumulators`);
      await compare(ofSubtasks, `${path}/subtasks/accumulators`);
      await compare(ofAttempt, `${path}/subtasks/0/attempts/0/accumulators`);
    }
  });

  it('are of one shape for metrics, whose names are those of Flink', async () => {
    const details = JSON.parse((await ask('GET', `/jobs/${jobs.main}`)).raw);
    const [source, window] = details.vertices.map(
      ({ id }: { readonly id: string }) => `/jobs/${jobs.main}/vertices/${id}`,
    );
    const manager = await taskManager();
    const queryOf = (number: string) => recording(number).path.replace(/^[^?]*/, '');
    await compareNames('016', '/jobs/metrics');
    await compareNames('025', `/jobs/${jobs.main}/metrics`);
    await compareNames('107', `${manager}/metrics`);
    await compareNames('114', '/taskmanagers/metrics');
    await compareNames('119', '/jobmanager/metrics');
    await compare('053', `${source}/subtasks/metrics`);
    await compareNames('060', `${source}/subtasks/0/metrics`);
    await compareNames('050', `${source}/metrics`);
    for (const [number, path] of [
      ['017', '/jobs/metrics'],
      ['036', `/jobs/${jobs.main}/metrics`],
      ['101', `${source}/metrics`],
      ['102', `${source}/subtasks/metrics`],
      ['103', `${source}/subtasks/metrics`],
      ['104', `${source}/subtasks/0/metrics`],
      ['115', '/taskmanagers/metrics'],
      ['116', `${manager}/metrics`],
      ['126', '/jobmanager/metrics'],
    ] as const) {
      await compareNames(number, `${path}${queryOf(number)}`);
    }
    await compareNames('056', `${source}/jm-operator-metrics`);
    const { raw: exposition } = await ask('GET', '/metrics');
    assert.match(
      exposition,
      /^flink_jobmanager_job_operator_coordinator_enumerator_unassignedSplits\{.*\} 0(\.0)?$/m,
    );
    await compareNames('074', `${window}/jm-operator-metrics`);
    await compare('046', `${source}/backpressure`);
    await compare('051', `${source}/watermarks`);
    await compare('069', `${window}/watermarks`);
  });

  it('are of one shape for the job manager and for task managers, with their logs', async () => {
    const manager = await taskManager();
    await compare('030', `/jobs/${jobs.main}/jobmanager/config`);
    await compare('031', `/jobs/${jobs.main}/jobmanager/environment`);
    await compare('032', `/jobs/${jobs.main}/jobmanager/log-url`);
    await compare('105', '/taskmanagers');
    await compare('106', manager);
    await compare('108', `${manager}/logs`);
    await compare('109', `${manager}/log`);
    await compare('110', `${manager}/stdout`);
    await compare('111', `${manager}/thread-dump`);
    await compare('112', `${manager}/logs/taskmanager.log`);
    await compare('117', '/jobmanager/config');
    await compare('118', '/jobmanager/environment');
    await compare('120', '/jobmanager/logs');
    await compare('121', '/jobmanager/log');
    await compare('122', '/jobmanager/stdout');
    await compare('123', '/jobmanager/thread-dump');
    await compare('124', '/jobmanager/logs/jobmanager.log');
  });

  it('refuse in the words of Flink', async () => {
    const firstLine = ({ raw = '' }: { readonly raw?: string }) =>
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

  it('know no profiler, as where rest.profiling.enabled is false', async () => {
    const errorsOf = ({ raw = '' }: { readonly raw?: string }) =>
      raw.replace(/\/taskmanagers\/[^/"]+/, '/taskmanagers/:id');
    const ofManager = await taskManager();
    for (const [number, place] of [
      ['p01', '/jobmanager'],
      ['p02', ofManager],
      ['p03', '/jobmanager'],
      ['p04', ofManager],
    ] as const) {
      const recorded = recording(number);
      const body = recorded.method === 'POST' ? { body: { mode: 'CPU', duration: 1 } } : {};

      const ours = await compare(number, `${place}/profiler`, body);

      assert.equal(errorsOf(ours), errorsOf(recorded), number);
    }
  });

  it('say that a scheduler cannot change parallelisms, not that the server is at fault', async () => {
    const path = `/jobs/${jobs.main}/resource-requirements`;
    const { vertices } = JSON.parse((await ask('GET', `/jobs/${jobs.main}`)).raw);
    const parallelism = { lowerBound: 1, upperBound: 1 };
    const body = Object.fromEntries(
      vertices.map(({ id }: { readonly id: string }) => [id, { parallelism }]),
    );

    await compare('033', path, { status: 400 }); // Flink says 500, with a stack of Java.
    const { raw } = await compare('148', path, { status: 400, body });

    assert.match(JSON.parse(raw).errors[0], /set jobmanager\.scheduler to Adaptive/);
  });

  it('are of one shape for what is triggered, to its end', async () => {
    const job = `/jobs/${jobs.main}`;
    const triggerOf = ({ raw }: Answer) => JSON.parse(raw)['request-id'] as string;
    const savepoint = await compare('133', `${job}/savepoints`, { body: {} });
    await operation(`${job}/savepoints/${triggerOf(savepoint)}`);
    const { raw } = await compare('135', `${job}/savepoints/${triggerOf(savepoint)}`);
    await compare('136', `${job}/checkpoints`);
    const own = '0123456789abcdef0123456789abcdef';
    const body = { 'cancel-job': false, formatType: 'NATIVE', triggerId: own };
    assert.equal(triggerOf(await compare('137', `${job}/savepoints`, { body })), own);
    await operation(`${job}/savepoints/${own}`);
    await compare('138', `${job}/savepoints/${own}`);
    await compare('139', `${job}/savepoints/${own}`);
    // Recorded with /proc/nope, in which Node's recursive mkdir never ends.
    const nowhere = { 'target-directory': 'file:///dev/null/nope' };
    const failed = triggerOf(await compare('141', `${job}/savepoints`, { body: nowhere }));
    await operation(`${job}/savepoints/${failed}`);
    await compare('142', `${job}/savepoints/${failed}`);
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

  it('are of one shape for what is on its way', async () => {
    const job = `/jobs/${jobs.main}`;
    await onItsWay('134', async () => triggered(`${job}/savepoints`, {}));
    await onItsWay('145', async () => triggered(`${job}/checkpoints`, {}));
    await onItsWay('150', async () => {
      const savepoint = await operation(await triggered(`${job}/savepoints`, {}));
      const { location } = JSON.parse(savepoint.raw).operation;
      return triggered('/savepoint-disposal', { 'savepoint-path': location });
    });
    await onItsWay('153', async () => {
      const stopped = `/jobs/${(await startRestJob({ name: 'stopped', directory })).jobId}`;
      await untilStatus(stopped.slice('/jobs/'.length), 'RUNNING');
      return triggered(`${stopped}/stop`, { drain: false }, `${stopped}/savepoints`);
    });
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
    let closed = (): void => {};
    const closing = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const restored = await startRestJob({ name: 'from-savepoint', directory, savepoint, closing });
    restored.jobExecutionResult().catch(() => {});
    await until(
      () => Promise.resolve(restored.details().checkpoints.counts.completed),
      (completed) => completed > 0,
    );
    await compare('158', `/jobs/${restored.jobId}/checkpoints`);
    await compare('159', `/jobs/${restored.jobId}?mode=cancel`);
    await untilStatus(restored.jobId, 'CANCELLING');
    await compare('160', `/jobs/${restored.jobId}`);
    closed();
    await untilStatus(restored.jobId, 'CANCELED');
    await compare('161', `/jobs/${restored.jobId}`);
    await compare('162', `/jobs/${restored.jobId}?mode=cancel`);
    await compare('163', `/jobs/${restored.jobId}/savepoints`, { body: {} });
    await compare('165', '/jobs/overview');
    await compare('166', '/overview');
    await compare('167', '/jobs');
    await compare('168', `/jobs/${jobs.failing}/exceptions`);
  });
});

describe('recordings of Flink 1.20', () => {
  it('are compared each, or named with the reason why not', () => {
    const both = [...NOT_COMPARED.keys()].filter((number) => compared.has(number));
    const neither = recordingNumbers().filter(
      (number) => !compared.has(number) && !NOT_COMPARED.has(number),
    );

    assert.deepEqual({ both, neither }, { both: [], neither: [] });
  });
});
