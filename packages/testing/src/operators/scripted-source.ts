/** A source that a test drives record by record. */
import {
  type InputStatus,
  type ReaderOutput,
  type SimpleVersionedSerializer,
  type Source,
  type SourceReader,
  type SourceSplit,
  WatermarkStrategy,
} from '@millrace/core';
import { SourceOperator } from '@millrace/runtime';
import { type OperatorHarnessOptions, OperatorTestHarness } from '../operator-harness.ts';

export type Event = { record: string; time: number | undefined } | { end: true };

/** A source whose reader emits what the test gives it, by split; of paused splits nothing. */
export class Scripted
  implements Source<string, SourceSplit, null>, SourceReader<string, SourceSplit>
{
  readonly boundedness = 'bounded';
  readonly splits: SourceSplit[] = [];
  readonly calls: string[] = [];
  readonly paused: Set<string> = new Set();
  readonly pending: { split: string; event: Event }[] = [];
  sendSplitRequest: () => void = () => {};

  readonly splitSerializer: SimpleVersionedSerializer<SourceSplit> = {
    version: 3,
    serialize: ({ splitId }) => new TextEncoder().encode(splitId),
    deserialize: (version, bytes) => ({
      splitId: `${new TextDecoder().decode(bytes)}${version === 3 ? '' : ` v${version}`}`,
    }),
  };
  readonly enumeratorCheckpointSerializer: SimpleVersionedSerializer<null> = {
    version: 0,
    serialize: () => new Uint8Array(),
    deserialize: () => null,
  };

  createEnumerator(): never {
    throw new Error('the enumerator runs elsewhere');
  }
  restoreEnumerator(): never {
    throw new Error('the enumerator runs elsewhere');
  }
  createReader(context: { sendSplitRequest(): void }): SourceReader<string, SourceSplit> {
    this.sendSplitRequest = context.sendSplitRequest;
    return this;
  }

  start(): void {
    this.calls.push('start');
  }
  pollNext(output: ReaderOutput<string>, maxRecords: number): InputStatus {
    let room = maxRecords;
    for (let i = 0; i < this.pending.length && room > 0; ) {
      const { split, event } = this.pending[i]!;
      if (this.paused.has(split)) {
        i++;
        continue;
      }
      this.pending.splice(i, 1);
      if ('end' in event) {
        output.releaseOutputForSplit(split);
      } else {
        output.createOutputForSplit(split).collect(event.record, event.time);
        room--;
      }
    }
    if (room === 0) {
      return 'more-available';
    }
    return this.calls.includes('no more') ? 'end-of-input' : 'nothing-available';
  }
  isAvailable(): Promise<void> {
    return Promise.resolve();
  }
  pauseOrResumeSplits(toPause: readonly string[], toResume: readonly string[]): void {
    this.calls.push(`pause [${toPause}] resume [${toResume}]`);
    for (const split of toPause) {
      this.paused.add(split);
    }
    for (const split of toResume) {
      this.paused.delete(split);
    }
  }
  addSplits(splits: readonly SourceSplit[]): void {
    this.calls.push(`splits ${splits.map(({ splitId }) => splitId).join(' ')}`);
    this.splits.push(...splits);
  }
  notifyNoMoreSplits(): void {
    this.calls.push('no more');
  }
  snapshotState(): SourceSplit[] {
    return this.splits;
  }
  notifyCheckpointComplete(checkpointId: number): void {
    this.calls.push(`complete ${checkpointId}`);
  }
  close(): void {
    this.calls.push('close');
  }
}

export interface OpenedSource {
  readonly source: Scripted;
  readonly harness: OperatorTestHarness<string, SourceOperator<string, SourceSplit>>;
  /** Lets the reader emit one event. */
  emit(split: string, event: Event): void;
  /** What the coordinator heard of watermarks. */
  readonly reports: number[];
}

export async function openSource(
  strategy: WatermarkStrategy<string> = WatermarkStrategy.forMonotonousTimestamps(),
  options: OperatorHarnessOptions & { readonly allowUnalignedSourceSplits?: boolean } = {},
): Promise<OpenedSource> {
  const source = new Scripted();
  const reports: number[] = [];
  const harness = await OperatorTestHarness.open(
    new SourceOperator({
      name: 'source',
      source,
      watermarkStrategy: strategy,
      allowUnalignedSourceSplits: options.allowUnalignedSourceSplits ?? false,
    }),
    {
      sourceCoordinator: {
        registerReader: (subtask) => void source.calls.push(`register ${subtask}`),
        sendSplitRequest: (subtask) => void source.calls.push(`request ${subtask}`),
        reportWatermark: (_subtask, watermark) => void reports.push(watermark),
      },
      ...options,
    },
  );
  const emit = (split: string, event: Event): void => {
    source.pending.push({ split, event });
    harness.operator.emitNext(100);
  };
  return { source, harness, emit, reports };
}
