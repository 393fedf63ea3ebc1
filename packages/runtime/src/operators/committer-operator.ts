/**
 * Commits what the writers of a sink prepared, once the checkpoint that holds it has completed.
 *
 * Invariants:
 * - Nothing is committed before it is part of a completed checkpoint, unless the job takes none:
 *   then it is committed at the end of input.
 * - What a restored checkpoint holds is committed again before the first record.
 * - A committable leaves the state only when it was committed, or failed for a reason the committer
 *   knows.
 *
 * Flink: CommitterOperator. State: `streaming_committer_raw_states`.
 */
import {
  type Committer,
  ConfigError,
  errorCode,
  errorMessage,
  FatalError,
  getLogger,
  type ListState,
  ListStateDescriptor,
  type Sink,
  TaskError,
  Types,
  thrownText,
} from '@millrace/core';
import type { CheckpointStreamFactory, OperatorStateBackend } from '@millrace/state';
import { AbstractStreamOperator } from './abstract-stream-operator.ts';
import type { PendingCommitRequest } from './commit-request.ts';
import { type CheckpointCommittables, CommittableCollector } from './committable-collector.ts';
import { CommittableCollectorSerializer } from './committable-collector-serializer.ts';
import { type Committables, END_OF_INPUT } from './committables.ts';
import { isMissingAtStart } from './missing-at-start.ts';
import type { OneInputStreamOperator, OperatorSnapshotFutures } from './stream-operator.ts';
import { fromVersionedBytes, toVersionedBytes } from './versioned-bytes.ts';

const COMMITTER_STATE = new ListStateDescriptor<Uint8Array>(
  'streaming_committer_raw_states',
  Types.BYTE_ARRAY,
);

const LOGGER = getLogger('operators');
const DEFAULT_COMMITTER_RETRIES = 10;

export interface CommitterOperatorOptions<CommT> {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: the records and writer state of the sink are the writer's.
  readonly sink: Sink<any, any, CommT>;
  /** `sink.committer.retries`; 10 when it is left out. */
  readonly committerRetries?: number | undefined;
}

export class CommitterOperator<CommT>
  extends AbstractStreamOperator<Committables<CommT>, never>
  implements OneInputStreamOperator<Committables<CommT>, never>
{
  private readonly sink: CommitterOperatorOptions<CommT>['sink'];
  private readonly retries: number;
  private readonly serializer: CommittableCollectorSerializer<CommT>;
  private readonly collector: CommittableCollector<CommT>;
  private committer: Committer<CommT> | undefined;
  private states!: ListState<Uint8Array>;
  /** What it was restored with is committed. */
  private isOpen: boolean;

  /** @throws ConfigError `INVALID_GRAPH` for a sink without a committer or its serializer */
  constructor(options: CommitterOperatorOptions<CommT>) {
    super({ name: options.name });
    const { committableSerializer, createCommitter } = options.sink;
    if (committableSerializer === undefined || createCommitter === undefined) {
      throw new ConfigError(
        'INVALID_GRAPH',
        `the sink '${options.name}' has ${createCommitter === undefined ? 'no createCommitter' : 'no committableSerializer'}; give both or neither`,
      );
    }
    this.sink = options.sink;
    this.retries = options.committerRetries ?? DEFAULT_COMMITTER_RETRIES;
    this.serializer = new CommittableCollectorSerializer(committableSerializer);
    this.collector = new CommittableCollector();
    this.isOpen = false;
  }

  protected override get usesOperatorState(): boolean {
    return true;
  }

  /** A writer lets go of what it prepared. */
  override get mayKeepWhatItIsGiven(): boolean {
    return false;
  }

  override async initializeState(): Promise<void> {
    await super.initializeState();
    this.states = (this.operatorStateBackend as OperatorStateBackend).getListState(COMMITTER_STATE);
    if (this.context.isRehearsal === true) {
      return;
    }
    this.context.metricGroup.gauge('pendingCommittables', () => this.collector.pendingCount);
    this.committer = await this.guarded(() => this.sink.createCommitter?.());
    for (const bytes of this.states.get()) {
      this.collector.merge(fromVersionedBytes(this.serializer, bytes));
    }
  }

  override async open(): Promise<void> {
    await this.commitUpTo(END_OF_INPUT);
    this.isOpen = true;
  }

  processElement(message: Committables<CommT>): void {
    this.numRecordsIn.inc();
    this.context.metricGroup.counter('totalCommittables').inc(message.committables.length);
    this.collector.add(message);
  }

  override snapshotState(
    checkpointId: number,
    checkpointTimestamp: number,
    streams: CheckpointStreamFactory,
  ): OperatorSnapshotFutures {
    this.collector.assignEndOfInputTo(checkpointId);
    this.states.update([toVersionedBytes(this.serializer, this.collector)]);
    return super.snapshotState(checkpointId, checkpointTimestamp, streams);
  }

  override async notifyCheckpointComplete(checkpointId: number): Promise<void> {
    await super.notifyCheckpointComplete(checkpointId);
    await this.commitUpTo(checkpointId);
  }

  override async finish(): Promise<void> {
    await super.finish();
    if (!this.context.checkpointingEnabled) {
      await this.commitUpTo(END_OF_INPUT);
    }
  }

  override async close(): Promise<void> {
    const committer = this.committer;
    this.committer = undefined;
    try {
      await committer?.close();
    } finally {
      await super.close();
    }
  }

  private async commitUpTo(checkpointId: number): Promise<void> {
    for (const checkpoint of this.collector.checkpoints(checkpointId)) {
      await this.commit(checkpoint);
      this.collector.remove(checkpoint.checkpointId);
    }
  }

  private async commit(checkpoint: CheckpointCommittables<CommT>): Promise<void> {
    let pending = [...checkpoint.bySubtask.values()].flat();
    for (let attempt = 0; pending.length > 0; attempt++) {
      if (attempt > this.retries) {
        throw new TaskError(
          'SINK_FAILED',
          `sink ${this.nameWithSubtask} could not commit ${pending.length} committables of checkpoint ${checkpoint.checkpointId} in ${attempt} attempts; see why the committer retries, or raise sink.committer.retries (${this.retries})`,
        );
      }
      const requests = pending;
      for (const request of requests) {
        request.state = 'received';
      }
      await this.guarded(() => this.committer?.commit(requests));
      pending = requests.filter((request) => this.settle(request) === 'retry');
    }
  }

  /** What became of a request; one that the committer said nothing about is committed. */
  private settle(request: PendingCommitRequest<CommT>): PendingCommitRequest<CommT>['state'] {
    const metrics = this.context.metricGroup;
    if (request.state === 'received') {
      request.state = 'committed';
    }
    if (request.state === 'retry') {
      metrics.counter('retriedCommittables').inc();
    } else if (request.state === 'committed') {
      const name = request.wasCommittedBefore
        ? 'alreadyCommittedCommittables'
        : 'successfulCommittables';
      metrics.counter(name).inc();
    } else {
      metrics.counter('failedCommittables').inc();
      this.reportFailure(request);
    }
    return request.state;
  }

  private reportFailure(request: PendingCommitRequest<CommT>): void {
    const { failure } = request;
    const why = errorCode(failure) === undefined ? thrownText(failure) : errorMessage(failure);
    const message = `sink ${this.nameWithSubtask} failed to commit: ${why}`;
    if (request.isFatal) {
      const isMissing = !this.isOpen && isMissingAtStart(failure, this.context);
      const ErrorClass = isMissing ? FatalError : TaskError;
      throw new ErrorClass('SINK_FAILED', message, { cause: failure });
    }
    LOGGER.warn(`${message}; this committable is dropped`, { code: 'SINK_FAILED' });
  }

  private async guarded<R>(call: () => R | Promise<R>): Promise<R> {
    try {
      return await call();
    } catch (error) {
      throw errorCode(error) !== undefined
        ? error
        : new TaskError(
            'SINK_FAILED',
            `the committer of sink ${this.nameWithSubtask} threw: ${thrownText(error)}`,
            { cause: error },
          );
    }
  }
}
