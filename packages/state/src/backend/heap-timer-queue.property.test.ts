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
  kind: fc.constantFrom('add', 'add', 'add-absent', 'add-absent', 'restore', 'remove', 'poll'),
  timestamp: fc.integer({ min: 0, max: 3 }),
  key: fc.integer({ min: 0, max: 30 }).map((n) => `k${n}`),
  namespace: fc.integer({ min: 0, max: 1 }),
});

describe('a timer queue', () => {
  it('is a set of timers whose earliest comes out first', () => {
    const commands = fc.array(COMMAND, { minLength: 1, maxLength: 400, size: 'max' });

    fc.assert(
      fc.property(commands, (steps) => {
        const queue = queueOf();
        const model = new Map<string, number>();
        for (const { kind, ...timer } of steps) {
          const id = (one: typeof timer): string => `${one.timestamp} ${one.key} ${one.namespace}`;
          if (kind === 'add' || (kind === 'add-absent' && model.has(id(timer)))) {
            queue.add(timer);
            model.set(id(timer), timer.timestamp);
          } else if (kind === 'add-absent') {
            queue.addAbsent(timer);
            model.set(id(timer), timer.timestamp);
          } else if (kind === 'restore') {
            queue.restore(timer, KEYS.keyGroupOf(timer.key));
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

  it('gives timers of one time by key group, then by their place in it', () => {
    for (const count of [8, 31, 32, 200]) {
      const queue = queueOf();
      const places = new Map<string, number>();
      for (let i = 0; i < count; i++) {
        queue.addAbsent({ timestamp: 5, key: `key-${i}`, namespace: 0 });
      }
      queue.remove({ timestamp: 5, key: 'key-3', namespace: 0 }); // Moves another into its place.
      for (const group of queue.groups) {
        for (const { key, index } of group?.entries ?? []) {
          places.set(key, KEYS.keyGroupOf(key) * 1000 + index);
        }
      }
      const expected = [...places.keys()].sort((a, b) => places.get(a)! - places.get(b)!);

      const polled = expected.map(() => queue.poll()?.key);

      assert.deepEqual(polled, expected);
    }
  });
});

function queueOf(): HeapTimerQueue<string, number> {
  return new HeapTimerQueue('t', new TimerSerializer(KEY, NAMESPACE), NAMESPACE, KEYS);
}
