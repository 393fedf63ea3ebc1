import type { InputStatus } from '@millrace/core';
import type { StreamOperator } from './stream-operator.ts';

/** The head of a source task. Flink: SourceOperator. */
export interface SourceStreamOperator<OUT> extends StreamOperator<OUT> {
  /** Emits at most `maxRecords` records to its output. */
  emitNext(maxRecords: number): InputStatus;
  isInputAvailable(): Promise<void>;
  /** Event time has come to its end. An idle stream becomes active first, or nobody would hear it. */
  emitFinalWatermark(): void;
  /** Splits by their serialized form and version, as the enumerator's side sent them. */
  handleAddSplits(splits: readonly Uint8Array[], version: number): void;
  handleNoMoreSplits(): void;
  /** From the source's coordinator: how far its alignment group lets it go. */
  handleWatermarkAlignment(maxDesiredWatermark: number): void;
}
