import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, it, mock } from 'node:test';
import type { SharedPoll } from './poll.ts';

// What a page has and Node.js lacks; the clock of the page ticks from when its module is loaded.
mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1_000_000 });
Object.assign(globalThis, {
  document: { hidden: false },
  location: { href: 'http://host:1/' },
  sessionStorage: { getItem: () => null },
});
const { connection, jobsThreadBusySince } = await import('./connection.ts');
const { followJobsThread } = await import('./jobs-thread.ts');
const polls = await import('./poll.ts');
after(() => mock.timers.reset());

const EVERY_MS = 3000;
/** Of a request of the page. */
const TIMEOUT_MS = 30_000;
const BUSY_SINCE = 999_000;

type Thread = Parameters<typeof followJobsThread>[0];

/** A server that does not answer, until it is told what to do; requests are ended by hand. */
class Server {
  readonly asked: string[] = [];
  private readonly deadlines: (() => void)[] = [];
  private readonly ends = new Map<string, (answer: object | Error) => void>();

  constructor() {
    const { setTimeout } = globalThis;
    mock.method(globalThis, 'setTimeout', (callback: () => void, ms: number) =>
      ms === TIMEOUT_MS ? this.deadlines.push(callback) : setTimeout(callback, ms),
    );
    mock.method(globalThis, 'fetch', (request: Request) => this.fetch(request));
  }

  /** The one request that is under way for the path. */
  async answer(path: string, body: object): Promise<void> {
    await this.end(path, body);
  }

  async refuse(path: string): Promise<void> {
    await this.end(path, new TypeError('fetch failed'));
  }

  /** Of each request that is under way. */
  async timeOut(): Promise<void> {
    for (const isOver of this.deadlines.splice(0)) {
      isOver();
    }
    await settled();
  }

  private fetch(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname.replace('/v1/', '');
    this.asked.push(path);
    return new Promise((resolve, reject) => {
      request.signal.addEventListener('abort', () => reject(request.signal.reason));
      this.ends.set(path, (answer) => {
        if (answer instanceof Error) {
          reject(answer);
        } else {
          resolve(Response.json(answer));
        }
      });
    });
  }

  private async end(path: string, answer: object | Error): Promise<void> {
    const end = this.ends.get(path);
    assert.ok(end, `nothing asks for ${path}`);
    this.ends.delete(path);
    end(answer);
    await settled();
  }
}

/** All that follows an answer is done. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('polls while the thread of the jobs is held', () => {
  let server: Server;
  let thread: SharedPoll;
  let jobs: SharedPoll;
  let leave: readonly (() => void)[];

  beforeEach(async () => {
    server = new Server();
    thread = new polls.SharedPoll('jobs-thread');
    jobs = new polls.SharedPoll('jobs/overview');
    leave = [
      followJobsThread(thread as unknown as Thread),
      thread.join(EVERY_MS),
      jobs.join(EVERY_MS),
    ];
    await settled();
    await server.answer('jobs-thread', { busySince: BUSY_SINCE });
  });
  afterEach(() => {
    for (const one of leave) {
      one();
    }
    mock.restoreAll();
  });

  it('wait on for an answer that is late', async () => {
    await server.timeOut();

    assert.equal(connection.value.state, 'here');
    assert.equal(jobs.error.value, undefined);
    assert.equal(jobsThreadBusySince.value, BUSY_SINCE);
    await tick(EVERY_MS);
    assert.deepEqual(server.asked.slice(2).sort(), ['jobs-thread', 'jobs/overview']);
  });

  it('tell a server that is gone as away, and ask it ever more rarely', async () => {
    await server.refuse('jobs/overview');
    await tick(EVERY_MS);
    await server.refuse('jobs-thread');

    assert.equal(connection.value.state, 'away');
    assert.equal(jobs.error.value?.code, 'REST_UNREACHABLE');
    assert.equal(thread.error.value?.code, 'REST_UNREACHABLE');
    assert.equal(jobsThreadBusySince.value, undefined);
    assert.deepEqual(await waitsOf('jobs/overview', 5), [2000, 4000, 8000, 15_000, 15_000]);
  });

  it('tell a server as away that does not even answer whether the thread is held', async () => {
    await tick(EVERY_MS);
    await server.timeOut();

    assert.equal(connection.value.state, 'away');
    assert.equal(thread.error.value?.code, 'REST_CLIENT_TIMEOUT');
    assert.equal(jobsThreadBusySince.value, undefined);
  });

  /** How long it is waited before each of so many requests more, all of them refused. */
  async function waitsOf(path: string, count: number): Promise<number[]> {
    const waits: number[] = [];
    await server.refuse(path); // The one that was asked after the first miss.
    for (let waitedMs = 0, seen = askedFor(path); waits.length < count; ) {
      await tick(1000);
      waitedMs += 1000;
      if (askedFor(path) > seen) {
        waits.push(waitedMs);
        waitedMs = 0;
        seen = askedFor(path);
        await server.refuse(path);
      }
    }
    return waits;
  }

  function askedFor(path: string): number {
    return server.asked.filter((one) => one === path).length;
  }

  async function tick(ms: number): Promise<void> {
    mock.timers.tick(ms);
    await settled();
  }
});
