import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Collector,
  HashMapStateBackend,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type OpenContext,
  StreamExecutionEnvironment,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from './index.ts';

class Count extends KeyedProcessFunction<string, string, string> {
  private count!: ValueState<number>;

  override open(_context: OpenContext): void {
    this.count = this.runtimeContext.getState(new ValueStateDescriptor('count', Types.LONG));
  }

  override processElement(
    _word: string,
    context: KeyedProcessContext<string>,
    out: Collector<string>,
  ): void {
    const count = (this.count.value() ?? 0) + 1;
    this.count.update(count);
    out.collect(`${context.currentKey} ${count}`);
  }
}

describe('the package millrace', () => {
  it('is all that a program with keyed state needs', async () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment().setStateBackend(
      new HashMapStateBackend(),
    );

    const counts = await env
      .fromData(['a', 'b', 'a'], Types.STRING)
      .keyBy((word) => word, Types.STRING)
      .process(new Count(), Types.STRING)
      .executeAndCollect();

    assert.deepEqual(counts, ['a 1', 'b 1', 'a 2']);
  });
});
