import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyGroupRange, keyGroupForKeyHash, TimerSerializer, Types } from '@millrace/core';
import fc from 'fast-check';
import { HeapTimerQueue, type TimerKeys } from './heap-timer-queue.ts';

const KEY = Types.STRING.createSerializer();
const NAMESPACE = Types.LONG.createSerializer();

const KEYS: TimerKeys<string> = {
  keyGroupRange: new KeyGroupRange(0, 7),
  identity: (key) => key,
  keyGroupOf: (key) => keyGroupForKeyHash(KEY.hashCode(key), 8),
  groupIndex: (keyGroup) => keyGroup,
};

const COMMAND = fc.record({
  kind: fc.constantFrom('add', 'add', 'add', 'remove', 'poll'),
  timestamp: fc.integer({ min: 0, max: 6 }),
  key: fc.integer({ min: 0, max: 12 }).map((n) => `k${n}`),
  namespace: fc.integer({ min: 0, max: 1 }),
});

describe('a timer queue', () => {
  it('is a set of timers whose earliest comes out first', () => {
    const commands = fc.array(COMMAND, { minLength: 1, maxLength: 300, size: 'max' });

    fc.assert(
      fc.property(commands, (steps) => {
        const serializer = new TimerSerializer(KEY, NAMESPACE);
        const queue = new HeapTimerQueue<string, number>('t', serializer, NAMESPACE, KEYS);
        const model = new Map<string, number>();
        for (const { kind, ...timer } of steps) {
          const id = (one: typeof timer): string => `${one.timestamp} ${one.key} ${one.namespace}`;
          if (kind === 'add') {
            queue.add(timer);
            model.set(id(timer), timer.timestamp);
          } else if (kind === 'remove') {
            queue.remove(timer);
            model.delete(id(timer));
          } else {
            const polled = queue.poll();
            const earliest = model.size === 0 ? undefined : Math.min(...model.values());
            assert.equal(polled?.timestamp, earliest);
            assert.equal(polled === undefined || model.delete(id(polled)), true);
          }
          assert.equal(queue.size, model.size);
        }
      }),
      { numRuns: 100 },
    );
  });
});
