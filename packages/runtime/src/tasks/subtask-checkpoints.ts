/**
 * The checkpoints that one task is writing.
 *
 * Invariants:
 * - A checkpoint of this task is acknowledged or declined once, or aborted.
 * - After an abort no state of that checkpoint is handed in, and what was kept for it is dropped;
 *   what was being written is told of once it is written, so that its files can go.
 *
 * Flink: SubtaskCheckpointCoordinatorImpl.
 */
import { CheckpointError } from '@millrace/core';
import { type OperatorSubtaskState, stateNotWritten } from '@millrace/state';
import type { CheckpointMetrics } from '../checkpoint/checkpoint-options.ts';
import { lastOperator } from '../graph/job-graph.ts';
import type { OperatorSnapshotFutures } from '../operators/stream-operator.ts';
import type { TaskChannelState, WrittenChannelState } from './task-channel-state.ts';
import type { TaskDeployment, TaskServices } from './task-deployment.ts';

interface CheckpointReport {
  /** Of an unaligned checkpoint. */
  readonly channelState?: TaskChannelState | undefined;
  readonly metrics: Omit<CheckpointMetrics, 'asyncDurationMs'>;
  /** The task's data had ended before. */
  readonly operatorsFinished: boolean;
}

interface Cancellable {
  cancel(): void;
}

/** Both are waited for: nothing of a failed checkpoint is still being written when it fails. */
async function both<A, B>(
  first: Promise<A>,
  second: Promise<B> | undefined,
): Promise<[A, B | undefined]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === 'rejected') {
    throw a.reason;
  }
  if (b.status === 'rejected') {
    throw b.reason;
  }
  return [a.value, b.value];
}

export class SubtaskCheckpoints {
  private readonly deployment: TaskDeployment;
  private readonly services: TaskServices;
  private readonly running = new Map<number, readonly Cancellable[]>();
  private readonly writing = new Set<Promise<void>>();

  constructor(deployment: TaskDeployment, services: TaskServices) {
    this.deployment = deployment;
    this.services = services;
  }

  get isWriting(): boolean {
    return this.writing.size > 0;
  }

  /** Resolves once nothing is being written. */
  async settled(): Promise<void> {
    while (this.writing.size > 0) {
      await Promise.all(this.writing);
    }
  }

  /** Writes what the synchronous part fixed, while records go on. */
  write(
    checkpointId: number,
    futures: ReadonlyMap<string, OperatorSnapshotFutures>,
    report: CheckpointReport,
  ): Promise<void> {
    const writing = this.writeAndReport(checkpointId, futures, report).finally(() =>
      this.writing.delete(writing),
    );
    this.writing.add(writing);
    return writing;
  }

  private async writeAndReport(
    checkpointId: number,
    futures: ReadonlyMap<string, OperatorSnapshotFutures>,
    report: CheckpointReport,
  ): Promise<void> {
    const { channelState } = report;
    const cancelChannels = { cancel: () => channelState?.cancel(givenUp(checkpointId)) };
    this.running.set(checkpointId, [...futures.values(), cancelChannels]);
    const { clock, responder } = this.services;
    const began = clock.now();
    let states: Map<string, OperatorSubtaskState>;
    let channels: WrittenChannelState | undefined;
    try {
      const operators = this.writeAll(futures);
      operators.catch((error) => channelState?.cancel(error));
      [states, channels] = await both(operators, channelState?.write());
      this.addChannelState(states, channels);
      this.services.checkAcknowledgeSize(states.values());
    } catch (error) {
      if (this.running.has(checkpointId)) {
        this.abort(checkpointId);
        responder.declineCheckpoint(this.deployment.address, checkpointId, error);
      } else {
        responder.lateStateWritten(checkpointId);
      }
      return;
    }
    if (this.running.delete(checkpointId)) {
      responder.acknowledgeCheckpoint({
        task: this.deployment.address,
        checkpointId,
        metrics: {
          ...report.metrics,
          ...channels?.metrics,
          asyncDurationMs: clock.now() - began,
        },
        states,
        operatorsFinished: report.operatorsFinished,
      });
    } else {
      responder.lateStateWritten(checkpointId);
    }
  }

  private async writeAll(
    futures: ReadonlyMap<string, OperatorSnapshotFutures>,
  ): Promise<Map<string, OperatorSubtaskState>> {
    const states = new Map<string, OperatorSubtaskState>();
    for (const [operatorId, future] of futures) {
      try {
        states.set(operatorId, await future.write());
      } catch (error) {
        throw stateNotWritten(this.describe(operatorId), error);
      }
    }
    return states;
  }

  /** Of the inputs with the head, of the outputs with the last operator, as Flink does. */
  private addChannelState(
    states: Map<string, OperatorSubtaskState>,
    channels: WrittenChannelState | undefined,
  ): void {
    if (channels === undefined) {
      return;
    }
    const { vertex } = this.deployment;
    const { inputChannelState, resultSubpartitionState } = channels;
    const head = vertex.operators[0]!.operatorId;
    const last = vertex.operators[lastOperator(vertex)]!.operatorId;
    states.set(head, { ...states.get(head)!, inputChannelState });
    states.set(last, { ...states.get(last)!, resultSubpartitionState });
  }

  private describe(operatorId: string): string {
    const { vertex, address } = this.deployment;
    const operator = vertex.operators.find((each) => each.operatorId === operatorId);
    const uid = operator?.uid === undefined ? '' : ` (uid ${operator.uid})`;
    const subtask = `subtask ${address.subtask + 1}/${vertex.parallelism}`;
    return `operator ${operator?.name ?? operatorId}${uid}, ${subtask}`;
  }

  abort(checkpointId: number): void {
    const parts = this.running.get(checkpointId);
    this.running.delete(checkpointId);
    for (const part of parts ?? []) {
      part.cancel();
    }
  }

  abortAll(): void {
    for (const checkpointId of [...this.running.keys()]) {
      this.abort(checkpointId);
    }
  }
}

function givenUp(checkpointId: number): CheckpointError {
  return new CheckpointError('CHECKPOINT_DECLINED', `checkpoint ${checkpointId} was given up`);
}
