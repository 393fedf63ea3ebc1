/** The commands that ask a server, against one that answers as Flink does. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { after, afterEach, before, describe, it } from 'node:test';
import { runMillrace } from './run-millrace.ts';

const SUMS = '30ef3b76de442b21b15f319f85d01947';
const OLD_SUMS = 'b13c03b2453e19b89682d3657ad6cd55';
const TWIN = '30efaaaade442b21b15f319f85d01947';
const TRIGGER = 'aff0e23443c6c085c8257c452cb6914e';

const job = (jid: string, name: string, state: string) => ({
  jid,
  name,
  state,
  'start-time': 1_795_255_612_480,
  'end-time': -1,
  duration: 16_173,
  tasks: { running: 6, finished: 0, total: 6 },
});
const JOBS = {
  jobs: [
    job(SUMS, 'sums', 'RUNNING'),
    job(TWIN, 'twin', 'RUNNING'),
    job(OLD_SUMS, 'sums', 'FINISHED'),
  ],
};

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly authorization: string | undefined;
}
type Answer = readonly [status: number, body: unknown];

/** Answers each path with the next of its answers, the last of them for ever. */
class JobServer {
  readonly calls: Call[] = [];
  answers: Record<string, Answer[]> = {};
  /** Before a call is answered. */
  onCall: (path: string) => void = () => {};
  private readonly server: Server = createServer((request, response) => {
    void bodyOf(request).then((text) => {
      const { method = '', url = '', headers } = request;
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      this.calls.push({ method, path: url, body, authorization: headers.authorization });
      this.onCall(url);
      const [status, answer] = this.next(`${method} ${url}`);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private next(call: string): Answer {
    const answers = { 'GET /v1/jobs/overview': [[200, JOBS] as Answer], ...this.answers }[call];
    return (
      (answers !== undefined && answers.length > 1 ? answers.shift() : answers?.[0]) ?? [
        404,
        { errors: [`Not found: ${call}`] },
      ]
    );
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
  }
  return text;
}

const server = new JobServer();
before(() => server.start());
after(() => server.stop());
afterEach(() => {
  server.answers = {};
  server.calls.length = 0;
});

async function millrace(...args: string[]) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const status = await runMillrace([...args, '-m', server.address], {
    stdout,
    stderr,
    env: {},
    onInterrupt: () => () => {},
  } as never);
  return { status, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}

const inProgress: Answer = [200, { status: { id: 'IN_PROGRESS' } }];
const completed = (operation: unknown): Answer => [200, { status: { id: 'COMPLETED' }, operation }];

describe('millrace list', () => {
  it('lists the jobs that are not over', async () => {
    const { status, stdout, stderr } = await millrace('list');

    assert.equal(status, 0);
    assert.deepEqual(
      stdout.split('\n').map((line) => line.split('\t').slice(0, 4).join(' ')),
      ['JOB ID NAME STATE TASKS', `${SUMS} sums RUNNING 6/6`, `${TWIN} twin RUNNING 6/6`, ''],
    );
    assert.equal(stderr, '1 more; millrace list -a shows all.\n');
  });

  it('lists those in the states that are asked for', async () => {
    const all = await millrace('list', '-a', '--json');
    const scheduled = await millrace('list', '-s');

    assert.equal(JSON.parse(all.stdout).length, 3);
    assert.equal(scheduled.stdout.split('\n').length, 2);
    assert.match(scheduled.stderr, /^No job is in such a state\./);
  });

  it('shows its token to the server', async () => {
    await millrace('list', '--token', 'sesame');

    assert.equal(server.calls[0]?.authorization, 'Bearer sesame');
  });

  it('says that a token is missing or wrong', async () => {
    server.answers = { 'GET /v1/jobs/overview': [[401, { errors: ['no'] }]] };

    const { status, stderr } = await millrace('list');

    assert.equal(status, 1);
    assert.match(stderr, /^millrace: REST_UNAUTHORIZED: .* \(401\); give its token with --token/);
  });

  for (const [what, answer] of [
    ['a page of something else', [200, '<html>']],
    ['an error of something else', [502, '<html>Bad Gateway']],
    ['JSON of something else', [200, { hello: 1 }]],
    ['an empty array of something else', [200, []]],
    ['nothing but null', [200, null]],
  ] as const) {
    it(`asks whether it is the right server at ${what}`, async () => {
      server.answers = { 'GET /v1/jobs/overview': [answer as unknown as Answer] };

      const { status, stderr } = await millrace('list');

      assert.equal(status, 1);
      assert.match(stderr, /REST_FAILED: .*is it the REST server of a job\? --jobmanager/);
    });
  }

  it('says that nobody answers', async () => {
    const { status, stderr } = await runAt('127.0.0.1:1024');

    assert.equal(status, 1);
    assert.match(stderr, /REST_UNREACHABLE: no server answers at http:\/\/127\.0\.0\.1:1024: /);
  });
});

/** `list` at another server. */
async function runAt(address: string) {
  const stderr = new PassThrough();
  const status = await runMillrace(['list', '-m', address], {
    stdout: new PassThrough(),
    stderr,
    env: {},
    onInterrupt: () => () => {},
  } as never);
  return { status, stderr: String(stderr.read() ?? '') };
}

describe('a job of the command line', () => {
  const savepoint = {
    [`POST /v1/jobs/${SUMS}/savepoints`]: [[202, { 'request-id': TRIGGER }] as Answer],
    [`GET /v1/jobs/${SUMS}/savepoints/${TRIGGER}`]: [completed({ location: 'file:/s' })],
  };

  for (const wanted of [SUMS, '30ef3', '30EF3', 'sums']) {
    it(`is found by ${wanted}, and one that ended is not meant by its name`, async () => {
      server.answers = savepoint;

      const { status, stdout } = await millrace('savepoint', wanted);

      assert.deepEqual([status, stdout], [0, 'file:/s\n']);
    });
  }

  it('is not guessed among several', async () => {
    const { status, stderr } = await millrace('savepoint', '30ef');

    assert.equal(status, 1);
    assert.match(stderr, /JOB_UNKNOWN: 2 jobs .* are "30ef": .*twin, RUNNING.*give more of the id/);
  });

  it('that is not there is told with those that are', async () => {
    const { status, stderr } = await millrace('cancel', 'sum');

    assert.equal(status, 1);
    assert.match(
      stderr,
      /JOB_UNKNOWN: no job of \S+ is "sum"; it has 30ef3b76\w+ \(sums, RUNNING\)/,
    );
  });

  it('that has ended is left alone', async () => {
    const { status, stderr } = await millrace('cancel', OLD_SUMS);

    assert.equal(status, 1);
    assert.match(stderr, /JOB_NOT_RUNNING: sums \(b13c\w+\) has ended already: it is FINISHED/);
    assert.deepEqual(
      server.calls.map(({ method }) => method),
      ['GET'],
    );
  });
});

describe('millrace savepoint', () => {
  it('waits for the savepoint, and puts out its path alone', async () => {
    server.answers = {
      [`POST /v1/jobs/${SUMS}/savepoints`]: [[202, { 'request-id': TRIGGER }]],
      [`GET /v1/jobs/${SUMS}/savepoints/${TRIGGER}`]: [
        inProgress,
        inProgress,
        completed({ location: 'file:/s/savepoint-30ef3b-1' }),
      ],
    };

    const { status, stdout, stderr } = await millrace('savepoint', 'sums', '/s', '-type', 'NATIVE');

    assert.equal(status, 0);
    assert.equal(stdout, 'file:/s/savepoint-30ef3b-1\n');
    assert.match(stderr, /^savepoint of sums \(30ef3b\w+\) in \d\.\d s; the job goes on\n$/);
    assert.deepEqual(server.calls.find(({ method }) => method === 'POST')?.body, {
      'target-directory': '/s',
      'cancel-job': false,
      formatType: 'NATIVE',
    });
  });

  it('fails as the savepoint failed', async () => {
    const trace =
      'java.util.concurrent.CompletionException: a.B: Declined.\nCaused by: a.C: No disk';
    server.answers = {
      [`POST /v1/jobs/${SUMS}/savepoints`]: [[202, { 'request-id': TRIGGER }]],
      [`GET /v1/jobs/${SUMS}/savepoints/${TRIGGER}`]: [
        completed({ 'failure-cause': { class: 'a.B', 'stack-trace': trace } }),
      ],
    };

    const { status, stdout, stderr } = await millrace('savepoint', 'sums');

    assert.equal(status, 1);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /REST_FAILED: savepoint of sums \(\w+\) failed: Declined\. Cause: No disk/,
    );
  });

  it('does not wait where it is not to', async () => {
    server.answers = { [`POST /v1/jobs/${SUMS}/savepoints`]: [[202, { 'request-id': TRIGGER }]] };

    const { status, stdout, stderr } = await millrace('savepoint', 'sums', '/s', '-detached');

    assert.deepEqual([status, stdout], [0, `${TRIGGER}\n`]);
    assert.ok(stderr.includes(`/v1/jobs/${SUMS}/savepoints/${TRIGGER}`));
    assert.equal(server.calls.length, 2);
  });

  it('says how a folder is given where the job knows none', async () => {
    const errors = [
      'Config key [state.savepoints.dir] is not set. Property [target-directory] must be provided.',
    ];
    server.answers = { [`POST /v1/jobs/${SUMS}/savepoints`]: [[400, { errors }]] };

    const { status, stderr } = await millrace('savepoint', 'sums');

    assert.equal(status, 1);
    assert.match(stderr, /REST_FAILED: .*knows no folder.*: millrace savepoint sums FOLDER\n$/);
  });

  it('deletes one', async () => {
    server.answers = {
      'POST /v1/savepoint-disposal': [[200, { 'request-id': TRIGGER }]],
      [`GET /v1/savepoint-disposal/${TRIGGER}`]: [completed({})],
    };

    const { status, stderr } = await millrace('savepoint', '-d', 'file:/s/savepoint-1');

    assert.equal(status, 0);
    assert.match(stderr, /^file:\/s\/savepoint-1 was deleted/);
    assert.deepEqual(server.calls[0]?.body, { 'savepoint-path': 'file:/s/savepoint-1' });
  });

  it('needs a job or a path', async () => {
    assert.equal((await millrace('savepoint')).status, 2);
    assert.equal((await millrace('savepoint', 'sums', '-d', '/s')).status, 2);
  });
});

describe('millrace stop', () => {
  it('asks for a savepoint with which the job ends', async () => {
    server.answers = {
      [`POST /v1/jobs/${SUMS}/stop`]: [[202, { 'request-id': TRIGGER }]],
      [`GET /v1/jobs/${SUMS}/savepoints/${TRIGGER}`]: [completed({ location: 'file:/s/1' })],
    };

    const { status, stdout } = await millrace('stop', 'sums', '--drain', '-p', 's3://b/s');

    assert.deepEqual([status, stdout], [0, 'file:/s/1\n']);
    assert.deepEqual(server.calls.find(({ method }) => method === 'POST')?.body, {
      targetDirectory: 's3://b/s',
      drain: true,
      formatType: 'CANONICAL',
    });
  });
});

describe('millrace cancel', () => {
  it('waits until the job has ended', async () => {
    server.answers = {
      [`PATCH /v1/jobs/${SUMS}?mode=cancel`]: [[202, {}]],
      [`GET /v1/jobs/${SUMS}/status`]: [
        [200, { status: 'CANCELLING' }],
        [200, { status: 'CANCELED' }],
      ],
    };

    const { status, stdout, stderr } = await millrace('cancel', 'sums');

    assert.deepEqual([status, stdout], [0, `${SUMS}\n`]);
    assert.match(stderr, /^sums \(\w+\) was cancelled in/);
    assert.equal(server.calls.filter(({ path }) => path.endsWith('/status')).length, 2);
  });

  it('does not take a job for cancelled whose server is late to answer', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    server.answers = {
      [`PATCH /v1/jobs/${SUMS}?mode=cancel`]: [[202, {}]],
      [`GET /v1/jobs/${SUMS}/status`]: [[200, { status: 'CANCELLING' }]],
    };
    server.onCall = (path) => {
      if (path.endsWith('/status')) {
        context.mock.timers.tick(60_000);
      }
    };

    const { status, stdout, stderr } = await millrace('cancel', 'sums');
    server.onCall = () => {};

    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /REST_CLIENT_TIMEOUT: .* did not answer within/);
  });

  for (const [how, args, body] of [
    ['in a folder', ['sums', '-s', '/s'], { 'target-directory': '/s' }],
    ['in the folder of the job, as Flink spells it', ['--withSavepoint', 'sums'], {}],
  ] as const) {
    it(`takes a savepoint first ${how}`, async () => {
      server.answers = {
        [`POST /v1/jobs/${SUMS}/savepoints`]: [[202, { 'request-id': TRIGGER }]],
        [`GET /v1/jobs/${SUMS}/savepoints/${TRIGGER}`]: [completed({ location: 'file:/s/1' })],
        [`GET /v1/jobs/${SUMS}/status`]: [[200, { status: 'CANCELED' }]],
      };

      const { status, stdout, stderr } = await millrace('cancel', ...args);

      assert.deepEqual([status, stdout], [0, 'file:/s/1\n']);
      assert.match(stderr, /^sums \(\w+\) was cancelled after its savepoint in/);
      assert.deepEqual(server.calls.find(({ method }) => method === 'POST')?.body, {
        ...body,
        'cancel-job': true,
        formatType: 'CANONICAL',
      });
    });
  }

  it('needs a job', async () => {
    assert.equal((await millrace('cancel')).status, 2);
  });

  it('fails when the job ended otherwise meanwhile', async () => {
    server.answers = {
      [`PATCH /v1/jobs/${SUMS}?mode=cancel`]: [[202, {}]],
      [`GET /v1/jobs/${SUMS}/status`]: [[200, { status: 'FINISHED' }]],
    };

    const { status, stderr } = await millrace('cancel', 'sums');

    assert.equal(status, 1);
    assert.match(stderr, /was not cancelled: it is FINISHED/);
  });
});

describe('millrace checkpoint', () => {
  it('puts out the number of the checkpoint', async () => {
    server.answers = {
      [`POST /v1/jobs/${SUMS}/checkpoints`]: [[202, { 'request-id': TRIGGER }]],
      [`GET /v1/jobs/${SUMS}/checkpoints/${TRIGGER}`]: [completed({ checkpointId: 25 })],
      [`GET /v1/jobs/${SUMS}/checkpoints/details/25`]: [
        // What the server knew a moment ago.
        [404, { errors: ['Could not find checkpointing statistics for checkpoint 25.'] }],
        [200, { id: 25, status: 'IN_PROGRESS' }],
        [200, { id: 25, status: 'COMPLETED', state_size: 2_048, external_path: 'file:/c/chk-25' }],
      ],
    };

    const { status, stdout, stderr } = await millrace('checkpoint', 'sums', '--full');

    assert.deepEqual([status, stdout], [0, '25\n']);
    assert.match(
      stderr,
      /^checkpoint 25 of sums \(\w+\) in \d\.\d s, 2\.0 KiB in file:\/c\/chk-25\n$/,
    );
    assert.deepEqual(server.calls.find(({ method }) => method === 'POST')?.body, {
      checkpointType: 'FULL',
    });
  });

  it("fails with the server's code", async () => {
    const failureCause = { class: '', 'stack-trace': 'CHECKPOINT_DECLINED: map 1 declined it' };
    server.answers = {
      [`POST /v1/jobs/${SUMS}/checkpoints`]: [[202, { 'request-id': TRIGGER }]],
      [`GET /v1/jobs/${SUMS}/checkpoints/${TRIGGER}`]: [completed({ failureCause })],
    };

    const { status, stderr } = await millrace('checkpoint', 'sums');

    assert.equal(status, 1);
    assert.match(
      stderr,
      /^millrace: CHECKPOINT_DECLINED: checkpoint of sums \(\w+\) failed: map 1/,
    );
  });
});

describe('millrace sql', () => {
  const rows = { columns: [{ name: 'n', type: 'BIGINT' }], rows: [[3]], truncated: false };

  it('asks the snapshots of a job that has ended', async () => {
    server.answers = { [`POST /v1/jobs/${OLD_SUMS}/sql`]: [[200, rows]] };

    const { status, stdout } = await millrace('sql', OLD_SUMS, 'SELECT 3 n', '--source', '7');

    assert.deepEqual([status, stdout], [0, 'n\n3\n']);
    const body = { query: 'SELECT 3 n', source: '7' };
    assert.deepEqual(server.calls.find(({ method }) => method === 'POST')?.body, body);
  });

  for (const [has, ids, told] of [
    [
      'snapshots',
      ['8', '7'],
      'its state is in its snapshots: give --source and one of 8 (savepoint), 7 (savepoint)',
    ],
    [
      'none',
      [],
      'nothing is left of its state: it has no checkpoint or savepoint; execution.checkpointing.externalized-checkpoint-retention: RETAIN_ON_CANCELLATION keeps the last checkpoints of a job that is cancelled or fails',
    ],
  ] as const) {
    it(`says of a job that has ended and has ${has} what can be asked instead of live state`, async () => {
      const snapshots = ids.map((id) => ({ id, kind: 'savepoint' }));
      server.answers = { [`GET /v1/jobs/${OLD_SUMS}/snapshots`]: [[200, { snapshots }]] };

      const { status, stderr } = await millrace('sql', OLD_SUMS, 'SELECT 3 n');

      assert.equal(status, 1);
      assert.ok(
        stderr.includes(
          `JOB_NOT_RUNNING: sums (${OLD_SUMS}) has ended already: it is FINISHED; ${told}\n`,
        ),
        stderr,
      );
    });
  }
});
