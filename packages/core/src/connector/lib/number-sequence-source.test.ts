import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CollectionSource } from './collection-source.ts';
import { DataGeneratorSource } from './data-generator-source.ts';
import { NumberSequenceSource } from './number-sequence-source.ts';
import {
  NUMBER_SEQUENCE_CHECKPOINT_SERIALIZER as CHECKPOINT,
  NUMBER_SEQUENCE_SPLIT_SERIALIZER as SPLIT,
} from './number-sequence-split.ts';
import { RateLimiterStrategy } from './rate-limiter.ts';
import { SourceFixture } from './source-fixture.ts';

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('the bytes of a number sequence', () => {
  const split = { splitId: '2', from: 50_020, to: 99_999 };
  const written = '000132000000000000c364000000000001869f'; // By Flink 1.20.

  it('are those of Flink', () => {
    assert.equal(hexOf(SPLIT.serialize(split)), written);
    assert.deepEqual(SPLIT.deserialize(1, bytesOf(written)), split);
    assert.equal(hexOf(CHECKPOINT.serialize([split, split])), `00000002${written}${written}`);
    assert.deepEqual(CHECKPOINT.deserialize(1, bytesOf(`00000001${written}`)), [split]);
  });

  const bad: readonly [string, number, string, string][] = [
    ['of another version', 2, written, 'SNAPSHOT_VERSION_UNSUPPORTED'],
    ['that end early', 1, written.slice(2), 'SNAPSHOT_CORRUPT'],
    ['with something behind', 1, `${written}00`, 'SNAPSHOT_CORRUPT'],
  ];
  for (const [what, version, hex, code] of bad) {
    it(`are refused when they are bytes ${what}`, () => {
      assert.throws(() => SPLIT.deserialize(version, bytesOf(hex)), { code });
      assert.throws(() => CHECKPOINT.deserialize(version, bytesOf(`00000001${hex}`)), { code });
    });
  }
});

describe('a number sequence', () => {
  for (const [from, to] of [
    [2, 1],
    [0.5, 3],
    [0, 3.5],
    [0, 2 ** 53],
    [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    [Number.NaN, 1],
  ] as const) {
    it(`from ${from} to ${to} is refused`, () => {
      assert.throws(() => new NumberSequenceSource(from, to), {
        code: 'CONFIG_VALUE_INVALID',
        message: new RegExp(`from ${from} to ${to};`.replaceAll('.', '\\.')),
      });
    });
  }

  it('gives at most as many records as are asked for', () => {
    const fixture = new SourceFixture(new NumberSequenceSource(1, 5), 1);

    const statuses = [fixture.poll(0, 2), fixture.poll(0, 10), fixture.poll(0, 10)];

    assert.deepEqual(fixture.records, [1, 2, 3, 4, 5]);
    assert.deepEqual(statuses, ['more-available', 'end-of-input', 'end-of-input']);
  });
});

describe('a collection', () => {
  it('that lost elements since the snapshot is refused', () => {
    const snapshot = new SourceFixture(new CollectionSource(['a', 'b', 'c']), 1).snapshot();
    const restored = new SourceFixture(new CollectionSource(['a']), 1, snapshot);

    assert.throws(() => restored.runToEnd(), {
      code: 'SOURCE_FAILED',
      message: /reads element 1 of a collection that has 1 now/,
    });
  });

  it('is the elements of any iterable at the time it is given', () => {
    const elements = new Set(['a', 'b']);
    const source = new CollectionSource(elements);
    elements.add('c');
    const fixture = new SourceFixture(source, 1);

    fixture.runToEnd();

    assert.deepEqual(fixture.records, ['a', 'b']);
  });
});

describe('a generator', () => {
  it('opens and closes its function around the records', async () => {
    const calls: string[] = [];
    const source = new DataGeneratorSource(
      {
        open: () => void calls.push('open'),
        map: (index) => calls.push(`map ${index}`),
        close: () => void calls.push('close'),
      },
      2,
    );
    const fixture = new SourceFixture(source, 1);

    fixture.runToEnd();
    await fixture.reader(0).close();

    assert.deepEqual(calls, ['open', 'map 0', 'map 1', 'close']);
  });

  it('refuses a count that is no count', () => {
    for (const count of [-1, 1.5, 2 ** 53]) {
      assert.throws(() => new DataGeneratorSource((i) => i, count), {
        code: 'CONFIG_VALUE_INVALID',
      });
    }
  });

  it('emits no more than its rate, shared by its subtasks', async () => {
    const rateLimiterStrategy = RateLimiterStrategy.perSecond(20);
    const source = new DataGeneratorSource((i) => i, 1000, { rateLimiterStrategy });
    const fixture = new SourceFixture(source, 2);
    fixture.poll(0, 1000);
    const available = fixture.reader(0).isAvailable();

    const waiting = fixture.poll(0, 1000);
    fixture.clock.advance(500);
    await available;
    fixture.poll(0, 1000);

    assert.equal(waiting, 'nothing-available');
    assert.equal(fixture.records.length, 1 + 5); // One at once, then 10 a second for half of one.
  });

  it('catches up one second at most after a pause', () => {
    const rateLimiterStrategy = RateLimiterStrategy.perSecond(10);
    const source = new DataGeneratorSource((i) => i, 1000, { rateLimiterStrategy });
    const fixture = new SourceFixture(source, 1);

    fixture.clock.advance(60_000);
    fixture.poll(0, 1000);

    assert.equal(fixture.records.length, 10);
  });

  it('waits for a checkpoint to complete where its rate is per checkpoint', async () => {
    const rateLimiterStrategy = RateLimiterStrategy.perCheckpoint(6);
    const source = new DataGeneratorSource((i) => i, 1000, { rateLimiterStrategy });
    const fixture = new SourceFixture(source, 2);
    fixture.poll(0, 1000);
    fixture.poll(0, 1000);
    const available = fixture.reader(0).isAvailable();
    const before = fixture.records.length;

    fixture.reader(0).notifyCheckpointComplete?.(1);
    await available;
    fixture.poll(0, 1000);

    assert.deepEqual([before, fixture.records.length], [3, 6]);
  });

  it('refuses a rate that lets nothing through', () => {
    const perCheckpoint = RateLimiterStrategy.perCheckpoint(1);

    assert.throws(() => RateLimiterStrategy.perSecond(0), { code: 'CONFIG_VALUE_INVALID' });
    assert.throws(() => perCheckpoint.createRateLimiter(2, undefined as never), {
      code: 'CONFIG_VALUE_INVALID',
      message: /1 records a checkpoint at parallelism 2/,
    });
  });
});
