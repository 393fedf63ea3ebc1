/**
 * Input of a batch task that keeps records until all is read: to give them key after key, or after
 * a broadcast.
 *
 * Invariants:
 * - An input that passes through is processed as it comes, so wholly before the first kept record.
 * - Watermarks and statuses of kept inputs are held back; the largest watermark comes after their
 *   last record.
 *
 * Flink: SortingDataInput, MultiInputSortingDataInput, BatchCoBroadcastWithNonKeyedOperator.
 */
// Hot path.
import {
  DataOutputView,
  type KeySelector,
  MIN_TIMESTAMP,
  type TypeSerializer,
} from '@millrace/core';
import type { BatchInputs, JobVertex } from '../graph/job-graph.ts';
import type { Input } from '../operators/stream-operator.ts';
import { ExternalSorter } from '../sort/external-sorter.ts';
import type { GateTaskInput } from './gate-task-input.ts';
import type { BatchExecution, TaskDeployment } from './task-deployment.ts';
import type { BatchResult, TaskInput } from './task-input.ts';

export class BatchTaskInput implements TaskInput {
  private readonly head: readonly Input<unknown>[];
  private readonly sorter: ExternalSorter;
  private readonly kept: readonly KeptInput[];
  private readonly gate: GateTaskInput;
  private isSorted: boolean;

  constructor(
    { address, vertex }: TaskDeployment,
    parts: {
      readonly batchInputs: BatchInputs;
      readonly batchExecution: BatchExecution;
      readonly head: readonly Input<unknown>[];
      /** Makes the input that reads the channels into `head`. */
      readonly gateInput: (head: readonly Input<unknown>[]) => GateTaskInput;
    },
  ) {
    const { batchInputs, head, batchExecution } = parts;
    const keySerializer = batchInputs.keyType?.createSerializer();
    this.head = head;
    this.sorter = new ExternalSorter({
      serializers: inputSerializers(vertex, head.length),
      memoryBytes: batchExecution.sortMemoryBytes,
      spillFolder: batchExecution.spillFolder,
      name: `millrace-sort-${process.pid}-${vertex.id}-${address.subtask}`,
      maxFan: batchExecution.maxFan,
    });
    const inputs = head.map((input, index): Input<unknown> => {
      const requirement = batchInputs.requirements[index]!;
      if (requirement.kind === 'pass-through') {
        return input;
      }
      const toSorter = { index, sorter: this.sorter, input };
      return requirement.kind === 'last'
        ? new KeptInput(toSorter)
        : new SortingInput(toSorter, requirement.keySelector, keySerializer!);
    });
    this.kept = inputs.filter((input) => input instanceof KeptInput);
    this.gate = parts.gateInput(inputs);
    this.isSorted = false;
  }

  get isAvailable(): boolean {
    return this.isSorted || this.gate.isAvailable;
  }

  get currentWatermark(): number {
    return this.gate.currentWatermark;
  }

  /** All is there before anything is processed. */
  get isSlotBehind(): boolean {
    return false;
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
        for (const input of this.kept) {
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

interface ToSorter {
  readonly index: number;
  readonly sorter: ExternalSorter;
  /** Of the operator, which gets the records in the end. */
  readonly input: Input<unknown>;
}

/** Takes the records of one input to the sorter, which gives them back in their order. */
class KeptInput implements Input<unknown> {
  protected readonly input: Input<unknown>;
  protected readonly key: DataOutputView;
  private readonly sorter: ExternalSorter;
  private readonly place: { timestamp: number; readonly input: number };
  private watermark: number;
  private count: number;

  constructor({ index, sorter, input }: ToSorter) {
    this.input = input;
    this.key = new DataOutputView(64);
    this.sorter = sorter;
    this.place = { timestamp: 0, input: index };
    this.watermark = MIN_TIMESTAMP;
    this.count = 0;
  }

  processElement(value: unknown, timestamp: number): void {
    this.writeKey(value, timestamp);
    this.place.timestamp = timestamp;
    this.sorter.add(this.key.bytes(), value, this.place);
  }

  processWatermark(watermark: number): void {
    this.watermark = watermark;
  }

  processWatermarkStatus(): void {}

  /** The sources of a batch send none. */
  processLatencyMarker(): void {}

  endInput(): void {
    if (this.watermark > MIN_TIMESTAMP) {
      this.input.processWatermark(this.watermark);
    }
  }

  /** The bytes that the record is sorted by. */
  protected writeKey(_value: unknown, _timestamp: number): void {
    this.key.reset().writeLong(this.count++);
  }
}

/** The sorter gives the records back key after key. */
class SortingInput extends KeptInput {
  private readonly keySelector: KeySelector<unknown, unknown>;
  private readonly keySerializer: TypeSerializer<unknown>;

  constructor(
    toSorter: ToSorter,
    keySelector: KeySelector<unknown, unknown>,
    keySerializer: TypeSerializer<unknown>,
  ) {
    super(toSorter);
    this.keySelector = keySelector;
    this.keySerializer = keySerializer;
  }

  protected override writeKey(value: unknown, timestamp: number): void {
    try {
      this.keySerializer.serialize(this.keySelector(value), this.key.reset());
    } catch (error) {
      this.input.processElement(value, timestamp); // It names the record whose key is none.
      throw error;
    }
  }
}

function inputSerializers(vertex: JobVertex, numberOfInputs: number): TypeSerializer<unknown>[] {
  return Array.from({ length: numberOfInputs }, (_, index) =>
    vertex.inputs.find(({ inputIndex }) => inputIndex === index)!.type.createSerializer(),
  );
}
