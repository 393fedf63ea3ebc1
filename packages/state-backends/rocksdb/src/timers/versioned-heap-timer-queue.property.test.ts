import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ConfigError,
  KeyGroupRange,
  keyGroupForKeyHash,
  MAX_TIMESTAMP,
  TimerSerializer,
  Types,
} from '@millrace/core';
import fc from 'fast-check';
import { VersionedHeapTimerQueue } from './versioned-heap-timer-queue.ts';

const KEY = Types.STRING.createSerializer();
const NAMESPACE = Types.LONG.createSerializer();
const SERIALIZER = new TimerSerializer(KEY, NAMESPACE);
const KEY_GROUPS = 8;

function open(
  range = new KeyGroupRange(0, KEY_GROUPS - 1),
): VersionedHeapTimerQueue<string, number> {
  return new VersionedHeapTimerQueue({
    name: 'timers',
    serializer: SERIALIZER,
    keySerializer: KEY,
    namespaceSerializer: NAMESPACE,
    keyGroupRange: range,
    keyGroupOf: (key) => {
      const keyGroup = keyGroupForKeyHash(KEY.hashCode(key), KEY_GROUPS);
      if (!range.contains(keyGroup)) {
        throw new ConfigError('KEY_NOT_DETERMINISTIC', `key group ${keyGroup}`);
      }
      return keyGroup;
    },
  });
}

function restored(
  from: VersionedHeapTimerQueue<string, number>,
  ...ranges: KeyGroupRange[]
): VersionedHeapTimerQueue<string, number>[] {
  const fixed = from.fix();
  const parts = ranges.map((range) => {
    const queue = open(range);
    for (let group = range.startKeyGroup; group <= range.endKeyGroup; group++) {
      queue.restoreGroup(group, fixed.of(group));
    }
    return queue;
  });
  fixed.release();
  return parts;
}

function drain(queue: VersionedHeapTimerQueue<string, number>): string[] {
  const polled: string[] = [];
  for (let next = queue.poll(); next !== undefined; next = queue.poll()) {
    polled.push(`${next.timestamp} ${next.key} ${next.namespace}`);
  }
  return polled;
}

const COMMAND = fc.record({
  kind: fc.constantFrom('add', 'add', 'add', 'remove', 'copy'),
  timestamp: fc.constantFrom(-7, 0, 1, 2, 3, 2 ** 40, MAX_TIMESTAMP),
  key: fc.integer({ min: 0, max: 30 }).map((n) => `k${n}`),
  namespace: fc.integer({ min: 0, max: 1 }),
});

describe('timers on the heap beside a database', () => {
  it('come out after copies and restores as they do without', () => {
    fc.assert(
      fc.property(fc.array(COMMAND, { maxLength: 200, size: 'max' }), (commands) => {
        const undisturbed = open();
        let queue = open();
        for (const { kind, ...timer } of commands) {
          if (kind === 'copy') {
            [queue] = restored(queue, new KeyGroupRange(0, KEY_GROUPS - 1)) as [typeof queue];
          } else {
            queue[kind as 'add' | 'remove'](timer);
            undisturbed[kind as 'add' | 'remove'](timer);
          }
        }
        const parts = restored(queue, new KeyGroupRange(0, 2), new KeyGroupRange(3, 7));

        const polled = drain(undisturbed);

        assert.deepEqual(drain(queue), polled);
        assert.deepEqual(parts.flatMap(drain).toSorted(), polled.toSorted());
      }),
    );
  });

  it('are fixed as they are when it is asked, whatever is done to them later', () => {
    const queue = open();
    queue.add({ timestamp: 5, key: 'a', namespace: 1 });
    const group = keyGroupForKeyHash(KEY.hashCode('a'), KEY_GROUPS);

    const fixed = queue.fix();
    queue.poll();
    queue.add({ timestamp: 6, key: 'a', namespace: 2 });
    const fixedLater = queue.fix();
    queue.poll();
    queue.add({ timestamp: 7, key: 'a', namespace: 3 });

    const read = [fixed, fixedLater].map((each) => {
      const later = open();
      later.restoreGroup(group, each.of(group));
      return drain(later);
    });
    assert.deepEqual(read, [['5 a 1'], ['6 a 2']]);
    assert.deepEqual([fixed.of(group).length, queue.size], [1, 1]);
  });
});
