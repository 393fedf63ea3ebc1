import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AsyncRetryStrategies,
  type Collector,
  type FixedDelayRetryOptions,
  HashMapStateBackend,
  type IncrementalCleanup,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type OpenContext,
  type RetryConditions,
  type RuntimeExecutionMode,
  type StateBackend,
  type StateDescriptor,
  StateTtlConfig,
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

  it('has the types of options and of parts of an own trigger, to be written by themselves', () => {
    const conditions: RetryConditions<string> = { ifException: () => true };
    const retries: FixedDelayRetryOptions<string> = {
      ...conditions,
      maxAttempts: 2,
      backoffTime: '1 s',
    };
    const cleanupIncrementally: IncrementalCleanup = { cleanupSize: 7 };
    const stateDescriptors: readonly StateDescriptor[] = [
      new ValueStateDescriptor('last', Types.LONG).enableTimeToLive(
        new StateTtlConfig({ timeToLive: '1 h', cleanupIncrementally }),
      ),
    ];
    const backend: StateBackend = new HashMapStateBackend();
    const mode: RuntimeExecutionMode = 'BATCH';

    const env = StreamExecutionEnvironment.createLocalEnvironment();
    env.setStateBackend(backend).setRuntimeMode(mode);

    assert.equal(AsyncRetryStrategies.fixedDelay(retries).getBackoffTimeMillis(1), 1000);
    const [descriptor] = stateDescriptors;
    assert.equal(descriptor?.ttlConfig.cleanupStrategies.incremental?.cleanupSize, 7);
  });
});
