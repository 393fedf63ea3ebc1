import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Clock,
  DataOutputView,
  errorCode,
  KeyGroupRange,
  type Timer,
  Types,
} from '@millrace/core';
import type { KeyedStateBackend, KeyedStateView, ViewRequest } from '@millrace/state';
import { TaskStateQueries } from './task-state-queries.ts';

class TestClock implements Clock {
  time = 1000;
  private timers: { at: number; action: () => void }[] = [];

  now(): number {
    return this.time;
  }

  setTimer(delayMs: number, action: () => void): Timer {
    const timer = { at: this.time + delayMs, action };
    this.timers.push(timer);
    return { cancel: () => this.timers.splice(this.timers.indexOf(timer), 1) } as unknown as Timer;
  }

  yieldTurn(): Promise<void> {
    return Promise.resolve();
  }

  advance(ms: number): void {
    this.time += ms;
    const due = this.timers.filter(({ at }) => at <= this.time);
    this.timers = this.timers.filter(({ at }) => at > this.time);
    for (const { action } of due) {
      action();
    }
  }
}

function fixture() {
  const clock = new TestClock();
  const mails: (() => void)[] = [];
  const open = new Set<KeyedStateView>();
  const requests: ViewRequest[] = [];
  const rows = { bytes: new Uint8Array(), places: new Uint32Array() };
  const backend = {
    keySerializer: Types.LONG.createSerializer(),
    keyGroupRange: new KeyGroupRange(2, 5),
    openView: async () => {
      const view: KeyedStateView = {
        header: Uint8Array.of(1),
        keyGroupRange: new KeyGroupRange(2, 5),
        read: (request) => {
          requests.push(request);
          return { rows, next: undefined };
        },
        close: () => open.delete(view),
      };
      open.add(view);
      return view;
    },
    readKey: async (_name: string, key: unknown) => ({
      rows: { ...rows, bytes: Uint8Array.of(Number(key)) },
      truncated: false,
    }),
  } as unknown as KeyedStateBackend<unknown>;
  const queries = new TaskStateQueries({
    operators: new Map([['op', { queriedState: backend, watchKeyAccesses: () => undefined }]]),
    clock,
    sliceMs: 4,
    settings: { maxViews: 2, viewIdleTimeoutMs: 100, viewLifetimeMs: 250 },
    taskName: 'Counter (1/2)',
    put: (action) => mails.push(action),
  });
  const runMail = async (): Promise<void> => {
    for (const mail of mails.splice(0)) {
      mail();
    }
    await new Promise((resolve) => setImmediate(resolve));
  };
  const ask = async (query: Parameters<TaskStateQueries['ask']>[0]): Promise<unknown> => {
    const answer = queries.ask(query);
    answer.catch(() => {});
    await runMail();
    return answer;
  };
  return { clock, open, requests, queries, runMail, ask };
}

const open = (viewId: string) => ({ kind: 'open-view', operatorId: 'op', viewId }) as const;
const read = (viewId: string) => ({ kind: 'read-view', viewId, maxRows: 10 }) as const;
const codeIs = (code: string) => (error: unknown) => errorCode(error) === code;

describe('what is asked of the state of a task', () => {
  it('is answered in its mailbox alone', async () => {
    const { queries, runMail } = fixture();
    const output = new DataOutputView();
    Types.LONG.createSerializer().serialize(7, output);
    let answer: unknown;

    const asked = queries
      .ask({ kind: 'read-key', operatorId: 'op', stateName: 's', key: output.copyBytes() })
      .then(({ rows }) => {
        answer = rows.bytes;
      });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(answer, undefined);
    await runMail();
    await asked;

    assert.deepEqual(answer, Uint8Array.of(7));
  });

  it('ends a view that nobody reads, and says so to who reads it then', async () => {
    const { clock, ask, open: held, runMail } = fixture();
    await ask(open('a'));

    clock.advance(99);
    await runMail();
    await ask(read('a'));
    clock.advance(99);
    await runMail();
    assert.equal(held.size, 1);
    clock.advance(1);
    await runMail();

    assert.equal(held.size, 0);
    await assert.rejects(ask(read('a')), codeIs('STATE_VIEW_EXPIRED'));
  });

  it('ends a view at the end of its life, however often it is read', async () => {
    const { clock, ask, open: held, runMail } = fixture();
    await ask(open('a'));

    for (let elapsed = 0; elapsed < 240; elapsed += 60) {
      clock.advance(60);
      await runMail();
      await ask(read('a'));
    }
    assert.equal(held.size, 1);
    clock.advance(10);
    await runMail();

    assert.equal(held.size, 0);
  });

  it('refuses more views than a task holds, until one is closed', async () => {
    const { ask, open: held } = fixture();
    await ask(open('a'));
    await ask(open('b'));

    await assert.rejects(ask(open('c')), codeIs('TOO_MANY_STATE_VIEWS'));
    await ask({ kind: 'close-view', viewId: 'a' });
    await ask(open('c'));

    assert.equal(held.size, 2);
  });

  it('is refused when the task ends before, and its views are closed', async () => {
    const { queries, ask, open: held } = fixture();
    await ask(open('a'));
    const waiting = queries.ask(open('b'));

    queries.close();

    await assert.rejects(waiting, codeIs('JOB_NOT_RUNNING'));
    await assert.rejects(queries.ask({ kind: 'describe' }), codeIs('JOB_NOT_RUNNING'));
    assert.equal(held.size, 0);
  });

  it('is refused for an operator without keyed state, and for bytes that are no key', async () => {
    const { ask } = fixture();
    const key = new Uint8Array(1);

    await assert.rejects(
      ask({ kind: 'open-view', operatorId: 'none', viewId: 'a' }),
      codeIs('OPERATOR_UNKNOWN'),
    );
    await assert.rejects(
      ask({ kind: 'read-key', operatorId: 'op', stateName: 's', key }),
      codeIs('VALUE_NOT_SERIALIZABLE'),
    );
  });

  it('gives no more rows at a time than a page holds', async () => {
    const { ask, requests } = fixture();
    await ask(open('a'));

    await ask({ kind: 'read-view', viewId: 'a', maxRows: 1_000_000 });

    assert.equal(requests[0]?.maxRows, 1000);
  });
});
