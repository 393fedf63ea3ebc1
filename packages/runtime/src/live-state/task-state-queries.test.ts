import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Clock,
  DataOutputView,
  errorCode,
  KeyGroupRange,
  ListStateDescriptor,
  MapStateDescriptor,
  type Timer,
  Types,
} from '@millrace/core';
import {
  DefaultOperatorStateBackend,
  type KeyedStateBackend,
  type KeyedStateView,
  type OperatorStateBackend,
  rowsInPage,
  type ViewPage,
  type ViewRequest,
} from '@millrace/state';
import type { BroadcastEntryRow, OpenedView, OperatorStateDescription } from './state-query.ts';
import { type QueriedOperator, TaskStateQueries } from './task-state-queries.ts';

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

const ITEMS = new ListStateDescriptor('items', Types.LIST(Types.LONG));
const RULES = new MapStateDescriptor('rules', Types.LONG, Types.STRING);

function operatorState(): OperatorStateBackend {
  const operator = { operatorName: 'op', operatorUid: undefined };
  return new DefaultOperatorStateBackend(operator, (mismatch) => assert.fail(mismatch));
}

function fixture() {
  const clock = new TestClock();
  const mails: (() => void)[] = [];
  const open = new Set<KeyedStateView>();
  const requests: ViewRequest[] = [];
  const rows = { bytes: new Uint8Array(), places: new Uint32Array() };
  const lists = operatorState();
  lists.getListState(ITEMS).update([[1], [2, 3]]);
  lists.getBroadcastState(RULES).put(7, 'seven');
  const none = {
    queriedState: undefined,
    queriedOperatorState: undefined,
    watchKeyAccesses: () => undefined,
  };
  const backend = {
    keySerializer: Types.LONG.createSerializer(),
    keyGroupRange: new KeyGroupRange(2, 5),
    describe: () => ({ header: Uint8Array.of(1), ttlMs: {} }),
    openView: async (onFixed: () => void) => {
      onFixed();
      lists.getListState(ITEMS).add([9]); // Between the moment and the answer.
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
    operators: new Map<string, QueriedOperator>([
      ['op', { ...none, queriedState: backend, queriedOperatorState: lists }],
      ['source', { ...none, queriedOperatorState: lists }],
      ['map', none],
      ['sink', { ...none, queriedOperatorState: operatorState() }],
    ]),
    clock,
    sliceMs: 4,
    settings: { maxViews: 2, viewIdleTimeoutMs: 100, viewLifetimeMs: 250 },
    taskName: 'Counter (1/2)',
    parallelism: 2,
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
  return { clock, open, requests, queries, runMail, ask, lists };
}

const keyed = { keyed: true, operatorStates: [] } as const;
const open = (viewId: string) =>
  ({ kind: 'open-view', operatorId: 'op', viewId, ...keyed }) as const;
const read = (viewId: string) => ({ kind: 'read-view', of: 'keyed', viewId, maxRows: 10 }) as const;
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
      ask({ kind: 'open-view', operatorId: 'none', viewId: 'a', ...keyed }),
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

    await ask({ ...read('a'), maxRows: 1_000_000 });

    assert.equal(requests[0]?.maxRows, 1000);
  });
});

describe('what is asked of lists and broadcast maps of a task', () => {
  const openItems = (operatorId: string, keyed: boolean) =>
    ({ kind: 'open-view', viewId: 'a', operatorId, keyed, operatorStates: ['items'] }) as const;
  const readItems = { kind: 'read-view', of: 'operator', viewId: 'a', maxRows: 10 } as const;

  it('is described beside keyed state, and of operators that have them alone', async () => {
    const { ask } = fixture();

    const described = (await ask({ kind: 'describe' })) as readonly OperatorStateDescription[];

    const states = [
      { name: 'items', mode: 'split-distribute', items: 2 },
      { name: 'rules', mode: 'broadcast', items: 1 },
    ];
    assert.deepEqual(
      described.map(({ operatorId, keyed, operator }) => [
        operatorId,
        keyed?.keyGroups,
        operator?.states,
      ]),
      [
        ['op', { startKeyGroup: 2, endKeyGroup: 5 }, states],
        ['source', undefined, states],
      ],
    );
  });

  it('is of the moment in which keyed state is fixed', async () => {
    const { ask, lists } = fixture();

    const opened = (await ask(openItems('op', true))) as OpenedView;
    const { rows, next } = (await ask(readItems)) as ViewPage;

    assert.deepEqual(opened.operator?.states, [
      { name: 'items', mode: 'split-distribute', items: 2 },
    ]);
    assert.deepEqual([rowsInPage(rows), next], [2, undefined]);
    assert.equal([...lists.getListState(ITEMS).get()].length, 3);
    assert.equal(opened.parallelism, 2);
  });

  it('is viewed without keyed state, of which the view has none then', async () => {
    const { ask, open: held } = fixture();

    const opened = (await ask(openItems('source', false))) as OpenedView;
    const { rows } = (await ask(readItems)) as ViewPage;

    assert.deepEqual([opened.keyed, held.size, rowsInPage(rows)], [undefined, 0, 2]);
    await assert.rejects(ask(read('a')), codeIs('STATE_VIEW_EXPIRED'));
  });

  it('leaves no view open when it cannot be copied', async () => {
    const { ask, open: held, lists } = fixture();
    lists.getListState(ITEMS).add(5 as never);

    await assert.rejects(ask(openItems('op', true)), codeIs('VALUE_NOT_SERIALIZABLE'));

    assert.equal(held.size, 0);
  });

  it('gives what a broadcast map has under a key, and refuses bytes that are none', async () => {
    const { ask } = fixture();
    const query = { kind: 'read-broadcast-key', operatorId: 'source', stateName: 'rules' } as const;
    const keyOf = (key: number): Uint8Array => {
      const output = new DataOutputView();
      Types.LONG.createSerializer().serialize(key, output);
      return output.copyBytes();
    };

    const found = (await ask({ ...query, key: keyOf(7) })) as BroadcastEntryRow;
    const nothing = (await ask({ ...query, key: keyOf(8) })) as BroadcastEntryRow;

    const all = [found, nothing].map(({ rows, parallelism }) => [rowsInPage(rows), parallelism]);
    assert.deepEqual(all, [
      [1, 2],
      [0, 2],
    ]);
    await assert.rejects(
      ask({ ...query, key: Uint8Array.of(7) }),
      codeIs('VALUE_NOT_SERIALIZABLE'),
    );
    await assert.rejects(
      ask({ ...query, operatorId: 'map', key: keyOf(7) }),
      codeIs('OPERATOR_UNKNOWN'),
    );
  });
});
