import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TurnQueue } from './turn-queue.ts';

const never = new AbortController().signal;

/** Queries that end when they are told to. */
class Queries {
  readonly begun: string[] = [];
  private readonly ends = new Map<string, () => void>();

  readonly query = (name: string) => (): Promise<string> => {
    this.begun.push(name);
    return new Promise((resolve) => this.ends.set(name, () => resolve(name)));
  };

  end(name: string): void {
    this.ends.get(name)?.();
  }
}

describe('queue of queries', () => {
  it('runs one query at a time, in the order in which they came', async () => {
    const queue = new TurnQueue(2, 'TOO_MANY_SQL_QUERIES');
    const queries = new Queries();

    const a = queue.run(never, queries.query('a'));
    const b = queue.run(never, queries.query('b'));
    const c = queue.run(never, queries.query('c'));
    assert.deepEqual(queries.begun, ['a']);
    queries.end('a');
    assert.equal(await a, 'a');
    await Promise.resolve();
    assert.deepEqual(queries.begun, ['a', 'b']);
    queries.end('b');
    assert.equal(await b, 'b');
    await Promise.resolve();
    queries.end('c');

    assert.equal(await c, 'c');
    assert.deepEqual(queries.begun, ['a', 'b', 'c']);
  });

  it('refuses a query when as many wait as may', async () => {
    const queue = new TurnQueue(1, 'TOO_MANY_SQL_QUERIES');
    const queries = new Queries();
    const a = queue.run(never, queries.query('a'));
    const b = queue.run(never, queries.query('b'));

    await assert.rejects(queue.run(never, queries.query('c')), { code: 'TOO_MANY_SQL_QUERIES' });

    queries.end('a');
    await a;
    await Promise.resolve();
    queries.end('b');
    await b;
    assert.deepEqual(queries.begun, ['a', 'b']);
  });

  it('never runs a query that was given up while it waited, and goes on after one that failed', async () => {
    const queue = new TurnQueue(2, 'TOO_MANY_SQL_QUERIES');
    const queries = new Queries();
    const gone = new AbortController();
    const failing = queue.run(never, () => Promise.reject(new Error('planted')));
    const givenUp = queue.run(gone.signal, queries.query('given up'));
    const last = queue.run(never, queries.query('last'));

    gone.abort(new Error('gone'));

    await assert.rejects(givenUp, /gone/);
    await assert.rejects(failing, /planted/);
    await Promise.resolve();
    queries.end('last');
    assert.equal(await last, 'last');
    assert.deepEqual(queries.begun, ['last']);
  });
});
