import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  MIN_TIMESTAMP,
  perSubtask,
  type ResultFuture,
  Types,
  ValueStateDescriptor,
} from '@millrace/core';
import { type Call, LookUp, openAsync, Patient } from './async-fixture.ts';

describe('asynchronous I/O, ordered', () => {
  it('emits results in the order of their inputs', async () => {
    const { harness, complete } = await openAsync('ordered');
    harness.processElement('a', 1);
    harness.processElement('b', 2);

    await complete('b');
    const early = [...harness.output];
    await complete('a');

    assert.deepEqual(early, []);
    assert.deepEqual(harness.output, [
      { value: 'A', timestamp: 1 },
      { value: 'B', timestamp: 2 },
    ]);
  });

  it('keeps watermarks in their place', async () => {
    const { harness, complete } = await openAsync('ordered');
    harness.processWatermark(1);
    harness.processElement('a', 2);
    harness.processWatermark(3);
    harness.processElement('b', 4);

    await complete('b');
    await complete('a');

    assert.deepEqual(harness.output, [
      { watermark: 1 },
      { value: 'A', timestamp: 2 },
      { watermark: 3 },
      { value: 'B', timestamp: 4 },
    ]);
  });
});

describe('asynchronous I/O, unordered', () => {
  it('emits results as they come between two watermarks', async () => {
    const { harness, complete } = await openAsync('unordered');
    harness.processElement('a', 1);
    harness.processElement('b', 2);

    await complete('b');
    await complete('a');

    assert.deepEqual(harness.values, ['B', 'A']);
  });

  it('lets no result pass a watermark in either direction', async () => {
    const { harness, complete } = await openAsync('unordered');
    harness.processElement('a', 1);
    harness.processElement('b', 2);
    harness.processWatermark(5);
    harness.processWatermark(6);
    harness.processElement('c', 7);

    await complete('c');
    await complete('b');
    const before = [...harness.output];
    await complete('a');

    assert.deepEqual(before, [{ value: 'B', timestamp: 2 }]);
    assert.deepEqual(harness.output.slice(1), [
      { value: 'A', timestamp: 1 },
      { watermark: 5 },
      { watermark: 6 },
      { value: 'C', timestamp: 7 },
    ]);
  });
});

for (const mode of ['ordered', 'unordered'] as const) {
  describe(`an asynchronous function, ${mode}`, () => {
    it('may give no result and many, each with the timestamp of its input', async () => {
      const { harness, complete } = await openAsync(mode);
      harness.processElement('a', 1);
      harness.processElement('b');

      await complete('a', []);
      await complete('b', ['x', 'y']);

      assert.deepEqual(harness.output, [
        { value: 'x', timestamp: MIN_TIMESTAMP },
        { value: 'y', timestamp: MIN_TIMESTAMP },
      ]);
    });

    it('that completes within its call emits after the call, through the mailbox', async () => {
      const fn = {
        asyncInvoke: (value: string, future: ResultFuture<string>) => future.complete([value]),
      };
      const { harness } = await openAsync(mode, { fn });

      harness.processElement('a', 1);
      const within = [...harness.output];
      await harness.settle();

      assert.deepEqual(within, []);
      assert.deepEqual(harness.values, ['a']);
    });

    it('holds the input back while its capacity is used up', async () => {
      const { harness, complete } = await openAsync(mode, { capacity: 2 });
      harness.processElement('a', 1);
      const withRoom = harness.operator.isAvailable();
      harness.processElement('b', 2);
      const whenFull = harness.operator.isAvailable();

      await complete('a');
      await whenFull;

      assert.equal(withRoom, undefined);
      assert.equal(harness.operator.isAvailable(), undefined);
    });

    it('calls no more than its capacity at once, and the rest in order as room comes', async () => {
      const { harness, complete, waiting } = await openAsync(mode, { capacity: 2 });
      for (const value of ['a', 'b', 'c', 'd']) {
        harness.processElement(value, 1);
      }
      const atFirst = waiting();

      await complete('a');

      assert.deepEqual(atFirst, ['a', 'b']);
      assert.deepEqual(waiting(), ['b', 'c']);
      assert.notEqual(harness.operator.isAvailable(), undefined);
    });

    it('fails the job with the record when it completes exceptionally', async () => {
      const { harness, fail } = await openAsync(mode);
      const cause = new Error('connection refused');
      harness.processElement('a', 7);

      await fail('a', cause);

      const [failure] = harness.failures as (Error & { code: string })[];
      assert.equal(failure?.code, 'USER_FUNCTION_FAILED');
      assert.equal(failure?.cause, cause);
      assert.match(
        failure?.message ?? '',
        /'look-up' \(subtask 1\/1\) could not complete the record "a" \(timestamp 7\): connection refused/,
      );
    });

    it('fails the job with the record when it throws', async () => {
      const fn = {
        asyncInvoke: () => {
          throw new Error('no');
        },
      };
      const { harness } = await openAsync(mode, { fn });

      assert.throws(() => harness.processElement('a', 7), {
        code: 'USER_FUNCTION_FAILED',
        message: /"a".*no/,
      });
    });

    it('fails the job by Flink’s TimeoutException when no result comes in time', async () => {
      const { harness } = await openAsync(mode, {
        timeoutMs: 50,
        fn: () => new Promise<never>(() => {}),
      });
      harness.processElement('a', 7);

      harness.setProcessingTime(50);
      await harness.settle();
      const tooEarly = harness.failures.length;
      harness.setProcessingTime(51);
      await harness.settle();

      const [failure] = harness.failures as (Error & { code: string })[];
      assert.equal(tooEarly, 0);
      assert.equal(failure?.code, 'ASYNC_TIMEOUT');
      assert.match(
        failure?.message ?? '',
        /record "a" \(timestamp 7\): Async function call has timed out\.; it had 50 ms/,
      );
    });

    it('may answer a timeout itself', async () => {
      const calls: Call[] = [];
      const { harness } = await openAsync(mode, { fn: perSubtask(() => new Patient(calls)) });
      harness.processElement('a', 7);

      harness.setProcessingTime(1001);
      await harness.settle();

      assert.deepEqual(harness.output, [{ value: 'a timed out', timestamp: 7 }]);
    });

    it('waits for ever with a timeout of 0', async () => {
      const { harness } = await openAsync(mode, { timeoutMs: 0 });

      harness.processElement('a', 7);

      assert.equal(harness.time.numberOfTimers, 0);
    });

    it('leaves no timer when its results have come', async () => {
      const { harness, complete } = await openAsync(mode);
      harness.processElement('a', 7);

      await complete('a');

      assert.equal(harness.time.numberOfTimers, 0);
    });

    it('is heard once: results that come twice or after a timeout are ignored', async () => {
      const calls: Call[] = [];
      const { harness } = await openAsync(mode, { fn: perSubtask(() => new Patient(calls)) });
      harness.processElement('a', 1);
      harness.processElement('b', 2);

      calls[0]?.future.complete(['A']);
      calls[0]?.future.complete(['A again']);
      calls[0]?.future.completeExceptionally(new Error('too late'));
      await harness.settle();
      harness.setProcessingTime(1001);
      await harness.settle();
      calls[1]?.future.complete(['B']);
      await harness.settle();

      assert.deepEqual(harness.values, ['A', 'b timed out']);
      assert.deepEqual(harness.failures, []);
    });

    it('is not heard after the operator was closed', async () => {
      const { harness, calls } = await openAsync(mode);
      harness.processElement('a', 1);

      await harness.close();
      calls[0]?.future.complete(['A']);
      calls[0]?.future.completeExceptionally(new Error('too late'));
      await harness.settle();

      assert.deepEqual([harness.output, harness.failures], [[], []]);
    });

    it('must give an array', async () => {
      const { harness, calls } = await openAsync(mode);
      harness.processElement('a', 1);

      calls[0]?.future.complete(undefined as never);
      await harness.settle();

      assert.match(String(harness.failures[0]), /complete\(\) got undefined for the record "a"/);
    });
  });
}

describe('the life of an asynchronous function', () => {
  it('is opened before its first call', async () => {
    const calls: Call[] = [];
    const fn = new LookUp(calls);

    await openAsync('ordered', { fn: perSubtask(() => fn) });

    assert.equal(fn.opened, 'tested');
  });

  it('sees no keyed state', async () => {
    const fn = new LookUp([]);
    await openAsync('ordered', { fn: perSubtask(() => fn) });

    assert.throws(() => fn.runtimeContext.getState(new ValueStateDescriptor('seen', Types.LONG)), {
      code: 'NO_CURRENT_KEY',
      message: /not supported in asynchronous functions/,
    });
  });
});

describe('a plain asynchronous function', () => {
  it('gives one result, or an array of results', async () => {
    const fn = async (value: string) => (value === 'two' ? ['x', 'y'] : value);
    const { harness } = await openAsync('ordered', { fn });

    harness.processElement('one', 1);
    harness.processElement('two', 2);
    await harness.settle();

    assert.deepEqual(harness.values, ['one', 'x', 'y']);
  });

  it('fails the job with the record when its promise is rejected', async () => {
    const fn = async () => Promise.reject(new Error('refused'));
    const { harness } = await openAsync('ordered', { fn });

    harness.processElement('a', 7);
    await harness.settle();

    assert.match(String(harness.failures[0]), /the record "a" \(timestamp 7\): refused/);
  });

  it('may as well be an async method: its rejection completes exceptionally', async () => {
    const fn = {
      asyncInvoke: async () => {
        throw new Error('refused');
      },
    };
    const { harness } = await openAsync('ordered', { fn });

    harness.processElement('a', 7);
    await harness.settle();

    assert.match(String(harness.failures[0]), /the record "a" \(timestamp 7\): refused/);
  });
});
