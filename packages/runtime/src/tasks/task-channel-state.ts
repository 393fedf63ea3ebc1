/**
 * What was in flight around one task when it took an unaligned checkpoint.
 *
 * Invariant: it is written whole, or nothing of it is left.
 *
 * Flink: ChannelStateWriter, ChannelStateWriteRequestDispatcher.
 */
import type { Clock } from '@millrace/core';
import {
  type ChannelStateHandles,
  ChannelStateWriter,
  type CheckpointStreamFactory,
} from '@millrace/state';
import type { CheckpointMetrics } from '../checkpoint/checkpoint-options.ts';
import type { OvertakenBytes } from '../network/channel-writer.ts';
import type { InputRecording } from './input-recording.ts';

/** What a barrier overtook before it left the task. */
export interface OvertakenOutput {
  readonly partitionIndex: number;
  readonly subpartition: number;
  readonly bytes: Promise<OvertakenBytes>;
}

export interface WrittenChannelState extends ChannelStateHandles {
  readonly metrics: Pick<
    CheckpointMetrics,
    'bytesProcessedDuringAlignment' | 'bytesPersistedDuringAlignment'
  > & { readonly alignmentDurationMs?: number };
}

export class TaskChannelState {
  private readonly parts: {
    readonly subtask: number;
    readonly streams: CheckpointStreamFactory;
    /** None where the task started aligned, or has no inputs. */
    readonly input: InputRecording | undefined;
    readonly outputs: readonly OvertakenOutput[];
    readonly slices: { readonly clock: Clock; readonly sliceMs: number };
  };
  /** Rejects on `cancel`: what a barrier overtakes may never be told. */
  private readonly cancellation: Promise<never>;
  private reject!: (error: unknown) => void;

  constructor(parts: TaskChannelState['parts']) {
    this.parts = parts;
    this.cancellation = new Promise((_resolve, reject) => {
      this.reject = reject;
    });
    this.cancellation.catch(() => {}); // Nobody waits for it unless it is written.
  }

  /** @throws what the recording failed with, `cancel` was called with or the storage says */
  async write(): Promise<WrittenChannelState> {
    const { subtask, streams, input, outputs, slices } = this.parts;
    const writer = new ChannelStateWriter(subtask, () =>
      streams.createCheckpointStateOutputStream('exclusive'),
    );
    try {
      await input?.writeTo(writer, slices);
      for (const { partitionIndex, subpartition: channelIndex, bytes } of outputs) {
        for (const chunk of await Promise.race([bytes, this.cancellation])) {
          await writer.addChunk({ side: 'result', partitionIndex, channelIndex }, chunk);
        }
      }
      const handles = await writer.close();
      return { ...handles, metrics: metricsOf(input, handles) };
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }

  cancel(error: unknown): void {
    this.parts.input?.fail(error);
    this.reject(error);
  }
}

function metricsOf(
  input: InputRecording | undefined,
  handles: ChannelStateHandles,
): WrittenChannelState['metrics'] {
  const all = [...handles.inputChannelState, ...handles.resultSubpartitionState];
  return {
    ...(input === undefined
      ? {}
      : {
          alignmentDurationMs: input.alignmentDurationMs,
          bytesProcessedDuringAlignment: input.bytesProcessed,
        }),
    bytesPersistedDuringAlignment: all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}
