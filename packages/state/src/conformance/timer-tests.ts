/** Timer queues. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyGroupRange, MAX_TIMESTAMP, TimeWindow, Types, VOID_NAMESPACE } from '@millrace/core';
import type { KeyedStateBackend } from '../backend/keyed-state-backend.ts';
import type { HeapTimer, KeyGroupedInternalPriorityQueue } from '../backend/priority-queue.ts';
import { BackendFixture, type StateBackendConformanceOptions } from './backend-fixture.ts';
import { NO_NAMESPACE, WINDOWS } from './conformance-types.ts';

const QUEUE = '_timer_state/event_user-timers';

function timer<N>(timestamp: number, key: string, namespace: N): HeapTimer<string, N> {
  return { timestamp, key, namespace };
}

function drain<N>(queue: KeyGroupedInternalPriorityQueue<HeapTimer<string, N>>): string[] {
  const polled: string[] = [];
  for (let next = queue.poll(); next !== undefined; next = queue.poll()) {
    polled.push(`${next.timestamp} ${next.key}`);
  }
  return polled;
}

export function timerTests(options: StateBackendConformanceOptions): void {
  timersTests(options);
  timersFurtherTests(options);
}

function timersTests(options: StateBackendConformanceOptions): void {
  describe('timers', () => {
    it('come out earliest first', async () => {
      const queue = (await open(options)).createTimerQueue(QUEUE, NO_NAMESPACE);
      const times = [5, 3, 9, -4, MAX_TIMESTAMP, 7, 1, 8, 2, 6];

      for (const time of times) {
        queue.add(timer(time, 'a', VOID_NAMESPACE));
      }

      assert.equal(queue.size, times.length);
      assert.equal(queue.peek()?.timestamp, -4);
      assert.deepEqual(
        drain(queue),
        times.toSorted((a, b) => a - b).map((time) => `${time} a`),
      );
      assert.equal(queue.size, 0);
      assert.equal(queue.peek(), undefined);
    });

    it('are one timer when time, key and namespace are equal', async () => {
      const queue = (await open(options)).createTimerQueue(QUEUE, WINDOWS);
      const inWindow = (key: string, start: number, end: number) =>
        timer(9, key, new TimeWindow(start, end));
      const distinct = 20; // above and below where a queue may change its structure

      for (let round = 0; round < 2; round++) {
        for (let i = 0; i < distinct; i++) {
          queue.add(inWindow(`k${i}`, 0, 10));
          queue.add(inWindow(`k${i}`, 0, 20));
          queue.add(inWindow(`k${i}`, 5, 20));
        }
      }

      assert.equal(queue.size, 3 * distinct);
      queue.remove(inWindow('k3', 0, 10));
      queue.remove(inWindow('k3', 0, 10));
      queue.remove(inWindow('k3', 5, 10));
      assert.equal(queue.size, 3 * distinct - 1);
      assert.equal(drain(queue).filter((polled) => polled === '9 k3').length, 2);
    });

    it('say whether adding or removing changed the head', async () => {
      const queue = (await open(options)).createTimerQueue(QUEUE, NO_NAMESPACE);

      assert.equal(queue.add(timer(5, 'a', VOID_NAMESPACE)), true);
      assert.equal(queue.add(timer(6, 'a', VOID_NAMESPACE)), false);
      assert.equal(queue.add(timer(4, 'a', VOID_NAMESPACE)), true);
      assert.equal(queue.remove(timer(6, 'a', VOID_NAMESPACE)), false);
      assert.equal(queue.remove(timer(6, 'a', VOID_NAMESPACE)), false);
      assert.equal(queue.remove(timer(4, 'a', VOID_NAMESPACE)), true);
      assert.equal(queue.peek()?.timestamp, 5);
    });
  });
}

function timersFurtherTests(options: StateBackendConformanceOptions): void {
  describe('timers', () => {
    it('may be added and removed while others are polled', async () => {
      const queue = (await open(options)).createTimerQueue(QUEUE, NO_NAMESPACE);
      for (let i = 0; i < 12; i++) {
        queue.add(timer(1, `k${i}`, VOID_NAMESPACE));
      }

      const first = queue.poll();
      queue.add(timer(1, first?.key ?? '', VOID_NAMESPACE));
      queue.remove(timer(1, 'k7', VOID_NAMESPACE));
      queue.add(timer(0, 'early', VOID_NAMESPACE));

      const polled = drain(queue);
      assert.equal(polled[0], '0 early');
      assert.equal(new Set(polled).size, 12);
      assert.equal(polled.length, 12);
      assert.equal(polled.includes('1 k7'), false);
    });

    it('are restored, each by the subtask that owns its key', async () => {
      const fixture = new BackendFixture(options);
      const backend = await fixture.open(Types.STRING);
      const queue = backend.createTimerQueue(QUEUE, NO_NAMESPACE);
      for (let i = 0; i < 40; i++) {
        queue.add(timer(i % 7, `k${i}`, VOID_NAMESPACE));
      }
      queue.add(timer(MAX_TIMESTAMP, 'last', VOID_NAMESPACE));

      const handle = await fixture.snapshot(backend);
      const ranges = [new KeyGroupRange(0, 5), new KeyGroupRange(6, 15)];
      const restored: string[] = [];
      for (const range of ranges) {
        const part = await fixture.open(Types.STRING, { range, handles: [handle] });
        const polled = drain(part.createTimerQueue(QUEUE, NO_NAMESPACE));
        assert.ok(polled.length > 0);
        restored.push(...polled);
      }

      assert.deepEqual(restored.toSorted(), drain(queue).toSorted());
    });

    it('are refused in another namespace than the snapshot has', async () => {
      const fixture = new BackendFixture(options);
      const backend = await fixture.open(Types.STRING);
      backend.createTimerQueue(QUEUE, WINDOWS).add(timer(1, 'a', new TimeWindow(0, 10)));

      const restored = await fixture.reopen(backend, Types.STRING);

      assert.throws(() => restored.createTimerQueue(QUEUE, NO_NAMESPACE), {
        code: 'STATE_INCOMPATIBLE',
        message: /_timer_state\/event_user-timers/,
      });
    });
  });
}

function open(options: StateBackendConformanceOptions): Promise<KeyedStateBackend<string>> {
  return new BackendFixture(options).open(Types.STRING);
}
