import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { SystemClock, type Timer } from '@millrace/core';
import { RESTARTS_MAX, RestServerThread } from './rest-server-thread.ts';

const URL_OF_IT = 'http://127.0.0.1:8123';
const LISTENS = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', () => { throw new Error('planted') });
  parentPort.postMessage({ kind: 'hold', hold: true });
  parentPort.postMessage({ kind: 'listening', url: '${URL_OF_IT}' });`;

/** Threads that die when they are told anything; pauses take no time. */
function dyingServer(restarts: boolean) {
  const threads: Worker[] = [];
  const ports: (number | undefined)[] = [];
  const reports: string[] = [];
  const pauses: number[] = [];
  class NoPause extends SystemClock {
    override setTimer(delayMs: number, callback: () => void): Timer {
      pauses.push(delayMs);
      return super.setTimer(0, callback);
    }
  }
  const server = new RestServerThread({
    restarts,
    clock: new NoPause(),
    report: (message) => reports.push(message),
    start: (port) => {
      ports.push(port);
      const worker = new Worker(LISTENS, { eval: true });
      threads.push(worker);
      worker.on('message', ({ kind }) => {
        if (kind === 'listening' && ports.length > 1) {
          worker.postMessage('die');
        }
      });
      return { worker, closePort: () => {} };
    },
  });
  server.keepAlive();
  return { server, threads, ports, reports, pauses };
}

describe('the thread of the REST endpoint', () => {
  it('is reported by code where it dies, and lets go who waits for results', async () => {
    const { server, threads, reports, ports } = dyingServer(false);
    await server.url;
    const read = server.resultsRead();

    threads[0]!.postMessage('die');
    await Promise.all([server.ended, read]);

    assert.deepEqual(ports, [undefined]);
    assert.equal(reports.length, 1);
    assert.match(
      reports[0]!,
      /^REST_ENDPOINT_FAILED: http:\/\/127\.0\.0\.1:8123: the REST endpoint ended: planted; jobs run on/,
    );
  });

  it('is started again on its port where the process stays for it, with pauses and a bound', async () => {
    const { server, threads, reports, ports, pauses } = dyingServer(true);
    await server.url;

    threads[0]!.postMessage('die');
    await server.ended;

    assert.deepEqual(ports, [undefined, ...new Array(RESTARTS_MAX).fill(8123)]);
    assert.deepEqual(pauses, [1000, 2000, 4000, 8000, 16_000]);
    assert.equal(reports.length, RESTARTS_MAX + 1);
    assert.match(reports.at(-1)!, /started again 5 times$/);
  });

  it('ends in silence where it was closed', async () => {
    const { server, reports, ports } = dyingServer(true);
    await server.url;

    await server.close();
    await server.ended;

    assert.deepEqual([reports, ports], [[], [undefined]]);
  });
});
