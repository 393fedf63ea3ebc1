import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Types } from '../../serialization/types.ts';
import { DataGeneratorSource } from './data-generator-source.ts';
import { NumberSequenceSource } from './number-sequence-source.ts';
import { RateLimitedSource } from './rate-limited-source.ts';
import { RateLimiterStrategy } from './rate-limiter.ts';
import { producedTypeOf } from './result-type-queryable.ts';
import { SourceFixture } from './source-fixture.ts';

const NUMBERS = new NumberSequenceSource(1, 100);

describe('a source with a limited rate', () => {
  it('gives records of the type that its source declares', () => {
    const typed = new DataGeneratorSource<number>({ map: (index) => index }, 10, {
      type: Types.LONG,
    });
    const limit = RateLimiterStrategy.perSecond(5);

    assert.equal(producedTypeOf(new RateLimitedSource(typed, limit)), Types.LONG);
    assert.equal(producedTypeOf(new RateLimitedSource(NUMBERS, limit)), producedTypeOf(NUMBERS));
  });

  it('is refused where a number stands for its strategy', () => {
    assert.throws(() => new RateLimitedSource(NUMBERS, 20_000 as never), {
      code: 'CONFIG_VALUE_INVALID',
      message: /give RateLimiterStrategy\.perSecond\(n\)/,
    });
  });

  it('emits no more than its rate, and tells when it goes on', async () => {
    const source = new RateLimitedSource(NUMBERS, RateLimiterStrategy.perSecond(10));
    const fixture = new SourceFixture(source, 1);
    fixture.poll(0, 1000);

    const waiting = fixture.poll(0, 1000);
    const available = fixture.reader(0).isAvailable();
    fixture.clock.advance(500);
    await available;
    fixture.poll(0, 1000);

    assert.equal(waiting, 'nothing-available');
    assert.deepEqual(fixture.records, [1, 2, 3, 4, 5, 6]); // One at once, then 10 a second.
  });

  it('goes on from a snapshot of the source without the limit, and the other way round', () => {
    const limited = () => new RateLimitedSource(NUMBERS, RateLimiterStrategy.perCheckpoint(30));
    const first = new SourceFixture(limited(), 1);
    first.poll(0, 1000);
    const second = new SourceFixture(NUMBERS, 1, first.snapshot());
    second.poll(0, 20);
    const third = new SourceFixture(limited(), 1, second.snapshot());

    third.poll(0, 1000);

    assert.deepEqual(
      [...first.records, ...second.records, ...third.records],
      Array.from({ length: 80 }, (_, i) => i + 1),
    );
  });

  it('is the source itself where the strategy sets no limit', () => {
    const fixture = new SourceFixture(
      new RateLimitedSource(NUMBERS, RateLimiterStrategy.noOp()),
      1,
    );

    assert.equal(fixture.poll(0, 1000), 'end-of-input');
    assert.equal(fixture.records.length, 100);
  });

  it('ends when the source does, and not before', () => {
    const source = new RateLimitedSource(NUMBERS, RateLimiterStrategy.perCheckpoint(100));
    const fixture = new SourceFixture(source, 1);
    fixture.poll(0, 1000);

    assert.equal(fixture.poll(0, 1000), 'nothing-available');
    fixture.reader(0).notifyCheckpointComplete?.(1);

    assert.equal(fixture.poll(0, 1000), 'end-of-input');
    assert.equal(fixture.records.length, 100);
  });
});
