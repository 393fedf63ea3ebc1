/**
 * The outputs of an operator inside its task: the next operator, an edge to other tasks, or several.
 *
 * Records that are handed on inside a chain are not copied: functions must not change a record
 * after they emitted it.
 */
// Hot path.

import type { OutputTag } from '@millrace/core';
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

/** The cheapest output that serves these consumers. */
export function outputFor<T>(
  consumers: readonly Output<T>[],
  sides: ReadonlyMap<string, readonly Output<unknown>[]>,
): Output<T> {
  const only = consumers[0];
  if (consumers.length === 1 && sides.size === 0 && only !== undefined) {
    return only;
  }
  const joined = new Map<string, Output<unknown>>();
  for (const [tag, outputs] of sides) {
    joined.set(tag, outputFor(outputs, new Map()));
  }
  return new FanOutOutput(consumers, joined.size === 0 ? NO_SIDES : joined);
}
