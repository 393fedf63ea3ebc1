import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyGroupRange, keyGroupForKeyHash, TimerSerializer, Types } from '@millrace/core';
import fc from 'fast-check';
import { Epochs } from '../columns/epochs.ts';
import { hashOfIdentity } from '../columns/identity-hash.ts';
import type { PinnedOrder } from '../columns/ordered-row-group.ts';
import { HeapTimerQueue, type TimerKeys } from './heap-timer-queue.ts';
import { TimerBucket } from './timer-bucket.ts';

const KEY = Types.STRING.createSerializer();
const NAMESPACE = Types.LONG.createSerializer();

const KEYS: TimerKeys<string> = {
  serializer: KEY,
  keyGroupRange: new KeyGroupRange(0, 7),
  epochs: new Epochs(),
  identity: (key) => key,
  identityHash: (_key, identity) => hashOfIdentity(identity),
  keyGroupOf: (key) => keyGroupForKeyHash(KEY.hashCode(key), 8),
  groupIndex: (keyGroup) => keyGroup,
};

const COMMAND = fc.record({
  kind: fc.constantFrom('add', 'add', 'add-absent', 'add-absent', 'restore', 'remove', 'poll'),
  timestamp: fc.integer({ min: 0, max: 3 }),
  key: fc.integer({ min: 0, max: 30 }).map((n) => `k${n}`),
  namespace: fc.integer({ min: 0, max: 1 }),
});

const KIND_OR_PIN = fc.constantFrom('add', 'add', 'add', 'remove', 'poll', 'pin', 'unpin');
const COMMAND_OR_PIN = fc.tuple(COMMAND, KIND_OR_PIN).map(([timer, kind]) => ({ ...timer, kind }));

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

  it('gives timers of one time by key group, then in the order in which they were added', () => {
    for (const count of [8, 32, 33, 200]) {
      const queue = queueOf();
      const keys = Array.from({ length: count }, (_, i) => `key-${i}`);
      for (const key of keys) {
        queue.addAbsent({ timestamp: 5, key, namespace: 0 });
      }
      queue.remove({ timestamp: 5, key: 'key-3', namespace: 0 });
      queue.add({ timestamp: 5, key: 'key-3', namespace: 0 });
      const added = [...keys.filter((key) => key !== 'key-3'), 'key-3'];
      const expected = added.toSorted((a, b) => KEYS.keyGroupOf(a) - KEYS.keyGroupOf(b));

      const polled = expected.map(() => queue.poll()?.key);

      assert.deepEqual(polled, expected);
    }
  });

  it('gives that order wherever in many key groups the timers of a time are', () => {
    const fewTimers = { minLength: 33, maxLength: 300, size: 'max' } as const;
    for (const [first, last] of [
      [0, 32_767],
      [32_000, 32_400],
      [7, 8],
    ] as const) {
      const keyGroup = fc.integer({ min: first, max: last });

      fc.assert(
        fc.property(fc.array(keyGroup, fewTimers), (keyGroups) => {
          const groupOf = (key: string) => keyGroups[Number(key)] as number;
          const keyGroupRange = new KeyGroupRange(0, 32_767);
          const queue = queueOf(new Epochs(), { keyGroupRange, keyGroupOf: groupOf });
          const keys = keyGroups.map((_, i) => `${i}`);
          for (const key of keys) {
            queue.addAbsent({ timestamp: 5, key, namespace: 0 });
          }
          const expected = keys.toSorted((a, b) => groupOf(a) - groupOf(b));

          const polled = expected.map(() => queue.poll()?.key);

          assert.deepEqual(polled, expected);
        }),
        { numRuns: 30 },
      );
    }
  });

  it('shows a snapshot the timers of its version in their order, whatever comes and goes', () => {
    const commands = fc.array(COMMAND_OR_PIN, { minLength: 1, maxLength: 400, size: 'max' });

    fc.assert(
      fc.property(commands, (steps) => {
        const epochs = new Epochs();
        const queue = queueOf(epochs);
        const pins: { version: number; pinned: (PinnedOrder | undefined)[]; seen: string[] }[] = [];
        for (const { kind, ...timer } of steps) {
          if (kind === 'pin') {
            const version = epochs.current;
            pins.push({ version, pinned: queue.timers.pin(version), seen: timersOf(queue) });
            epochs.begin();
          } else if (kind === 'unpin') {
            const { version, pinned, seen } = pins.shift() ?? NOTHING_PINNED;
            assert.deepEqual(
              pinned.flatMap((group) => timersIn(queue, group)),
              seen,
            );
            queue.timers.unpinAll(version);
            epochs.end(version);
          } else if (kind === 'poll') {
            queue.poll();
          } else {
            queue[kind as 'add' | 'remove'](timer);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('keeps no more room for timers of one time than twice what there are', () => {
    const queue = queueOf();
    const bucket = new TimerBucket(5, queue.timers);
    for (let i = 0; i < 10_000; i++) {
      const row = queue.timers.add({ timestamp: 5, key: `k${i}`, namespace: 0 }, `k${i}`, i, 0);
      bucket.add(row);
      if (i >= 100) {
        const oldest = bucket.next();
        bucket.remove(oldest);
        queue.timers.remove(oldest);
      }
    }

    assert.ok(bucket.room <= 300, `room for ${bucket.room}`);
  });
});

const NOTHING_PINNED = { version: -1, pinned: [], seen: [] };

/** By key group. */
function timersOf(queue: HeapTimerQueue<string, number>): string[] {
  return Array.from({ length: 8 }, (_, group) => queue.timers.rowsOf(group)).flatMap((rows) =>
    rows.map((row) => describeTimer(queue, row)),
  );
}

function timersIn(queue: HeapTimerQueue<string, number>, group: PinnedOrder | undefined): string[] {
  const rows = group === undefined ? [] : [...group.rows.subarray(0, group.places)];
  const read = rows.filter((row) => row >= 0).map((row) => describeTimer(queue, row));
  assert.equal(read.length, group?.length ?? 0);
  return read;
}

function describeTimer(queue: HeapTimerQueue<string, number>, row: number): string {
  const { timestamp, key, namespace } = queue.timers.timerOf(row);
  return `${timestamp} ${key} ${namespace}`;
}

function queueOf(
  epochs: Epochs = new Epochs(),
  of: Partial<TimerKeys<string>> = {},
): HeapTimerQueue<string, number> {
  const keys = { ...KEYS, ...of, epochs };
  return new HeapTimerQueue('t', new TimerSerializer(KEY, NAMESPACE), NAMESPACE, keys);
}
