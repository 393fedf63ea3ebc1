/**
 * Joins two keyed streams: a left record at time `l` meets the right records of its key at a time
 * from `l + lowerBound` to `l + upperBound`, each pair once, whichever of the two comes first.
 *
 * Invariants:
 * - Both sides are kept by time until no record that is not late can meet them: the left one at `l`
 *   until the watermark reaches `l + max(upperBound, 0)`, the right one at `r` until it reaches
 *   `r + max(-lowerBound, 0)`.
 * - A record below the watermark meets nobody and is not kept.
 * - A pair has the later one of its two times.
 *
 * The names of states, timers and namespaces are Flink's, so that the state of a savepoint is found.
 *
 * Flink: IntervalJoinOperator.
 */
// Hot path.

import {
  type BufferEntry,
  BufferEntrySerializer,
  type MapState,
  MapStateDescriptor,
  MIN_TIMESTAMP,
  type OutputTag,
  type ProcessJoinFunction,
  SerializerTypeInformation,
  type TypeInformation,
  Types,
} from '@millrace/core';
import { type HeapTimer, type MapEntryVisitor, visitEntries } from '@millrace/state';
import {
  AbstractUdfTwoInputStreamOperator,
  type TwoInputUdfOptions,
} from './abstract-udf-two-input-stream-operator.ts';
import { refuseAsync } from './function-is-async.ts';
import type { InternalTimerService, Triggerable } from './internal-timer-service.ts';
import type { BothKeyed } from './keyed-co-process-operator.ts';
import type { Output } from './output.ts';
import { ProcessJoinFunctionContext } from './process-join-function-context.ts';
import { timestampMissing } from './record-timestamp.ts';
import type { StreamOperatorContext } from './stream-operator.ts';

const CLEANUP_LEFT = 'CLEANUP_LEFT';
const CLEANUP_RIGHT = 'CLEANUP_RIGHT';

export interface IntervalJoinBounds {
  /** Milliseconds; both bounds belong to the interval. A lower one above the upper one joins nothing. */
  readonly lowerBound: number;
  readonly upperBound: number;
}

export interface IntervalJoinOptions<K, IN1, IN2, OUT>
  extends Pick<TwoInputUdfOptions<ProcessJoinFunction<IN1, IN2, OUT>, IN1, IN2, K>, 'name' | 'fn'>,
    BothKeyed<IN1, IN2, K>,
    IntervalJoinBounds {
  readonly leftType: TypeInformation<IN1>;
  readonly rightType: TypeInformation<IN2>;
  readonly leftLateDataOutputTag?: OutputTag<IN1> | undefined;
  readonly rightLateDataOutputTag?: OutputTag<IN2> | undefined;
}

type Buffer<T> = MapState<number, BufferEntry<T>[]>;

export class IntervalJoinOperator<K, IN1, IN2, OUT>
  extends AbstractUdfTwoInputStreamOperator<ProcessJoinFunction<IN1, IN2, OUT>, IN1, IN2, OUT, K>
  implements Triggerable<K, string>
{
  private readonly lowerBound: number;
  private readonly upperBound: number;
  private readonly leftLateTag: OutputTag<IN1> | undefined;
  private readonly rightLateTag: OutputTag<IN2> | undefined;
  private readonly leftDescriptor: MapStateDescriptor<number, BufferEntry<IN1>[]>;
  private readonly rightDescriptor: MapStateDescriptor<number, BufferEntry<IN2>[]>;
  private leftBuffer!: Buffer<IN1>;
  private rightBuffer!: Buffer<IN2>;
  private timers!: InternalTimerService<K, string>;
  private functionContext!: ProcessJoinFunctionContext;
  private readonly rightsOfLeft: OthersInReach<IN1, IN2>;
  private readonly leftsOfRight: OthersInReach<IN2, IN1>;

  constructor(options: IntervalJoinOptions<K, IN1, IN2, OUT>) {
    super(options);
    this.lowerBound = options.lowerBound;
    this.upperBound = options.upperBound;
    this.leftLateTag = options.leftLateDataOutputTag;
    this.rightLateTag = options.rightLateDataOutputTag;
    this.leftDescriptor = bufferDescriptor('LEFT_BUFFER', options.leftType);
    this.rightDescriptor = bufferDescriptor('RIGHT_BUFFER', options.rightType);
    this.rightsOfLeft = new OthersInReach((left: IN1, right: IN2, leftTime, rightTime) =>
      this.emitPair(left, right, leftTime, rightTime),
    );
    this.leftsOfRight = new OthersInReach((right: IN2, left: IN1, rightTime, leftTime) =>
      this.emitPair(left, right, leftTime, rightTime),
    );
  }

  override setup(context: StreamOperatorContext, output: Output<OUT>): void {
    super.setup(context, output);
    this.functionContext = new ProcessJoinFunctionContext(this);
  }

  override async initializeState(): Promise<void> {
    await super.initializeState();
    this.leftBuffer = this.keyedStateStore.getMapState(this.leftDescriptor);
    this.rightBuffer = this.keyedStateStore.getMapState(this.rightDescriptor);
  }

  override async open(): Promise<void> {
    await super.open();
    this.timers = this.createTimerService('CLEANUP_TIMER', Types.STRING, this);
  }

  processElement1(value: IN1, timestamp: number): void {
    this.numRecordsIn.inc();
    if (timestamp === MIN_TIMESTAMP) {
      throw timestampMissing(timestamp, value, `the left stream of '${this.name}'`);
    }
    if (timestamp < this.timers.currentWatermark) {
      if (this.leftLateTag !== undefined) {
        this.emitSideOutput(this.leftLateTag, value, timestamp);
      }
      return;
    }
    try {
      this.setKeyContextElement1(value);
      keep(this.leftBuffer, value, timestamp);
      this.joinLeft(value, timestamp);
    } catch (error) {
      throw this.record1Failed(error, value, timestamp);
    }
    this.timers.registerEventTimeTimer(CLEANUP_LEFT, timestamp + Math.max(this.upperBound, 0));
  }

  processElement2(value: IN2, timestamp: number): void {
    this.numRecordsIn.inc();
    if (timestamp === MIN_TIMESTAMP) {
      throw timestampMissing(timestamp, value, `the right stream of '${this.name}'`);
    }
    if (timestamp < this.timers.currentWatermark) {
      if (this.rightLateTag !== undefined) {
        this.emitSideOutput(this.rightLateTag, value, timestamp);
      }
      return;
    }
    try {
      this.setKeyContextElement2(value);
      keep(this.rightBuffer, value, timestamp);
      this.joinRight(value, timestamp);
    } catch (error) {
      throw this.record2Failed(error, value, timestamp);
    }
    this.timers.registerEventTimeTimer(CLEANUP_RIGHT, timestamp + Math.max(-this.lowerBound, 0));
  }

  onEventTime(timer: HeapTimer<K, string>): void {
    if (timer.namespace === CLEANUP_LEFT) {
      this.leftBuffer.remove(timer.timestamp - Math.max(this.upperBound, 0));
    } else {
      this.rightBuffer.remove(timer.timestamp - Math.max(-this.lowerBound, 0));
    }
  }

  /** The operator registers none. */
  onProcessingTime(): void {}

  private joinLeft(left: IN1, timestamp: number): void {
    const { rightsOfLeft } = this;
    rightsOfLeft.set(left, timestamp);
    rightsOfLeft.from = timestamp + this.lowerBound;
    rightsOfLeft.to = timestamp + this.upperBound;
    visitEntries(this.rightBuffer, rightsOfLeft);
  }

  private joinRight(right: IN2, timestamp: number): void {
    const { leftsOfRight } = this;
    leftsOfRight.set(right, timestamp);
    leftsOfRight.from = timestamp - this.upperBound;
    leftsOfRight.to = timestamp - this.lowerBound;
    visitEntries(this.leftBuffer, leftsOfRight);
  }

  private emitPair(left: IN1, right: IN2, leftTimestamp: number, rightTimestamp: number): void {
    const timestamp = Math.max(leftTimestamp, rightTimestamp);
    this.collector.timestamp = timestamp;
    this.functionContext.leftTimestamp = leftTimestamp;
    this.functionContext.rightTimestamp = rightTimestamp;
    this.functionContext.timestamp = timestamp;
    const result: unknown = this.fn.processElement(
      left,
      right,
      this.functionContext,
      this.collector,
    );
    if (result !== undefined) {
      refuseAsync(result, this.name, 'processElement');
    }
  }
}

/** Goes through the buffer of the other side; one object for all records of a side. */
class OthersInReach<T, O> implements MapEntryVisitor<number, BufferEntry<O>[]> {
  /** The times of the others that the record meets. */
  from: number;
  to: number;
  private element!: T;
  private timestamp: number;
  private readonly onPair: (element: T, other: O, time: number, otherTime: number) => void;

  constructor(onPair: (element: T, other: O, time: number, otherTime: number) => void) {
    this.from = 0;
    this.to = 0;
    this.timestamp = 0;
    this.onPair = onPair;
  }

  set(element: T, timestamp: number): void {
    this.element = element;
    this.timestamp = timestamp;
  }

  visit(otherTime: number, entries: BufferEntry<O>[]): void {
    if (otherTime >= this.from && otherTime <= this.to) {
      for (let i = 0; i < entries.length; i++) {
        const other = (entries[i] as BufferEntry<O>).element;
        this.onPair(this.element, other, this.timestamp, otherTime);
      }
    }
  }
}

function keep<T>(buffer: Buffer<T>, element: T, timestamp: number): void {
  const entries = buffer.get(timestamp) ?? [];
  entries.push({ element, hasBeenJoined: false });
  buffer.put(timestamp, entries);
}

function bufferDescriptor<T>(
  name: string,
  elementType: TypeInformation<T>,
): MapStateDescriptor<number, BufferEntry<T>[]> {
  const entryType = new SerializerTypeInformation(
    new BufferEntrySerializer(elementType.createSerializer()),
    {
      name: `BufferEntry<${elementType.name}>`,
      isKeyType: false,
      javaClassName: 'org.apache.flink.streaming.api.operators.co.IntervalJoinOperator$BufferEntry',
    },
  );
  return new MapStateDescriptor(name, Types.LONG, Types.LIST(entryType));
}
