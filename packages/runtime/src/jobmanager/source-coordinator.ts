/**
 * Runs the enumerator of one source and speaks with its readers.
 *
 * Invariants:
 * - A split is in exactly one place: with the enumerator or with a reader. What is sent to a reader
 *   after the enumerator's state was taken for a checkpoint is held back until that reader's
 *   barrier is on its way, so a checkpoint holds each split once.
 *   A reader that failed has lost what it got since its checkpoint: no checkpoint begins before that
 *   is with the enumerator again.
 * - Only a reader that has registered gets anything; one that failed registers anew.
 * - One call of the enumerator at a time.
 *
 * Flink: SourceCoordinator. Bytes of its state: docs/formats/checkpoint-metadata.md
 */
import {
  CheckpointError,
  type Clock,
  DataInputView,
  DataOutputView,
  invariant,
  type MetricGroup,
  MillraceError,
  type Source,
  type SourceSplit,
  type SplitEnumerator,
  type SplitEnumeratorContext,
  TaskError,
  type Timer,
  thrownText,
  type WatermarkAlignmentParams,
} from '@millrace/core';
import type { SourceCoordinatorGateway } from '../operators/stream-operator.ts';
import { SplitAssignmentTracker } from './split-assignment-tracker.ts';
import type { WatermarkAlignmentGroup } from './watermark-alignment.ts';

const COORDINATOR_SERDE_VERSION = 1;

/** The readers, by subtask. */
export interface SourceReaderTargets {
  addSplits(subtask: number, splits: readonly Uint8Array[], version: number): void;
  noMoreSplits(subtask: number): void;
  /** How far the source's alignment group lets it go. */
  alignWatermark(subtask: number, maxDesiredWatermark: number): void;
}

export interface SourceAlignment {
  readonly params: WatermarkAlignmentParams;
  /** Shared with the other sources of the group. */
  readonly group: WatermarkAlignmentGroup;
}

export interface SourceCoordinatorOptions {
  readonly operatorId: string;
  readonly operatorName: string;
  readonly source: Source<unknown, SourceSplit, unknown>;
  readonly parallelism: number;
  readonly clock: Clock;
  /** Of the coordinator. */
  readonly metricGroup: MetricGroup;
  readonly targets: SourceReaderTargets;
  readonly alignment?: SourceAlignment | undefined;
  /** True where single readers may be restored: who has which split is remembered then. */
  readonly tracksAssignments?: boolean;
  fail(error: unknown): void;
}

interface HeldMessages {
  /** Checkpoints whose barrier is to be sent first. */
  readonly waitsFor: Set<number>;
  readonly messages: (() => void)[];
}

export class SourceCoordinator implements SourceCoordinatorGateway {
  readonly operatorId: string;
  readonly operatorName: string;
  private readonly options: SourceCoordinatorOptions;
  private readonly readers = new Set<number>();
  /** Those that failed and have not been reset yet. */
  private readonly failedReaders = new Set<number>();
  /** Those that have read all: what they reported stands, but nobody listens there any more. */
  private readonly endedReaders = new Set<number>();
  /** Per subtask, what waits for the barrier of the checkpoints that are being triggered. */
  private readonly held = new Map<number, HeldMessages>();
  private readonly assignments: SplitAssignmentTracker<SourceSplit> | undefined;
  private enumerator: SplitEnumerator<SourceSplit, unknown> | undefined;
  private closed = false;
  private announcement: Timer | undefined;

  constructor(options: SourceCoordinatorOptions) {
    this.operatorId = options.operatorId;
    this.operatorName = options.operatorName;
    this.options = options;
    this.assignments =
      options.tracksAssignments === true ? new SplitAssignmentTracker() : undefined;
  }

  /** @param restored - what `snapshotState` gave, `undefined` on a fresh start */
  start(restored: Uint8Array | undefined): void {
    const { source } = this.options;
    const context = this.enumeratorContext();
    this.enumerator =
      restored === undefined
        ? source.createEnumerator(context)
        : source.restoreEnumerator(context, this.decode(restored));
    this.enumerator.start();
    if (this.options.alignment !== undefined) {
      this.scheduleAnnouncement(this.options.alignment);
    }
  }

  registerReader(subtask: number): void {
    this.call((enumerator) => {
      this.readers.add(subtask);
      enumerator.addReader(subtask);
    });
  }

  sendSplitRequest(subtask: number): void {
    this.call((enumerator) => enumerator.handleSplitRequest(subtask));
  }

  reportWatermark(subtask: number, watermark: number): void {
    this.options.alignment?.group.report(this.operatorId, subtask, watermark);
  }

  /** The reader's data has ended. */
  readerEnded(subtask: number): void {
    this.endedReaders.add(subtask);
  }

  /** Until it registers anew, nothing can be sent to the reader; what was on its way is dropped. */
  readerFailed(subtask: number): void {
    this.readers.delete(subtask);
    this.failedReaders.add(subtask);
    this.held.delete(subtask);
  }

  /**
   * The reader begins again, from a checkpoint: what it got since goes back to the enumerator.
   *
   * @param checkpointId - `undefined` where there is none
   */
  subtaskReset(subtask: number, checkpointId: number | undefined): void {
    this.readerFailed(subtask);
    this.failedReaders.delete(subtask);
    this.endedReaders.delete(subtask);
    const splits = this.assignments?.takeBack(subtask, checkpointId) ?? [];
    if (splits.length > 0) {
      this.call((enumerator) => enumerator.addSplitsBack(splits, subtask));
    }
  }

  /** Takes the enumerator's state; readers get nothing more until `barrierSent`. */
  checkpointCoordinator(checkpointId: number): Uint8Array {
    invariant(
      this.enumerator !== undefined,
      'a coordinator is started before its first checkpoint',
    );
    invariant(
      this.failedReaders.size === 0,
      'what failed readers lost is with the enumerator before a checkpoint begins',
    );
    const serializer = this.options.source.enumeratorCheckpointSerializer;
    const bytes = serializer.serialize(this.enumerator.snapshotState(checkpointId));
    this.assignments?.snapshot(checkpointId);
    const out = new DataOutputView(bytes.length + 12);
    out.writeInt(COORDINATOR_SERDE_VERSION);
    out.writeInt(serializer.version);
    out.writeInt(bytes.length);
    out.write(bytes);
    for (let subtask = 0; subtask < this.options.parallelism; subtask++) {
      const held = this.held.get(subtask) ?? { waitsFor: new Set<number>(), messages: [] };
      held.waitsFor.add(checkpointId);
      this.held.set(subtask, held);
    }
    return out.copyBytes();
  }

  /** The reader's barrier is on its way: what was held back for it follows. */
  barrierSent(subtask: number, checkpointId: number): void {
    const held = this.held.get(subtask);
    if (held?.waitsFor.delete(checkpointId) && held.waitsFor.size === 0) {
      this.held.delete(subtask);
      for (const send of held.messages) {
        send();
      }
    }
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.releaseAll(checkpointId);
    this.assignments?.completed(checkpointId);
    this.call((enumerator) => enumerator.notifyCheckpointComplete?.(checkpointId));
  }

  notifyCheckpointAborted(checkpointId: number): void {
    this.releaseAll(checkpointId);
  }

  /** Closing twice does nothing. */
  async close(): Promise<void> {
    if (!this.closed) {
      this.closed = true;
      this.announcement?.cancel();
      await this.enumerator?.close();
    }
  }

  private scheduleAnnouncement(alignment: SourceAlignment): void {
    this.announcement = this.options.clock.setTimer(alignment.params.updateIntervalMs, () => {
      this.announceCombinedWatermark(alignment);
      this.scheduleAnnouncement(alignment);
    });
  }

  private announceCombinedWatermark({ params, group }: SourceAlignment): void {
    const maxDesired = group.maxAllowedWatermark(params.maxAllowedWatermarkDriftMs);
    for (const subtask of group.subtasksOf(this.operatorId)) {
      if (this.readers.has(subtask) && !this.endedReaders.has(subtask)) {
        this.options.targets.alignWatermark(subtask, maxDesired);
      }
    }
  }

  private decode(bytes: Uint8Array): unknown {
    const input = new DataInputView(bytes);
    const serdeVersion = input.readInt();
    if (serdeVersion !== COORDINATOR_SERDE_VERSION) {
      throw new CheckpointError(
        'SNAPSHOT_VERSION_UNSUPPORTED',
        `source ${this.options.operatorName}: coordinator state has version ${serdeVersion}; ` +
          `${COORDINATOR_SERDE_VERSION} can be read`,
      );
    }
    const version = input.readInt();
    const checkpoint = input.readBytes(input.readInt());
    return this.options.source.enumeratorCheckpointSerializer.deserialize(version, checkpoint);
  }

  private enumeratorContext(): SplitEnumeratorContext<SourceSplit> {
    const { source, parallelism, clock, metricGroup, targets } = this.options;
    const ofEnumerator = metricGroup.addGroup('enumerator');
    return {
      currentParallelism: parallelism,
      registeredReaders: this.readers,
      clock,
      metricGroup: {
        setUnassignedSplitsGauge: (unassigned) =>
          ofEnumerator.gauge('unassignedSplits', unassigned),
      },
      assignSplit: (split, subtask) => {
        this.checkRegistered(subtask, `split ${split.splitId}`);
        this.assignments?.assigned(subtask, split);
        const serializer = source.splitSerializer;
        const bytes = [serializer.serialize(split)];
        this.send(subtask, () => targets.addSplits(subtask, bytes, serializer.version));
      },
      signalNoMoreSplits: (subtask) => {
        this.checkRegistered(subtask, 'the end of the splits');
        this.send(subtask, () => targets.noMoreSplits(subtask));
      },
      callAsync: (call, handler) => {
        call().then(
          (result) => this.call(() => handler(result)),
          (error: unknown) => this.fail(error),
        );
      },
    };
  }

  private checkRegistered(subtask: number, what: string): void {
    if (!this.readers.has(subtask)) {
      throw new TaskError(
        'SOURCE_FAILED',
        `source ${this.options.operatorName}: its enumerator has ${what} for reader ${subtask}, which ` +
          'is not registered: it has not begun, or it failed; look into registeredReaders first, ' +
          'and answer the reader when it registers and asks (anew)',
      );
    }
  }

  private send(subtask: number, message: () => void): void {
    const held = this.held.get(subtask);
    if (held === undefined) {
      message();
    } else {
      held.messages.push(message);
    }
  }

  private releaseAll(checkpointId: number): void {
    for (const subtask of [...this.held.keys()]) {
      this.barrierSent(subtask, checkpointId);
    }
  }

  private call(action: (enumerator: SplitEnumerator<SourceSplit, unknown>) => void): void {
    if (this.closed || this.enumerator === undefined) {
      return;
    }
    try {
      action(this.enumerator);
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    if (this.closed) {
      return;
    }
    const failure =
      error instanceof MillraceError
        ? error
        : new TaskError(
            'SOURCE_FAILED',
            `source ${this.options.operatorName}: its enumerator failed: ${thrownText(error)}`,
            { cause: error },
          );
    this.options.fail(failure);
  }
}
