/**
 * The outputs of an operator inside its task: the next operator, an edge to other tasks, or several.
 *
 * Without object reuse (`pipeline.object-reuse`, off by default) a record of a mutable type is copied
 * wherever somebody holds it after the call that hands it on, so that nobody sees what another does
 * to it. Records of immutable types are never copied. At most one copy is made for each consumer:
 * - An edge to other tasks sends a copy; one that sends to several subtasks sends each its own
 *   (`ResultPartition`). To a subtask in another slot it sends bytes, which are a copy already.
 * - An operator that may keep what it is given gets a copy: one with state, an asynchronous one, a
 *   sink.
 * - What comes out of an operator with keyed or operator state is a copy, as it may be the state's
 *   own object: the state may change, and so may the copy.
 * - Where a record goes to several consumers, each but the last gets a copy; each does when there are
 *   side outputs, which a function may give the same record.
 *
 * So a function may emit one object again and again, and change it in between. Flink copies at every
 * edge of a chain besides. Here a record goes to the next function of its chain as it is, which sees
 * it change if it keeps it in a field. Copying at every edge made a chain of stateless functions 2.3
 * times slower (`object-reuse.bench.ts`).
 *
 * With object reuse nothing is copied at all: a function must neither change an object that it has
 * emitted nor emit it again. Flink asks for less, as its edges between tasks serialize; here they
 * hand objects over.
 */
// Hot path.

import {
  errorCode,
  errorMessage,
  MIN_TIMESTAMP,
  type OutputTag,
  type RecordCopier,
  recordCopierOf,
  TaskError,
  type TypeInformation,
} from '@millrace/core';
import type { ResultPartition } from '../network/result-partition.ts';
import { describeRecord } from '../operators/key-context.ts';
import type { LatencyMarker } from '../operators/latency-marker.ts';
import type { Output, WatermarkStatus } from '../operators/output.ts';
import type { OneInputStreamOperator } from '../operators/stream-operator.ts';

/** Consumers of side outputs, by tag id. */
type SideOutputs = ReadonlyMap<string, Output<unknown>>;

/** It knows what it emitted last. Flink: OutputWithChainingCheck, WatermarkGauge. */
export interface ChainOutput<T> extends Output<T> {
  readonly currentWatermark: number;
}

/** The next operator of the chain. */
export class ChainingOutput<T> implements ChainOutput<T> {
  currentWatermark: number;
  private readonly next: OneInputStreamOperator<T, unknown>;

  constructor(next: OneInputStreamOperator<T, unknown>) {
    this.currentWatermark = MIN_TIMESTAMP;
    this.next = next;
  }

  collect(value: T, timestamp: number): void {
    this.next.processElement(value, timestamp);
  }

  collectSide<X>(_tag: OutputTag<X>, _value: X, _timestamp: number): void {}

  emitWatermark(watermark: number): void {
    this.currentWatermark = watermark;
    this.next.processWatermark(watermark);
  }

  emitWatermarkStatus(status: WatermarkStatus): void {
    this.next.processWatermarkStatus(status);
  }

  emitLatencyMarker(marker: LatencyMarker): void {
    this.next.processLatencyMarker(marker);
  }
}

/** An edge to other tasks. */
export class PartitionOutput<T> implements ChainOutput<T> {
  currentWatermark: number;
  protected readonly partition: ResultPartition<T>;
  private readonly random: () => number;
  /** A marker was sent since the edge became full. */
  private markerWaits: boolean;

  constructor(partition: ResultPartition<T>, random: () => number) {
    this.currentWatermark = MIN_TIMESTAMP;
    this.partition = partition;
    this.random = random;
    this.markerWaits = false;
  }

  /** The same edge, sending copies. */
  withCopies(copy: RecordCopier<T>): PartitionOutput<T> {
    return new CopyingPartitionOutput(this.partition, this.random, copy);
  }

  collect(value: T, timestamp: number): void {
    this.partition.emit(value, timestamp);
  }

  collectSide<X>(_tag: OutputTag<X>, _value: X, _timestamp: number): void {}

  emitWatermark(watermark: number): void {
    this.currentWatermark = watermark;
    this.partition.broadcastEvent({ kind: 'watermark', watermark });
  }

  emitWatermarkStatus(status: WatermarkStatus): void {
    this.partition.broadcastEvent({ kind: 'watermark-status', status });
  }

  /** One at most waits with a full edge: they come by time, whether records go on or not. */
  emitLatencyMarker(marker: LatencyMarker): void {
    const { channels, isAvailable } = this.partition;
    if (isAvailable || !this.markerWaits) {
      channels[Math.floor(this.random() * channels.length)]?.pushEvent({
        kind: 'latency-marker',
        marker,
      });
    }
    this.markerWaits = !isAvailable;
  }
}

/** An edge to other tasks that is handed copies, as who emits a record may change it. */
class CopyingPartitionOutput<T> extends PartitionOutput<T> {
  private readonly copy: RecordCopier<T>;

  constructor(partition: ResultPartition<T>, random: () => number, copy: RecordCopier<T>) {
    super(partition, random);
    this.copy = copy;
  }

  override collect(value: T, timestamp: number): void {
    this.partition.emitCopies(value, timestamp, this.copy);
  }
}

/** Hands copies on. */
class CopyingOutput<T> implements ChainOutput<T> {
  currentWatermark: number;
  private readonly output: Output<T>;
  private readonly copy: RecordCopier<T>;

  constructor(output: Output<T>, copy: RecordCopier<T>) {
    this.currentWatermark = MIN_TIMESTAMP;
    this.output = output;
    this.copy = copy;
  }

  collect(value: T, timestamp: number): void {
    const copy = this.copy;
    this.output.collect(copy(value), timestamp);
  }

  collectSide<X>(_tag: OutputTag<X>, _value: X, _timestamp: number): void {}

  emitWatermark(watermark: number): void {
    this.currentWatermark = watermark;
    this.output.emitWatermark(watermark);
  }

  emitWatermarkStatus(status: WatermarkStatus): void {
    this.output.emitWatermarkStatus(status);
  }

  emitLatencyMarker(marker: LatencyMarker): void {
    this.output.emitLatencyMarker(marker);
  }
}

/** A copier that says whose record it could not copy. */
function copierOf<T>(copy: RecordCopier<T>, operatorName: string): RecordCopier<T> {
  return (value) => {
    try {
      return copy(value);
    } catch (error) {
      throw new TaskError(
        errorCode(error) ?? 'VALUE_NOT_SERIALIZABLE',
        `the record ${describeRecord(value)} of operator '${operatorName}' could not be copied for who takes it: ${errorMessage(error)}`,
        { cause: error },
      );
    }
  };
}

/** Any number of consumers, none included, and side outputs. */
class FanOutOutput<T> implements ChainOutput<T> {
  currentWatermark: number;
  private readonly consumers: readonly Output<T>[];
  private readonly sides: SideOutputs;
  /** Main and side: what watermarks go to. */
  private readonly all: readonly Output<unknown>[];
  private readonly random: () => number;

  constructor(consumers: readonly Output<T>[], sides: SideOutputs, random: () => number) {
    this.currentWatermark = MIN_TIMESTAMP;
    this.consumers = consumers;
    this.sides = sides;
    this.all = [...(consumers as readonly Output<unknown>[]), ...sides.values()];
    this.random = random;
  }

  collect(value: T, timestamp: number): void {
    for (let i = 0; i < this.consumers.length; i++) {
      (this.consumers[i] as Output<T>).collect(value, timestamp);
    }
  }

  collectSide<X>(tag: OutputTag<X>, value: X, timestamp: number): void {
    this.sides.get(tag.id)?.collect(value, timestamp);
  }

  emitWatermark(watermark: number): void {
    this.currentWatermark = watermark;
    for (let i = 0; i < this.all.length; i++) {
      (this.all[i] as Output<unknown>).emitWatermark(watermark);
    }
  }

  emitWatermarkStatus(status: WatermarkStatus): void {
    for (let i = 0; i < this.all.length; i++) {
      (this.all[i] as Output<unknown>).emitWatermarkStatus(status);
    }
  }

  emitLatencyMarker(marker: LatencyMarker): void {
    const { all } = this;
    if (all.length > 0) {
      const index = all.length === 1 ? 0 : Math.floor(this.random() * all.length);
      (all[index] as Output<unknown>).emitLatencyMarker(marker);
    }
  }
}

const NO_SIDES: SideOutputs = new Map();

/** Who takes the records of an operator, of its main output or of a side output. */
export interface Consumer {
  readonly output: ChainOutput<unknown>;
  readonly sideOutputId: string | undefined;
  readonly type: TypeInformation<unknown>;
  /** It may hold a record after the call that gave it one. */
  readonly keeps: boolean;
}

/** Which consumers that keep nothing get a copy: each, or each but the last. */
type RecordCopies = 'each' | 'each-but-last';

/**
 * The cheapest output that serves all consumers of one operator.
 *
 * @param keeps - the operator may keep what it emits
 */
export function joinedOutput(
  consumers: readonly Consumer[],
  options: {
    readonly objectReuseEnabled: boolean;
    readonly keeps: boolean;
    readonly operatorName: string;
    /** Which way a latency marker goes, in `[0, 1)`. */
    random(): number;
  },
): ChainOutput<unknown> {
  const main: Consumer[] = [];
  const sides = new Map<string, Consumer[]>();
  for (const consumer of consumers) {
    const { sideOutputId } = consumer;
    if (sideOutputId === undefined) {
      main.push(consumer);
    } else {
      sides.set(sideOutputId, [...(sides.get(sideOutputId) ?? []), consumer]);
    }
  }
  const mayBeGivenTwice = sides.size > 0 && consumers.length > 1;
  const copies = options.keeps || mayBeGivenTwice ? 'each' : 'each-but-last';
  const outputsOf = (group: readonly Consumer[]) =>
    options.objectReuseEnabled
      ? group.map(({ output }) => output)
      : withCopies(group, copies, options.operatorName);
  const outputs = outputsOf(main);
  const only = outputs[0];
  if (outputs.length === 1 && sides.size === 0 && only !== undefined) {
    return only;
  }
  const joined = new Map<string, Output<unknown>>();
  for (const [tag, group] of sides) {
    const ofTag = outputsOf(group);
    joined.set(
      tag,
      ofTag.length === 1
        ? (ofTag[0] as Output<unknown>)
        : new FanOutOutput(ofTag, NO_SIDES, options.random),
    );
  }
  return new FanOutOutput(outputs, joined.size === 0 ? NO_SIDES : joined, options.random);
}

function withCopies(
  consumers: readonly Consumer[],
  copies: RecordCopies,
  operatorName: string,
): ChainOutput<unknown>[] {
  // One that keeps nothing comes last, as only that one may do without a copy.
  const keepersFirst = [...consumers].sort((a, b) => Number(b.keeps) - Number(a.keeps));
  return keepersFirst.map(({ output, type, keeps }, index) => {
    const isOriginal = copies === 'each-but-last' && index === consumers.length - 1 && !keeps;
    const copy = isOriginal ? undefined : recordCopierOf(type);
    if (copy === undefined) {
      return output;
    }
    const copier = copierOf(copy, operatorName);
    return output instanceof PartitionOutput
      ? output.withCopies(copier)
      : new CopyingOutput(output, copier);
  });
}
