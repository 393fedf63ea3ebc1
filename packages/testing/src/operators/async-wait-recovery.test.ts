import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AsyncRetryStrategies, type AsyncRetryStrategy, RetryPredicates } from '@millrace/core';
import { type Call, openAsync } from './async-fixture.ts';

const TWICE: AsyncRetryStrategy<string> = AsyncRetryStrategies.fixedDelay({
  maxAttempts: 2,
  backoffTime: 100,
  ifResult: RetryPredicates.EMPTY_RESULT_PREDICATE,
  ifException: RetryPredicates.HAS_EXCEPTION_PREDICATE,
});

describe('retries', () => {
  it('wait for the back-off on the timers of the task', async () => {
    const { harness, fail, complete, waiting } = await openAsync('ordered', {
      retryStrategy: TWICE,
    });
    harness.processElement('a', 1);

    await fail('a', new Error('busy'));
    const inBetween = waiting();
    harness.setProcessingTime(101);
    await complete('a');

    assert.deepEqual(inBetween, []);
    assert.deepEqual(harness.values, ['A']);
    assert.deepEqual(harness.failures, []);
  });

  it('follow results that the predicate does not want', async () => {
    const { harness, complete } = await openAsync('ordered', { retryStrategy: TWICE });
    harness.processElement('a', 1);

    await complete('a', []);
    harness.setProcessingTime(101);
    await complete('a', ['found']);

    assert.deepEqual(harness.values, ['found']);
  });

  it('end with the last result when the strategy allows no more', async () => {
    const { harness, complete } = await openAsync('ordered', { retryStrategy: TWICE });
    harness.processElement('a', 1);
    harness.processElement('b', 2);

    await complete('b');
    for (const time of [101, 202]) {
      await complete('a', []);
      harness.setProcessingTime(time);
    }
    await complete('a', []);

    assert.deepEqual(harness.values, ['B']);
  });

  it('end with the last failure when the strategy allows no more', async () => {
    const { harness, fail } = await openAsync('ordered', { retryStrategy: TWICE });
    harness.processElement('a', 1);

    await fail('a', new Error('first'));
    harness.setProcessingTime(101);
    await fail('a', new Error('second'));
    harness.setProcessingTime(202);
    await fail('a', new Error('third'));

    assert.match(String(harness.failures[0]), /third/);
  });

  it('do not happen for what no predicate wants', async () => {
    const strategy = AsyncRetryStrategies.fixedDelay<string>({ maxAttempts: 2, backoffTime: 100 });
    const { harness, fail } = await openAsync('ordered', { retryStrategy: strategy });
    harness.processElement('a', 1);

    await fail('a', new Error('busy'));

    assert.match(String(harness.failures[0]), /busy/);
  });

  it('share one timeout, which is final', async () => {
    const { harness, fail, waiting } = await openAsync('ordered', {
      retryStrategy: TWICE,
      timeoutMs: 150,
    });
    harness.processElement('a', 1);

    await fail('a', new Error('busy'));
    harness.setProcessingTime(101);
    const again = waiting();
    harness.setProcessingTime(151);
    await harness.settle();

    assert.deepEqual(again, ['a']);
    assert.match(String(harness.failures[0]), /has timed out/);
    assert.equal(harness.time.numberOfTimers, 0);
  });

  it('ignore what an earlier attempt says twice', async () => {
    const { harness, calls } = await openAsync('ordered', { retryStrategy: TWICE });
    harness.processElement('a', 1);
    const [first] = calls.splice(0) as [Call];

    first.future.completeExceptionally(new Error('busy'));
    await harness.settle();
    harness.setProcessingTime(101);
    first.future.complete(['late']);
    calls[0]?.future.complete(['second']);
    await harness.settle();

    assert.deepEqual(harness.values, ['second']);
  });

  it('that are delayed run at once at the end of input, and are the last', async () => {
    const { harness, fail, complete, waiting } = await openAsync('ordered', {
      retryStrategy: TWICE,
    });
    harness.processElement('a', 1);
    await fail('a', new Error('busy'));

    const finished = harness.finish();
    const atOnce = waiting();
    await complete('a', []);
    await finished;

    assert.deepEqual(atOnce, ['a']);
    assert.deepEqual(harness.values, []);
    assert.equal(harness.time.numberOfTimers, 0);
  });
});

describe('the end of input', () => {
  it('comes after completions that it finds in the mailbox: these are retried once more', async () => {
    const { harness, calls, complete } = await openAsync('ordered', { retryStrategy: TWICE });
    harness.processElement('a', 1);
    const [first] = calls.splice(0) as [Call];
    first.future.completeExceptionally(new Error('busy'));

    const finished = harness.finish();
    await complete('a', ['A']);
    await finished;

    assert.deepEqual(harness.values, ['A']);
  });

  it('comes after records that wait for room: they are retried as ever', async () => {
    const { harness, fail, complete } = await openAsync('ordered', {
      retryStrategy: TWICE,
      capacity: 1,
    });
    harness.processElement('a', 1);
    harness.processElement('b', 2);
    harness.processElement('c', 3);

    const finished = harness.finish();
    await complete('a', ['A']);
    await fail('b', new Error('busy'));
    harness.setProcessingTime(101);
    await complete('b', ['B']);
    await complete('c', ['C']);
    await finished;

    assert.deepEqual(harness.values, ['A', 'B', 'C']);
  });

  it('waits for everything in flight', async () => {
    const { harness, complete } = await openAsync('unordered', { capacity: 1 });
    harness.processElement('a', 1);
    harness.processElement('b', 2);
    harness.processWatermark(Number.POSITIVE_INFINITY);
    let isOver = false;

    const finished = harness.finish().then(() => {
      isOver = true;
    });
    await complete('a');
    const tooEarly = isOver;
    await complete('b');
    await finished;

    assert.equal(tooEarly, false);
    assert.deepEqual(harness.values, ['A', 'B']);
    assert.deepEqual(harness.watermarks, [Number.POSITIVE_INFINITY]);
  });

  it('fails when a record in flight does', async () => {
    const { harness, fail } = await openAsync('ordered');
    harness.processElement('a', 1);

    const finished = assert.rejects(harness.finish(), /the record "a".*refused/);
    await fail('a', new Error('refused'));

    await finished;
  });
});

describe('a snapshot of an asynchronous operator', () => {
  for (const mode of ['ordered', 'unordered'] as const) {
    it(`holds what was not emitted yet and calls for it again, ${mode}`, async () => {
      const before = await openAsync(mode, { capacity: 3 });
      before.harness.processElement('a', 1);
      before.harness.processElement('b', 2);
      before.harness.processWatermark(5);
      before.harness.processElement('beyond the capacity', 6);
      before.harness.processElement('d');
      await before.complete('a');

      const after = await openAsync(mode, {}, { restored: [await before.harness.snapshot(3)] });
      const again = after.waiting();
      for (const value of ['d', 'beyond the capacity', 'b']) {
        await after.complete(value);
      }

      assert.deepEqual(before.harness.values, ['A']);
      assert.deepEqual(again, ['b', 'beyond the capacity', 'd']);
      assert.deepEqual(after.harness.output.slice(0, 2), [
        { value: 'B', timestamp: 2 },
        { watermark: 5 },
      ]);
      assert.deepEqual(after.harness.values.slice(1).sort(), ['BEYOND THE CAPACITY', 'D']);
    });
  }

  it('holds a record that waits for its retry', async () => {
    const retryStrategy = AsyncRetryStrategies.fixedDelay<string>({
      maxAttempts: 1,
      backoffTime: 100,
      ifException: RetryPredicates.HAS_EXCEPTION_PREDICATE,
    });
    const before = await openAsync('ordered', { retryStrategy });
    before.harness.processElement('a', 1);
    await before.fail('a', new Error('busy'));

    const after = await openAsync('ordered', {}, { restored: [await before.harness.snapshot(3)] });

    assert.deepEqual(after.waiting(), ['a']);
  });

  it('has Flink’s name and bytes: a list of stream elements', async () => {
    const { harness } = await openAsync('ordered');
    harness.processElement('a', 1);
    harness.processWatermark(5);

    const { state } = await harness.snapshot(3);

    const handle = state.managedOperatorState;
    assert.deepEqual(
      [...(handle?.stateNameToPartitionOffsets.keys() ?? [])],
      ['_async_wait_operator_state_'],
    );
    assert.ok(handle?.delegate.kind === 'byte-stream');
    const elements = Buffer.from(handle.delegate.data).subarray(-20).toString('hex');
    const record = ['00', '0000000000000001', '0261']; // With timestamp 1, the string "a".
    const watermark = ['02', '0000000000000005'];
    assert.equal(elements, [...record, ...watermark].join(''));
  });
});
