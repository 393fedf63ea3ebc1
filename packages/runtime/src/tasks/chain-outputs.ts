/**
 * The outputs of an operator inside its task: the next operator, an edge to other tasks, or several.
 *
 * Without object reuse (`pipeline.object-reuse`, off by default) a consumer that changes a record in
 * place changes it for nobody else. Records of immutable types are never copied; others are copied
 * where the engine knows of somebody else who holds them:
 * - Where a record goes to several consumers, each but the last gets a copy; each does when there are
 *   side outputs, which a function may give the same record.
 * - What comes out of an operator with keyed state is a copy, as it may be the state's own object:
 *   the state may change, and so may the copy.
 * - An edge that sends a record to several subtasks sends each but the last a copy (`ResultPartition`).
 *
 * Flink copies at every edge of a chain and serializes at all others. Here a record of a function
 * without keys goes to its only consumer as it is. That is safe as long as such a function lets go of
 * what it emits: it emits an object once, and neither keeps nor changes it afterwards. Copying at
 * every edge made a chain of stateless functions 2.3 times slower (`object-reuse.bench.ts`).
 *
 * With object reuse nothing is copied at all.
 */
// Hot path.

import {
  type OutputTag,
  type RecordCopier,
  recordCopierOf,
  type TypeInformation,
} from '@millrace/core';
import type { ResultPartition } from '../network/result-partition.ts';
import type { Output, WatermarkStatus } from '../operators/output.ts';
import type { OneInputStreamOperator } from '../operators/stream-operator.ts';

/** Consumers of side outputs, by tag id. */
export type SideOutputs = ReadonlyMap<string, Output<unknown>>;

/** The next operator of the chain. */
export class ChainingOutput<T> implements Output<T> {
  private readonly next: OneInputStreamOperator<T, unknown>;

  constructor(next: OneInputStreamOperator<T, unknown>) {
    this.next = next;
  }

  collect(value: T, timestamp: number): void {
    this.next.processElement(value, timestamp);
  }

  collectSide<X>(_tag: OutputTag<X>, _value: X, _timestamp: number): void {}

  emitWatermark(watermark: number): void {
    this.next.processWatermark(watermark);
  }

  emitWatermarkStatus(status: WatermarkStatus): void {
    this.next.processWatermarkStatus(status);
  }
}

/** An edge to other tasks. */
export class PartitionOutput<T> implements Output<T> {
  private readonly partition: ResultPartition<T>;

  constructor(partition: ResultPartition<T>) {
    this.partition = partition;
  }

  collect(value: T, timestamp: number): void {
    this.partition.emit(value, timestamp);
  }

  collectSide<X>(_tag: OutputTag<X>, _value: X, _timestamp: number): void {}

  emitWatermark(watermark: number): void {
    this.partition.broadcastEvent({ kind: 'watermark', watermark });
  }

  emitWatermarkStatus(status: WatermarkStatus): void {
    this.partition.broadcastEvent({ kind: 'watermark-status', status });
  }
}

/** Hands copies on. */
export class CopyingOutput<T> implements Output<T> {
  private readonly output: Output<T>;
  private readonly copy: RecordCopier<T>;

  constructor(output: Output<T>, copy: RecordCopier<T>) {
    this.output = output;
    this.copy = copy;
  }

  collect(value: T, timestamp: number): void {
    const copy = this.copy;
    this.output.collect(copy(value), timestamp);
  }

  collectSide<X>(_tag: OutputTag<X>, _value: X, _timestamp: number): void {}

  emitWatermark(watermark: number): void {
    this.output.emitWatermark(watermark);
  }

  emitWatermarkStatus(status: WatermarkStatus): void {
    this.output.emitWatermarkStatus(status);
  }
}

/** Any number of consumers, none included, and side outputs. */
export class FanOutOutput<T> implements Output<T> {
  private readonly consumers: readonly Output<T>[];
  private readonly sides: SideOutputs;
  /** Main and side: what watermarks go to. */
  private readonly all: readonly Output<unknown>[];

  constructor(consumers: readonly Output<T>[], sides: SideOutputs) {
    this.consumers = consumers;
    this.sides = sides;
    this.all = [...(consumers as readonly Output<unknown>[]), ...sides.values()];
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
    for (let i = 0; i < this.all.length; i++) {
      (this.all[i] as Output<unknown>).emitWatermark(watermark);
    }
  }

  emitWatermarkStatus(status: WatermarkStatus): void {
    for (let i = 0; i < this.all.length; i++) {
      (this.all[i] as Output<unknown>).emitWatermarkStatus(status);
    }
  }
}

const NO_SIDES: SideOutputs = new Map();

/** Who takes the records of an operator, of its main output or of a side output. */
export interface Consumer {
  readonly output: Output<unknown>;
  readonly sideOutputId: string | undefined;
  readonly type: TypeInformation<unknown>;
}

/** Who of the consumers of one record gets a copy: each, each but the last, or, with reuse, none. */
export type RecordCopies = 'each' | 'each-but-last' | 'none';

/**
 * The cheapest output that serves all consumers of one operator.
 *
 * @param keeps - the operator may keep what it emits
 */
export function joinedOutput(
  consumers: readonly Consumer[],
  options: { readonly objectReuseEnabled: boolean; readonly keeps: boolean },
): Output<unknown> {
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
  const copies = options.objectReuseEnabled
    ? 'none'
    : options.keeps || mayBeGivenTwice
      ? 'each'
      : 'each-but-last';
  const outputs = withCopies(main, copies);
  const only = outputs[0];
  if (outputs.length === 1 && sides.size === 0 && only !== undefined) {
    return only;
  }
  const joined = new Map<string, Output<unknown>>();
  for (const [tag, group] of sides) {
    const ofTag = withCopies(group, copies);
    joined.set(
      tag,
      ofTag.length === 1 ? (ofTag[0] as Output<unknown>) : new FanOutOutput(ofTag, NO_SIDES),
    );
  }
  return new FanOutOutput(outputs, joined.size === 0 ? NO_SIDES : joined);
}

function withCopies(consumers: readonly Consumer[], copies: RecordCopies): Output<unknown>[] {
  return consumers.map(({ output, type }, index) => {
    const isOriginal =
      copies === 'none' || (copies === 'each-but-last' && index === consumers.length - 1);
    const copy = isOriginal ? undefined : recordCopierOf(type);
    return copy === undefined ? output : new CopyingOutput(output, copy);
  });
}
