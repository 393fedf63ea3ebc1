import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import type { JobDetailsInfo } from './generated/rest-api.ts';
import { MillraceClient, type MillraceClientOptions } from './millrace-client.ts';
import { RestError } from './rest-error.ts';

const JOB = '0123456789abcdef0123456789abcdef';
const JSON_TYPE = { 'content-type': 'application/json; charset=UTF-8' };

interface Asked {
  readonly call: string;
  readonly body: unknown;
  readonly headers: Headers;
}

/** A client of a server that gives these answers in turn, and what it was asked. */
function clientOf(...answers: readonly (Response | Error)[]) {
  return clientWith({}, ...answers);
}

function clientWith(
  options: Partial<MillraceClientOptions>,
  ...answers: readonly (Response | Error)[]
) {
  const asked: Asked[] = [];
  const waits: number[] = [];
  const left = [...answers];
  const client = new MillraceClient({
    address: 'http://host:1/prefix/',
    token: 's3cret',
    fetch: async (request) => {
      const text = await request.text();
      asked.push({
        call: `${request.method} ${request.url.replace('http://host:1', '')}`,
        body: text === '' ? undefined : JSON.parse(text),
        headers: request.headers,
      });
      const answer = left.shift();
      assert.ok(answer, `nobody expected ${request.url}`);
      if (answer instanceof Error) {
        throw answer;
      }
      return answer;
    },
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      waits.push(ms);
    },
    ...options,
  });
  return { client, asked, waits };
}

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: JSON_TYPE });
}

/** A client of a server that sends the begin of an answer, and the rest of it never or when it is told to. */
function clientOfStalled(
  options: Partial<MillraceClientOptions> & {
    readonly status?: number;
    readonly onStalled?: () => void;
  },
) {
  const { status = 200, onStalled = () => {}, ...clientOptions } = options;
  let controller!: ReadableStreamDefaultController;
  let isLetGo = false;
  let pulls = 0;
  const body = new ReadableStream({
    start: (own) => {
      controller = own;
    },
    pull: () => {
      if (pulls++ === 0) {
        controller.enqueue(new TextEncoder().encode('{"a begin'));
      } else {
        onStalled();
        return new Promise<void>(() => {});
      }
      return undefined;
    },
    cancel: () => {
      isLetGo = true;
    },
  });
  const client = new MillraceClient({
    address: 'http://host:1',
    fetch: async () => new Response(body, { status, headers: JSON_TYPE }),
    ...clientOptions,
  });
  const send = (text: string): void => {
    controller.enqueue(new TextEncoder().encode(text));
    controller.close();
  };
  return { client, letGo: () => isLetGo, send };
}

const trigger = () => json({ 'request-id': 'ab'.repeat(16) }, 202);
const inProgress = () => json({ status: { id: 'IN_PROGRESS' }, operation: null });
const completed = (operation: object) => json({ status: { id: 'COMPLETED' }, operation });

describe('a call', () => {
  it('has version, prefix, encoded parameters and token', async () => {
    const { client, asked } = clientOf(json({ name: 'sums' }));

    const job: JobDetailsInfo = await client.call('get', '/jobs/{jobid}', {
      path: { jobid: 'a/b ?' },
    });

    assert.equal(job.name, 'sums');
    assert.equal(asked[0]!.call, 'GET /prefix/v1/jobs/a%2Fb%20%3F');
    assert.equal(asked[0]!.headers.get('authorization'), 'Bearer s3cret');
  });

  it('is checked by the compiler: its path, its parameters, its answer', async () => {
    const { client } = clientOf(json({}), json({}), json({ state: 'RUNNING' }));

    // @ts-expect-error No path has this name.
    await client.call('get', '/jobs/{jobid}/nope').catch(() => {});
    // @ts-expect-error The job is missing.
    await client.call('get', '/jobs/{jobid}/status').catch(() => {});
    const { status } = await client.call('get', '/jobs/{jobid}/status', { path: { jobid: JOB } });
    // @ts-expect-error A state is a text.
    const asNumber: number = status;

    assert.equal(asNumber, undefined);
  });

  it('gives text as text', async () => {
    const { client } = clientOf(
      new Response('{"a log"\n', { headers: { 'content-type': 'text/plain; charset=UTF-8' } }),
    );

    const text: string = await client.call('get', '/jobmanager/log');

    assert.equal(text, '{"a log"\n');
  });

  it('that is refused fails with the status and the code that the server told', async () => {
    const errors = ['STATE_UNKNOWN: no queryable state is called x'];
    const { client } = clientOf(json({ errors }, 404));

    await assert.rejects(client.queryState(JOB, 'x', 1), {
      ...{ name: 'RestError', code: 'STATE_UNKNOWN', status: 404, errors },
      message: 'no queryable state is called x',
    });
  });

  it("that Flink refuses says Flink's message without the class", async () => {
    const errors = [
      'org.apache.flink.runtime.rest.NotFoundException: Job 00 not found\n\tat a.b.C',
    ];
    const { client } = clientOf(json({ errors }, 404));

    await assert.rejects(client.cancelJob(JOB), {
      ...{ code: 'REST_FAILED', status: 404, errors },
      message: 'the server answered 404: Job 00 not found',
    });
  });

  it('without the right token says so', async () => {
    const { client } = clientOf(json({ errors: ['This endpoint needs a token'] }, 401));

    await assert.rejects(client.jobs(), {
      ...{ code: 'REST_UNAUTHORIZED', status: 401 },
      message: 'http://host:1/prefix does not let you in (401); give its rest.auth.token as token',
    });
  });

  it('that is refused for another reason than its token says that reason', async () => {
    const errors = ['REST_PAGE_REFUSED: the request is for the host "h"; set rest.address'];
    const { client } = clientOf(json({ errors }, 403));

    await assert.rejects(client.jobs(), {
      ...{ code: 'REST_PAGE_REFUSED', status: 403 },
      message: 'the request is for the host "h"; set rest.address',
    });
  });

  it('that nobody answers tells the address and the reason', async () => {
    const refused = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
    const { client } = clientOf(refused);

    await assert.rejects(client.jobs(), {
      ...{ code: 'REST_UNREACHABLE', status: undefined },
      message: /no server answers at http:\/\/host:1\/prefix: connect ECONNREFUSED/,
    });
  });

  it('ends when the answer takes longer than timeoutMs', async () => {
    const client = new MillraceClient({
      address: 'host:1',
      timeoutMs: 5,
      fetch: () => new Promise(() => {}),
    });

    await assert.rejects(client.jobs(), {
      code: 'REST_CLIENT_TIMEOUT',
      message: /host:1 did not answer within 0.005 s; the process may be at its limits/,
    });
  });

  for (const status of [200, 500]) {
    it(`ends when the rest of an answer ${status} does not come, and lets its connection go`, async () => {
      const { client, letGo } = clientOfStalled({ status, timeoutMs: 5 });

      await assert.rejects(client.jobs(), {
        code: 'REST_CLIENT_TIMEOUT',
        message: /did not answer within 0.005 s/,
      });

      assert.equal(letGo(), true);
    });
  }

  it("ends with the reason of its caller's signal while the rest of an answer does not come", async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const { client, letGo } = clientOfStalled({ onStalled: () => controller.abort(reason) });

    await assert.rejects(client.jobs({ signal: controller.signal }), reason);

    assert.equal(letGo(), true);
  });

  it("ends with the reason of its caller's signal", async () => {
    const reason = new Error('enough');
    const { client } = clientOf(new Error('aborted'));

    await assert.rejects(client.jobs({ signal: AbortSignal.abort(reason) }), reason);
  });

  it('that something else answers says so', async () => {
    const html = new Response('<html>', { headers: { 'content-type': 'text/html' } });
    const { client } = clientOf(html, new Response('<html>', { status: 502 }));

    await assert.rejects(client.jobs(), { code: 'REST_FAILED', message: /gave no JSON: "<html>"/ });
    await assert.rejects(client.jobs(), {
      code: 'REST_FAILED',
      status: 502,
      message: /answered 502/,
    });
  });

  it('that something else answers by JSON says so, in the words of the program', async () => {
    const remedies = { strange: 'name another with --jobmanager' };
    for (const body of [{ hello: 1 }, [], null]) {
      const { client } = clientWith({ remedies }, json(body));

      await assert.rejects(client.jobs(), {
        code: 'REST_FAILED',
        message: /gave JSON without jobs: .*; name another with --jobmanager$/,
      });
    }
  });

  it('asks for its token each time where that is a function', async () => {
    const tokens = [undefined, 'later'];
    const { client, asked } = clientWith({ token: () => tokens.shift() }, json({}), json({}));

    await client.send('get', '/overview');
    await client.send('patch', '/jobs/1?mode=cancel');

    assert.deepEqual(
      asked.map(({ call, headers }) => [call, headers.get('authorization')]),
      [
        ['GET /prefix/v1/overview', null],
        ['PATCH /prefix/v1/jobs/1?mode=cancel', 'Bearer later'],
      ],
    );
  });

  it('gives an answer of any length piece by piece, and one that is refused as an error', async () => {
    const { client } = clientOf(new Response('a log'), json({ errors: ['no such log'] }, 404));

    assert.equal(await (await client.open('/jobmanager/log')).text(), 'a log');
    await assert.rejects(client.open('/jobmanager/log'), { code: 'REST_FAILED', status: 404 });
  });

  it('that is read piece by piece is bounded in time until its last byte', async () => {
    const { client, letGo } = clientOfStalled({});

    const response = await client.open('/jobmanager/log', { timeoutMs: 5 });

    await assert.rejects(response.text(), {
      code: 'REST_CLIENT_TIMEOUT',
      message: /did not answer within 0.005 s/,
    });
    assert.equal(letGo(), true);
  });

  it('that is read piece by piece has no bound in time where its caller wants none', async () => {
    const { client, send } = clientOfStalled({ timeoutMs: 5 });

    const response = await client.open('/jobmanager/log', { timeoutMs: Infinity });
    const reading = response.text();
    await new Promise((resolve) => setTimeout(resolve, 10));
    send(' and its end');

    assert.equal(await reading, '{"a begin and its end');
  });

  it('that is read piece by piece lets its connection go when its reader wants no more', async () => {
    const { client, letGo } = clientOfStalled({});

    const response = await client.open('/jobmanager/log');
    await response.body?.cancel();

    assert.equal(letGo(), true);
  });

  it('that is read piece by piece from a server may be left early', async (context) => {
    const server = createServer((_request, response) => {
      const writing = setInterval(() => response.write('a line\n'), 1);
      response.on('close', () => clearInterval(writing));
    });
    context.after(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = new MillraceClient({ address: `http://127.0.0.1:${port}` });

    const { body } = await client.open('/jobmanager/log');
    for await (const part of body ?? []) {
      assert.match(Buffer.from(part).toString(), /^a line/);
      break;
    }
  });

  it('ends with the reason of the signal of its client', async () => {
    const reason = new Error('interrupted');
    const { client } = clientWith({ signal: AbortSignal.abort(reason) }, new Error('aborted'));

    await assert.rejects(client.jobs(), reason);
  });

  it('refuses an answer that is larger than 64 MiB', async () => {
    let sent = 0;
    const chunk = new Uint8Array(1024 * 1024);
    const endless = new ReadableStream({
      pull: (controller) => {
        sent += chunk.length;
        controller.enqueue(chunk);
      },
    });
    const { client } = clientOf(new Response(endless, { headers: JSON_TYPE }));

    await assert.rejects(client.jobs(), { code: 'REST_FAILED', message: /longer than 67108864/ });
    assert.ok(sent < 80 * chunk.length, `${sent}`);
  });
});

describe('an operation', () => {
  it('is asked for ever more rarely until it is complete', async () => {
    const still = Array.from({ length: 8 }, inProgress);
    const { client, asked, waits } = clientOf(
      trigger(),
      ...still,
      completed({ location: 'file:/s' }),
    );

    const location = await client.triggerSavepoint(JOB, {
      ...{ targetDirectory: '/s', cancelJob: true, formatType: 'NATIVE' },
    });

    assert.equal(location, 'file:/s');
    assert.equal(asked[0]!.call, `POST /prefix/v1/jobs/${JOB}/savepoints`);
    assert.deepEqual(asked[0]!.body, {
      ...{ 'target-directory': '/s', 'cancel-job': true, formatType: 'NATIVE' },
    });
    assert.equal(asked[9]!.call, `GET /prefix/v1/jobs/${JOB}/savepoints/${'ab'.repeat(16)}`);
    assert.deepEqual(waits, [20, 40, 80, 160, 320, 640, 1000, 1000]);
  });

  it('that fails tells why', async () => {
    const failureCause = {
      class: 'ConfigError',
      'stack-trace': 'ConfigError: CONFIG_VALUE_INVALID: the disk is full',
      'serialized-throwable': '',
    };
    const { client } = clientOf(
      ...[trigger(), completed({ 'failure-cause': failureCause })],
      ...[trigger(), completed({ failureCause })],
    );

    await assert.rejects(client.stopWithSavepoint(JOB, { drain: true }), {
      ...{ code: 'CONFIG_VALUE_INVALID', errors: [failureCause['stack-trace']] },
      message: `the stop with a savepoint of job ${JOB} failed: the disk is full`,
    });
    await assert.rejects(client.triggerCheckpoint(JOB), { code: 'CONFIG_VALUE_INVALID' });
  });

  it('tells before each wait that it is under way, and is called as its caller says', async () => {
    const failureCause = { class: '', 'stack-trace': 'a.B: No disk', 'serialized-throwable': '' };
    const { client, waits } = clientOf(
      ...[trigger(), inProgress(), inProgress(), completed({ failureCause })],
    );
    const told: number[] = [];
    const onWait = async () => {
      told.push(waits.length);
    };

    await assert.rejects(client.triggerCheckpoint(JOB, { what: 'checkpoint of sums', onWait }), {
      message: 'checkpoint of sums failed: No disk',
    });

    assert.deepEqual(told, [0, 1]);
  });

  it('is lost sight of when nobody answers more often than it may be', async () => {
    const away = () => new TypeError('fetch failed');
    const options = { missesMax: 2 };
    const { client } = clientOf(
      ...[trigger(), away(), away(), inProgress(), away(), away(), completed({ checkpointId: 7 })],
      ...[trigger(), away(), away(), away()],
    );

    assert.equal(await client.triggerCheckpoint(JOB, options), 7);
    await assert.rejects(client.triggerCheckpoint(JOB, options), { code: 'REST_UNREACHABLE' });
  });

  it('is asked for again when the server took too long to tell how far it is', async () => {
    const late = new RestError('REST_CLIENT_TIMEOUT', 'did not answer within 60 s');
    const { client } = clientOf(trigger(), late, completed({ checkpointId: 7 }));

    assert.equal(await client.triggerCheckpoint(JOB, { missesMax: 1 }), 7);
  });

  it('is waited for until the signal of its client', async () => {
    const reason = new Error('interrupted');
    const controller = new AbortController();
    const { client } = clientWith({ signal: controller.signal }, trigger(), inProgress());

    const onWait = async () => controller.abort(reason);

    await assert.rejects(client.triggerSavepoint(JOB, { onWait }), reason);
  });

  it('is a checkpoint or a disposal too', async () => {
    const { client, asked } = clientOf(
      ...[trigger(), inProgress(), completed({ checkpointId: 7 })],
      ...[trigger(), completed({})],
    );

    assert.equal(await client.triggerCheckpoint(JOB, { checkpointType: 'FULL' }), 7);
    await client.disposeSavepoint('file:/s');

    assert.deepEqual(
      asked.map(({ body }) => body).filter((body) => body !== undefined),
      [{ checkpointType: 'FULL' }, { 'savepoint-path': 'file:/s' }],
    );
  });

  it('is waited for until the signal of the caller', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const { client } = clientOf(trigger(), inProgress());
    const waiting = client.triggerSavepoint(JOB, { signal: controller.signal });
    queueMicrotask(() => controller.abort(reason));

    await assert.rejects(waiting, reason);
  });
});

describe('state', () => {
  it('of a key in a queryable state is its value, and undefined where there is none', async () => {
    const nothing = { errors: ['STATE_KEY_NOT_FOUND: nothing for the key'] };
    const { client, asked } = clientOf(json({ key: 'é', value: 3 }), json(nothing, 404));

    const value = await client.queryState<number>(JOB, 'counts', 'é');
    const none = await client.queryState(JOB, 'counts', 2n ** 63n - 1n, { namespace: 'w' });

    assert.deepEqual([value, none], [3, undefined]);
    assert.deepEqual(
      asked.map(({ call }) => decodeURIComponent(call.split('?')[1]!)),
      ['key="é"', 'key=9223372036854775807&namespace="w"'],
    );
  });

  it('is read page by page of one view', async () => {
    const entry = (key: number) => ({ keyGroup: 1, key, namespace: null, value: key });
    const { client, asked } = clientOf(
      json({ entries: [entry(1), entry(2)], cursor: 'v.1' }),
      json({ entries: [entry(3)], cursor: null }),
    );
    const keys: unknown[] = [];

    const place = { operatorId: 'op', stateName: 'a state' };
    for await (const { key } of client.stateEntries(JOB, place, { pageSize: 2 })) {
      keys.push(key);
    }

    assert.deepEqual(keys, [1, 2, 3]);
    assert.deepEqual(
      asked.map(({ call }) => call.split('/entries')[1]),
      ['?limit=2', '?limit=2&cursor=v.1'],
    );
  });
});
