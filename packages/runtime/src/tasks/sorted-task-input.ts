/**
 * Input of a batch task whose operator has keys: reads all of it, then gives the records key after
 * key.
 *
 * Invariants:
 * - An input without keys is processed as it comes, so wholly before the first sorted record.
 * - Watermarks and statuses of sorted inputs are held back; the largest watermark comes after their
 *   last record.
 *
 * Flink: SortingDataInput, MultiInputSortingDataInput.
 */
// Hot path.
import {
  DataOutputView,
  type KeySelector,
  MIN_TIMESTAMP,
  type TypeSerializer,
} from '@millrace/core';
import type { JobVertex, SortedInputs } from '../graph/job-graph.ts';
import type { Input } from '../operators/stream-operator.ts';
import { ExternalSorter } from '../sort/external-sorter.ts';
import type { GateTaskInput } from './gate-task-input.ts';
import type { BatchExecution, TaskDeployment } from './task-deployment.ts';
import type { BatchResult, TaskInput } from './task-input.ts';

export class SortedTaskInput implements TaskInput {
  private readonly head: readonly Input<unknown>[];
  private readonly sorter: ExternalSorter;
  private readonly sorting: readonly SortingInput[];
  private readonly gate: GateTaskInput;
  private isSorted: boolean;

  constructor(
    { address, vertex }: TaskDeployment,
    parts: {
      readonly sortedInputs: SortedInputs;
      readonly batchExecution: BatchExecution;
      readonly head: readonly Input<unknown>[];
      /** Makes the input that reads the channels into `head`. */
      readonly gateInput: (head: readonly Input<unknown>[]) => GateTaskInput;
    },
  ) {
    const { sortedInputs, head, batchExecution } = parts;
    const { keySelectors, keyType } = sortedInputs;
    this.head = head;
    this.sorter = new ExternalSorter({
      serializers: inputSerializers(vertex, head.length),
      memoryBytes: batchExecution.sortMemoryBytes,
      spillFolder: batchExecution.spillFolder,
      name: `millrace-sort-${process.pid}-${vertex.id}-${address.subtask}`,
      maxFan: batchExecution.maxFan,
    });
    const keySerializer = keyType.createSerializer();
    this.sorting = keySelectors.flatMap((keySelector, index) =>
      keySelector === undefined
        ? []
        : [new SortingInput(index, this.sorter, { keySelector, keySerializer, head })],
    );
    const inputs = head.map(
      (input, index) => this.sorting.find((sorting) => sorting.index === index) ?? input,
    );
    this.gate = parts.gateInput(inputs);
    this.isSorted = false;
  }

  get isAvailable(): boolean {
    return this.isSorted || this.gate.isAvailable;
  }

  get currentWatermark(): number {
    return this.gate.currentWatermark;
  }

  /** A batch takes no savepoint. */
  get awaitsSavepoint(): boolean {
    return false;
  }

  checkpointAborted(checkpointId: number): void {
    this.gate.checkpointAborted(checkpointId);
  }

  processBatch(maxRecords: number): BatchResult {
    if (!this.isSorted) {
      const result = this.gate.processBatch(maxRecords);
      if (result !== 'end-of-data') {
        return result;
      }
      this.isSorted = true;
      this.sorter.finish();
    }
    const { sorter, head } = this;
    for (let i = 0; i < maxRecords; i++) {
      if (!sorter.next()) {
        for (const input of this.sorting) {
          input.endInput();
        }
        return 'end-of-data';
      }
      (head[sorter.input] as Input<unknown>).processElement(sorter.value, sorter.timestamp);
    }
    return 'more-available';
  }

  close(): void {
    this.sorter.close();
  }
}

/** Takes the records of one input to the sorter. */
class SortingInput implements Input<unknown> {
  readonly index: number;
  private readonly sorter: ExternalSorter;
  private readonly keySelector: KeySelector<unknown, unknown>;
  private readonly keySerializer: TypeSerializer<unknown>;
  private readonly input: Input<unknown>;
  private readonly key: DataOutputView;
  private readonly place: { timestamp: number; readonly input: number };
  private watermark: number;

  constructor(
    index: number,
    sorter: ExternalSorter,
    parts: {
      readonly keySelector: KeySelector<unknown, unknown>;
      readonly keySerializer: TypeSerializer<unknown>;
      readonly head: readonly Input<unknown>[];
    },
  ) {
    this.index = index;
    this.sorter = sorter;
    this.keySelector = parts.keySelector;
    this.keySerializer = parts.keySerializer;
    this.input = parts.head[index] as Input<unknown>;
    this.key = new DataOutputView(64);
    this.place = { timestamp: 0, input: index };
    this.watermark = MIN_TIMESTAMP;
  }

  processElement(value: unknown, timestamp: number): void {
    try {
      this.keySerializer.serialize(this.keySelector(value), this.key.reset());
    } catch (error) {
      this.input.processElement(value, timestamp); // It names the record whose key is none.
      throw error;
    }
    this.place.timestamp = timestamp;
    this.sorter.add(this.key.bytes(), value, this.place);
  }

  processWatermark(watermark: number): void {
    this.watermark = watermark;
  }

  processWatermarkStatus(): void {}

  endInput(): void {
    if (this.watermark > MIN_TIMESTAMP) {
      this.input.processWatermark(this.watermark);
    }
  }
}

function inputSerializers(vertex: JobVertex, numberOfInputs: number): TypeSerializer<unknown>[] {
  return Array.from({ length: numberOfInputs }, (_, index) =>
    vertex.inputs.find(({ inputIndex }) => inputIndex === index)!.type.createSerializer(),
  );
}
