/**
 * The program that is simulated: every kind of state whose loss or doubling shows in its output.
 *
 * Two source subtasks feed two keyed ones, so barriers have to be aligned.
 */
import {
  type CheckpointedFunction,
  type Collector,
  type Configuration,
  type FunctionInitializationContext,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type ListState,
  ListStateDescriptor,
  MAX_TIMESTAMP,
  NumberSequenceSource,
  type OnTimerContext,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
} from '@millrace/core';
import { StreamExecutionEnvironment } from '@millrace/datastream';
import { createJobGraph, type JobGraph } from '@millrace/runtime';
import { type ExternalSystem, TransactionalSink } from './external-system.ts';

export const NUMBER_OF_RECORDS = 400;
export const NUMBER_OF_KEYS = 7;

export type Output =
  /** The nth record of a key. */
  | { readonly kind: 'count'; readonly key: number; readonly count: number }
  /** All records of a key, told by a timer at the end of time. */
  | { readonly kind: 'total'; readonly key: number; readonly total: number }
  /** How many records passed one subtask of the operator that counts in operator state. */
  | { readonly kind: 'passed'; readonly subtask: number; readonly passed: number };

export interface SimulatedProgramHooks {
  readonly system: ExternalSystem<Output>;
  /** Called at each record; throws when the record's turn to fail has come. */
  onRecord(description: string): void;
}

class CountPerKey extends KeyedProcessFunction<number, number, Output> {
  private readonly hooks: SimulatedProgramHooks;
  private count!: ValueState<number>;

  constructor(hooks: SimulatedProgramHooks) {
    super();
    this.hooks = hooks;
  }

  override open(): void {
    this.count = this.runtimeContext.getState(new ValueStateDescriptor('count', Types.LONG));
  }

  override processElement(
    value: number,
    context: KeyedProcessContext<number>,
    out: Collector<Output>,
  ): void {
    this.hooks.onRecord(`key ${context.currentKey} value ${value}`);
    const count = (this.count.value() ?? 0) + 1;
    this.count.update(count);
    context.timerService().registerEventTimeTimer(MAX_TIMESTAMP);
    out.collect({ kind: 'count', key: context.currentKey, count });
  }

  override onTimer(_time: number, context: OnTimerContext<number>, out: Collector<Output>): void {
    out.collect({ kind: 'total', key: context.currentKey, total: this.count.value() ?? 0 });
  }
}

/** Counts in operator state; the subtask's number goes with the count. */
class CountPassing implements CheckpointedFunction {
  private passed = 0;
  private state!: ListState<number>;
  private readonly subtask: () => number;

  constructor() {
    this.subtask = () => 0;
  }

  initializeState(context: FunctionInitializationContext): void {
    this.state = context.operatorStateStore.getListState(
      new ListStateDescriptor('passed', Types.LONG),
    );
    this.passed = [...this.state.get()].reduce((a, b) => a + b, 0);
  }

  snapshotState(): void {
    this.state.update([this.passed]);
  }

  map(value: number): number {
    this.passed++;
    return value;
  }

  get description(): string {
    return `${this.subtask()}: ${this.passed}`;
  }
}

export function simulatedJobGraph(
  configuration: Configuration,
  hooks: SimulatedProgramHooks,
): JobGraph {
  const env = StreamExecutionEnvironment.createLocalEnvironment(configuration);
  env.setParallelism(2);
  env
    .fromSource(
      new NumberSequenceSource(1, NUMBER_OF_RECORDS),
      WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner((value) => value),
      'numbers',
      Types.LONG,
    )
    .uid('numbers')
    .map(new CountPassing(), Types.LONG)
    .uid('passing')
    .keyBy((value) => value % NUMBER_OF_KEYS, Types.LONG)
    .process(new CountPerKey(hooks))
    .uid('count')
    .sinkTo(new TransactionalSink<Output>(hooks.system))
    .uid('sink');
  return createJobGraph(env.getStreamGraph());
}
