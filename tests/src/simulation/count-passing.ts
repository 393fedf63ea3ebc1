/**
 * Counts records in operator state, so that its loss or doubling shows in the output.
 *
 * Six counters are dealt out over the subtasks as a list state; each record raises one of them. A
 * union list and a broadcast state are checked on every restore.
 */
import {
  type BroadcastState,
  type CheckpointedFunction,
  type Collector,
  type FunctionInitializationContext,
  type FunctionSnapshotContext,
  type ListState,
  ListStateDescriptor,
  MapStateDescriptor,
  OutputTag,
  type ProcessContext,
  ProcessFunction,
  Types,
} from '@millrace/core';
import type { SimulatedProcess } from './simulated-process.ts';

const NUMBER_OF_COUNTERS = 6;
const UNITS_PER_COUNTER = 1_000_000;

export const PASSED: OutputTag<string> = new OutputTag('passed', Types.STRING);

export class CountPassing extends ProcessFunction<number, number> implements CheckpointedFunction {
  private readonly process: SimulatedProcess;
  private counters: { id: number; count: number }[] = [];
  /** `id * UNITS_PER_COUNTER + count`. */
  private counterState!: ListState<number>;
  /** The checkpoint of each subtask. */
  private unionState!: ListState<number>;
  private broadcastState!: BroadcastState<string, number>;
  private problems: string[] = [];
  private turn = 0;

  constructor(process: SimulatedProcess) {
    super();
    this.process = process;
  }

  initializeState(context: FunctionInitializationContext): void {
    const store = context.operatorStateStore;
    this.counterState = store.getListState(new ListStateDescriptor('counters', Types.LONG));
    this.unionState = store.getUnionListState(new ListStateDescriptor('union', Types.LONG));
    this.broadcastState = store.getBroadcastState(
      new MapStateDescriptor('broadcast', Types.STRING, Types.LONG),
    );
    if (context.isRestored) {
      this.restore(context.restoredCheckpointId);
    } else {
      this.counters = this.ownCounters();
    }
  }

  snapshotState({ checkpointId }: FunctionSnapshotContext): void {
    this.process.step(`passing ${this.subtask} snapshots for ${checkpointId}`);
    this.counterState.update(this.counters.map(({ id, count }) => id * UNITS_PER_COUNTER + count));
    this.unionState.update([checkpointId]);
    this.broadcastState.put('checkpoint', checkpointId);
    this.broadcastState.put('parallelism', this.runtimeContext.taskInfo.numberOfParallelSubtasks);
  }

  processElement(record: number, context: ProcessContext, out: Collector<number>): void {
    for (const problem of this.problems.splice(0)) {
      context.output(PASSED, problem);
    }
    const counter = this.counters[this.turn++ % this.counters.length];
    if (counter !== undefined) {
      counter.count++;
      context.output(PASSED, `passed ${counter.id} ${counter.count}`);
    }
    out.collect(record);
  }

  private restore(checkpointId: number | undefined): void {
    this.counters = [...this.counterState.get()].map((item) => ({
      id: Math.floor(item / UNITS_PER_COUNTER),
      count: item % UNITS_PER_COUNTER,
    }));
    if (this.counters.length === 0) {
      this.problems.push('list state is lost');
    }
    const union = [...this.unionState.get()];
    const parallelism = this.broadcastState.get('parallelism');
    if (union.length !== parallelism || union.some((id) => id !== checkpointId)) {
      this.problems.push(`union state of checkpoint ${checkpointId} is ${union}`);
    }
    if (this.broadcastState.get('checkpoint') !== checkpointId) {
      this.problems.push(`broadcast state is not of checkpoint ${checkpointId}`);
    }
  }

  private ownCounters(): { id: number; count: number }[] {
    const { numberOfParallelSubtasks } = this.runtimeContext.taskInfo;
    return Array.from({ length: NUMBER_OF_COUNTERS }, (_, id) => ({ id, count: 0 })).filter(
      ({ id }) => id % numberOfParallelSubtasks === this.subtask,
    );
  }

  private get subtask(): number {
    return this.runtimeContext.taskInfo.indexOfThisSubtask;
  }
}
