/** What the compiler knows of asynchronous streams, and what is refused when the program is built. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AsyncRetryStrategies,
  perSubtask,
  type ResultFuture,
  RetryPredicates,
  RichAsyncFunction,
  Types,
} from '@millrace/core';
import { createJobGraph } from '@millrace/runtime';
import { AsyncDataStream } from './async-data-stream.ts';
import type { SingleOutputStreamOperator } from './data-stream.ts';
import { StreamExecutionEnvironment } from './stream-execution-environment.ts';
import { isType } from './type-fixture.ts';

interface Order {
  readonly id: number;
}

class Enrich extends RichAsyncFunction<Order, string> {
  asyncInvoke(order: Order, future: ResultFuture<string>): void {
    future.complete([`order ${order.id}`]);
  }
}

function orders() {
  const env = StreamExecutionEnvironment.createLocalEnvironment();
  return env.fromData<Order>([{ id: 1 }]);
}

const retryStrategy = AsyncRetryStrategies.fixedDelay({
  maxAttempts: 3,
  backoffTime: '100 ms',
  ifResult: RetryPredicates.EMPTY_RESULT_PREDICATE,
});

describe('asynchronous streams', () => {
  it('know their records from the function, plain or not', () => {
    const stream = orders();

    const one = AsyncDataStream.orderedWait(stream, async ({ id }) => `order ${id}`, '1 s');
    const many = AsyncDataStream.unorderedWait(stream, async ({ id }) => [id, id + 1], 1000);
    const either = AsyncDataStream.unorderedWait(
      stream,
      async ({ id }) => (id > 0 ? new Date(id) : []),
      1000,
      { capacity: 7 },
    );
    const rich = AsyncDataStream.orderedWait(stream, new Enrich(), '1 s', { type: Types.STRING });
    const each = AsyncDataStream.orderedWait(
      stream,
      perSubtask(() => new Enrich()),
      '1 s',
    );
    const retried = AsyncDataStream.orderedWaitWithRetry(stream, async ({ id }) => id, '1 s', {
      retryStrategy,
    });

    isType<SingleOutputStreamOperator<string>>()(one);
    isType<SingleOutputStreamOperator<number>>()(many);
    isType<SingleOutputStreamOperator<Date>>()(either);
    isType<SingleOutputStreamOperator<string>>()(rich);
    isType<SingleOutputStreamOperator<string>>()(each);
    isType<SingleOutputStreamOperator<number>>()(retried);
    assert.equal(rich.type, Types.STRING);
  });

  it('refuse what does not fit', () => {
    const stream = orders();

    // @ts-expect-error the function gives no promise.
    AsyncDataStream.orderedWait(stream, ({ id }) => id, '1 s');
    // @ts-expect-error the function takes other records.
    AsyncDataStream.orderedWait(stream, async (text: string) => text, '1 s');
    AsyncDataStream.orderedWait(
      stream,
      // @ts-expect-error the type is not that of the results.
      async ({ id }) => id,
      '1 s',
      { type: Types.STRING },
    );
    assert.throws(
      // @ts-expect-error a strategy is what the call is for.
      () => AsyncDataStream.orderedWaitWithRetry(stream, async ({ id }) => id, '1 s', {}),
      { code: 'INVALID_GRAPH', message: /orderedWaitWithRetry got no retryStrategy/ },
    );
  });

  it('refuse a capacity below 1 and retries without a timeout', () => {
    const stream = orders();
    const fn = async ({ id }: Order) => id;

    assert.throws(() => AsyncDataStream.orderedWait(stream, fn, '1 s', { capacity: 0 }), {
      code: 'CONFIG_VALUE_INVALID',
      message: /the capacity 0/,
    });
    assert.throws(() => AsyncDataStream.unorderedWaitWithRetry(stream, fn, 0, { retryStrategy }), {
      code: 'CONFIG_VALUE_INVALID',
      message: /unorderedWaitWithRetry got a timeout of 0/,
    });
  });

  it('are chained like any operator, under Flink’s name', () => {
    const stream = AsyncDataStream.orderedWait(orders(), async ({ id }) => id, '1 s');
    stream.print();

    const graph = createJobGraph(stream.executionEnvironment.getStreamGraph());

    assert.deepEqual(
      graph.vertices.map((vertex) => vertex.name),
      ['Source: Collection Source -> async wait operator -> Print to Std. Out: Writer'],
    );
  });
});
