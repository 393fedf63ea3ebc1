import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  InvariantError,
  type ReducingState,
  ReducingStateDescriptor,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import fc from 'fast-check';
import { MemoryStateDatabase } from './memory-state-database-fixture.ts';
import { States } from './states-fixture.ts';

const SLICE = 256;
const PROBED_SLICES = 2; // which show who reads
const LARGE = 1 << 20;
const KEYS = Array.from({ length: 31 }, (_, n) => `m${n}`.padEnd(n < 24 ? 0 : 400 * (n - 23), 'x'));

function counting(database = new MemoryStateDatabase(), capacityBytes = LARGE) {
  const states = new States(database, { capacityBytes });
  const counts = states.create<ValueState<number>, void>(
    Types.VOID_NAMESPACE as never,
    new ValueStateDescriptor('counts', Types.LONG),
  );
  const texts = states.create<ReducingState<string>, void>(
    Types.VOID_NAMESPACE as never,
    new ReducingStateDescriptor('texts', (a, b) => a + b, Types.STRING),
  );
  return { states, counts, texts, database, lookAhead: states.store.lookAhead };
}

function keysFrom(start: number, count = SLICE): string[] {
  return Array.from({ length: count }, (_, i) => `k${start + i}`);
}

/** Each slice has other keys; `work` is done for each. @returns the slices that were read ahead */
function runSlices(
  { states, lookAhead }: ReturnType<typeof counting>,
  slices: number,
  work: () => void,
  keysOf: (slice: number) => string[] = (slice) => keysFrom(slice * SLICE),
): number {
  let ahead = 0;
  for (let slice = 0; slice < slices; slice++) {
    const keys = keysOf(slice);
    if (lookAhead.isWorthwhile(keys.length)) {
      lookAhead.readAhead(keys);
      ahead++;
    }
    for (const key of keys) {
      states.setCurrentKey(key);
      work();
    }
  }
  return ahead;
}

describe('look-ahead', () => {
  it('reads the rows of a slice together once records were seen to read them', () => {
    const of = counting();

    const ahead = runSlices(of, 10, () => of.counts.value());

    assert.equal(ahead, 10 - PROBED_SLICES);
    assert.equal(of.database.multiGets, ahead); // Those of the state that is read, not of the other.
    assert.equal(of.counts.value(), undefined);
  });

  it('leaves records alone that find what they need in memory', () => {
    const of = counting();
    const work = (): void => of.counts.update((of.counts.value() ?? 0) + 1);
    for (const key of keysFrom(0)) {
      of.states.setCurrentKey(key);
      work();
    }

    const ahead = runSlices(of, 100, work, () => keysFrom(0));

    assert.equal(ahead, 0);
    assert.equal(of.database.multiGets, 0);
  });

  it('ends when records no longer read, and begins when they do', () => {
    const of = counting();
    const reads = (slices: number, start: number): number =>
      runSlices(
        of,
        slices,
        () => of.counts.value(),
        (slice) => keysFrom((start + slice) * SLICE),
      );
    assert.ok(reads(20, 0) > 0);

    runSlices(of, 200, () => {});
    const withoutReads = runSlices(of, 50, () => {});
    const withReads = reads(200, 1000);

    assert.equal(withoutReads, 0);
    assert.ok(withReads > 50, `${withReads}`);
  });

  it('fills no more than a part of the cache', () => {
    const of = counting(new MemoryStateDatabase(), 50_000);

    assert.equal(
      runSlices(of, 50, () => of.counts.value()),
      0,
    );
  });

  it('leaves the current key, and the absence of one, as they are', () => {
    const of = counting();
    runSlices(of, 4, () => of.counts.value());

    of.states.setCurrentKey('mine');
    of.lookAhead.readAhead(['other']);
    assert.equal(of.states.store.keys.currentKey, 'mine');

    of.states.store.keys.unsetCurrentKey();
    of.lookAhead.readAhead(['another']);
    assert.throws(() => of.counts.value(), { code: 'NO_CURRENT_KEY' });
  });

  it('leaves a failure of the database, and of a key, to the access', () => {
    const of = counting();
    runSlices(of, 4, () => of.counts.value());
    of.database.failure = new Error('gone');

    of.lookAhead.readAhead(['k-gone', null as never]);

    of.states.setCurrentKey('k-gone');
    assert.throws(() => of.counts.value(), /gone/);
  });

  it('finds the row of a key that is longer than any before it', () => {
    const { states, counts, database } = counting();
    const key = 'long'.repeat(1000);
    states.setCurrentKey(key);
    counts.update(41);
    states.writeAll();
    const restarted = counting(database);
    runSlices(restarted, 4, () => restarted.counts.value());

    restarted.lookAhead.readAhead(['short', key]);
    const { reads } = database;
    restarted.states.setCurrentKey(key);

    assert.equal(restarted.counts.value(), 41);
    assert.equal(database.reads, reads);
  });

  it('does not hide that what must leave memory for it cannot be written, nor a defect of ours', () => {
    const of = counting(new MemoryStateDatabase());
    runSlices(of, 4, () => of.counts.value());
    of.states.setCurrentKey('mine');
    of.counts.update('wrong' as never);
    Object.assign(of.states.store.cache, { capacityBytes: 0 });

    assert.throws(() => of.lookAhead.readAhead(['other']), { code: 'VALUE_NOT_SERIALIZABLE' });
    assert.equal(of.states.store.keys.currentKey, 'mine');
    of.counts.update(1);
    of.lookAhead.readAhead(['other']);

    of.database.failure = new InvariantError('INVARIANT_VIOLATED', 'ours');
    assert.throws(() => of.lookAhead.readAhead(['third']), /ours/);
  });

  it('changes no state, whatever is read and written around it, also after restarts', () => {
    const step = fc.record({
      kind: fc.constantFrom('ahead', 'add', 'read', 'clear', 'write all', 'fix', 'step', 'restart'),
      keys: fc.array(fc.nat(30), { minLength: 1, maxLength: 12 }),
    });
    const capacities = fc.constantFrom(0, 3000, LARGE);
    const start = (database: MemoryStateDatabase, capacityBytes: number) => {
      const of = counting(database, LARGE);
      const work = () => [of.counts.value(), of.texts.get()];
      runSlices(of, 4, work, () => keysFrom(1000));
      runSlices(of, 4, work);
      Object.assign(of.states.store.cache, { capacityBytes });
      return of;
    };
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 150, size: 'max' }),
        capacities,
        (steps, capacity) => {
          let of = start(new MemoryStateDatabase(), capacity);
          const model = new Map<string, string>();
          const check = (key: string): void => {
            of.states.setCurrentKey(key);
            const wanted = model.get(key);
            assert.equal(of.texts.get(), wanted);
            assert.equal(of.counts.value(), wanted?.length);
          };
          for (const { kind, keys } of steps) {
            const picked = keys.map((n) => KEYS[n]!);
            const [key] = picked as [string];
            const { states, counts, texts, lookAhead, database } = of;
            states.setCurrentKey(key);
            if (kind === 'ahead') {
              lookAhead.readAhead(picked);
            } else if (kind === 'add') {
              model.set(key, `${model.get(key) ?? ''}x`);
              texts.add('x');
              counts.update((counts.value() ?? 0) + 1);
            } else if (kind === 'clear') {
              model.delete(key);
              texts.clear();
              counts.clear();
            } else if (kind === 'write all') {
              states.writeAll();
            } else if (kind === 'fix') {
              states.barrier.fix(() => {});
            } else if (kind === 'step') {
              states.barrier.step();
            } else if (kind === 'restart') {
              states.writeAll();
              of = start(database, capacity);
            } else {
              check(key);
            }
          }
          for (const key of KEYS) {
            check(key);
          }
        },
      ),
    );
  });
});
