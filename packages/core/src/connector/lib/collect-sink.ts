/**
 * Keeps the records in the memory of this process, for programs and tests that want them as values:
 * in the thread of the program, also where the writers run on others.
 *
 * Invariants:
 * - Each subtask's records stay in their order; those of several are one subtask's after another's.
 *   Where a rescale leaves fewer, or more, each series of records is gone on with by one of them or by none.
 * - Exactly once when the job ends: a restart takes back what came after the checkpoint that it
 *   restores. While the job runs, the last records may still be taken back, so a program that acts
 *   on them before a checkpoint sees them at least once.
 * - Records of an earlier process are not here.
 *
 * Flink: CollectSinkFunction, CollectSinkOperatorCoordinator, DataStreamUtils.collect.
 */
import { CheckpointError } from '../../errors/errors.ts';
import { DataInputView } from '../../serialization/data-input-view.ts';
import { DataOutputView } from '../../serialization/data-output-view.ts';
import type { SimpleVersionedSerializer } from '../../serialization/simple-versioned-serializer.ts';
import type { Sink, SinkCoordinator, SinkWriter, WriterInitContext } from '../sink.ts';
import {
  type CollectEvent,
  type CollectWriterState,
  RemoteCollectWriter,
} from './remote-collect-writer.ts';

export class CollectSink<T> implements Sink<T, CollectWriterState> {
  readonly writerStateSerializer: SimpleVersionedSerializer<CollectWriterState> =
    COLLECT_WRITER_STATE_SERIALIZER;
  readonly coordinator: SinkCoordinator = {
    handleWriterEvent: (_subtask, event) => this.handle(event as CollectEvent<T>),
    replay: () =>
      this.collected.map((records, subtask) => ({
        subtask,
        event: { kind: 'records', subtask, records },
      })),
  };
  private readonly collected: T[][] = [];
  private readonly counted: { readonly count: number; readonly resolve: () => void }[] = [];

  /** A copy of what is collected now. */
  get results(): T[] {
    return this.collected.flat();
  }

  /** Resolves once this many records are collected. */
  whenCollected(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.counted.push({ count, resolve });
      this.checkCounted();
    });
  }

  createWriter(context: WriterInitContext): SinkWriter<T, CollectWriterState> {
    return this.writerFrom(context, [{ subtask: context.subtaskId, count: 0 }]);
  }

  restoreWriter(
    context: WriterInitContext,
    states: readonly CollectWriterState[],
  ): SinkWriter<T, CollectWriterState> {
    // States are dealt out in their order, so a writer that gets none begins a series of its own.
    return states.length === 0 ? this.createWriter(context) : this.writerFrom(context, states);
  }

  /** @param states - the first one's records it goes on with, those of others stay as they are */
  private writerFrom(
    { clock, sendToCoordinator }: WriterInitContext,
    states: readonly CollectWriterState[],
  ): SinkWriter<T, CollectWriterState> {
    if (sendToCoordinator !== undefined) {
      return new RemoteCollectWriter<T>({ states, clock, send: sendToCoordinator });
    }
    for (const state of states) {
      this.begin(state);
    }
    const [{ subtask }, ...others] = states as [CollectWriterState, ...CollectWriterState[]];
    const records = this.recordsOf(subtask);
    return {
      write: (element) => {
        records.push(element);
        if (this.counted.length > 0) {
          this.checkCounted();
        }
      },
      flush: () => {},
      snapshotState: () => [{ subtask, count: records.length }, ...others],
      close: () => {},
    };
  }

  private handle(event: CollectEvent<T>): void {
    if (event.kind === 'begin') {
      this.begin(event);
      return;
    }
    const records = this.recordsOf(event.subtask);
    for (const record of event.records) {
      records.push(record);
    }
    this.checkCounted();
  }

  /** Takes back what came after so many. */
  private begin({ subtask, count }: CollectWriterState): void {
    const records = this.recordsOf(subtask);
    records.length = Math.min(records.length, count);
  }

  private recordsOf(subtask: number): T[] {
    while (this.collected.length <= subtask) {
      this.collected.push([]);
    }
    return this.collected[subtask]!;
  }

  private checkCounted(): void {
    const total = this.collected.reduce((sum, records) => sum + records.length, 0);
    for (let i = this.counted.length - 1; i >= 0; i--) {
      if (this.counted[i]!.count <= total) {
        this.counted.splice(i, 1)[0]!.resolve();
      }
    }
  }
}

const COLLECT_WRITER_STATE_SERIALIZER: SimpleVersionedSerializer<CollectWriterState> = {
  version: 1,

  serialize(state: CollectWriterState): Uint8Array {
    const out = new DataOutputView(12);
    out.writeInt(state.subtask);
    out.writeLong(state.count);
    return out.copyBytes();
  },

  deserialize(version: number, bytes: Uint8Array): CollectWriterState {
    if (version !== 1) {
      throw new CheckpointError(
        'SNAPSHOT_VERSION_UNSUPPORTED',
        `collect sink state of version ${version}; only 1 can be read`,
      );
    }
    const input = new DataInputView(bytes);
    return { subtask: input.readInt(), count: input.readLong() };
  },
};
