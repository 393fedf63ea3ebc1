/**
 * Event-time and processing-time timers of one operator, kept in its keyed state backend.
 *
 * Invariants:
 * - One timer for each time domain, key, namespace and timestamp.
 * - An event-time timer fires when the watermark reaches it, all due ones before the watermark goes
 *   on; one registered at or below the watermark fires at its next advance.
 * - One physical timer stands for all processing-time timers: the one of the earliest.
 *
 * In a batch all timers of a key fire when it is over, those of event time first; what they register
 * is dropped.
 *
 * Flink: InternalTimerServiceImpl, BatchExecutionInternalTimeService.
 */
// Hot path.

import {
  ConfigError,
  type Counter,
  MAX_TIMESTAMP,
  MIN_TIMESTAMP,
  type TypeInformation,
} from '@millrace/core';
import {
  HeapTimer,
  type KeyedStateBackend,
  type KeyGroupedInternalPriorityQueue,
} from '@millrace/state';
import type { ProcessingTimeService } from './stream-operator.ts';

/** Who is called when a timer fires; the current key is set. Flink: Triggerable. */
export interface Triggerable<K, N> {
  onEventTime(timer: HeapTimer<K, N>): void;
  onProcessingTime(timer: HeapTimer<K, N>): void;
}

export interface InternalTimerServiceOptions<K, N> {
  /** `user-timers` or `window-timers`; names the state in snapshots. */
  readonly name: string;
  readonly namespaceType: TypeInformation<N>;
  readonly backend: KeyedStateBackend<K>;
  readonly processingTimeService: ProcessingTimeService;
  readonly triggerTarget: Triggerable<K, N>;
  readonly numFiredTimers: Counter;
  /** In a batch: timers fire when their key is over, see `endKey`, and no clock is looked at. */
  readonly keyByKey: boolean;
}

export class InternalTimerService<K, N> {
  currentWatermark: number;
  private readonly backend: KeyedStateBackend<K>;
  private readonly processingTimeService: ProcessingTimeService;
  private readonly triggerTarget: Triggerable<K, N>;
  private readonly numFiredTimers: Counter;
  private readonly eventTimeTimers: KeyGroupedInternalPriorityQueue<HeapTimer<K, N>>;
  private readonly processingTimeTimers: KeyGroupedInternalPriorityQueue<HeapTimer<K, N>>;
  private physicalTimer: { cancel(): void } | undefined;
  private readonly onPhysicalTimer: (timestamp: number) => void;
  private readonly keyByKey: boolean;
  private endsKey: boolean;
  private stopped: boolean;

  constructor(options: InternalTimerServiceOptions<K, N>) {
    const { name, namespaceType, backend } = options;
    this.currentWatermark = MIN_TIMESTAMP;
    this.backend = backend;
    this.processingTimeService = options.processingTimeService;
    this.triggerTarget = options.triggerTarget;
    this.numFiredTimers = options.numFiredTimers;
    this.eventTimeTimers = backend.createTimerQueue(`_timer_state/event_${name}`, namespaceType);
    this.processingTimeTimers = backend.createTimerQueue(
      `_timer_state/processing_${name}`,
      namespaceType,
    );
    this.physicalTimer = undefined;
    this.onPhysicalTimer = (timestamp) => this.onProcessingTime(timestamp);
    this.keyByKey = options.keyByKey;
    this.endsKey = false;
    this.stopped = false;
  }

  /** Arms the physical timer for what was restored. */
  start(): void {
    const head = this.processingTimeTimers.peek();
    if (head !== undefined) {
      this.arm(head.timestamp);
    }
  }

  /** Pending processing-time timers no longer fire; they stay in the state. */
  stop(): void {
    this.stopped = true;
    this.physicalTimer?.cancel();
    this.physicalTimer = undefined;
  }

  currentProcessingTime(): number {
    return this.processingTimeService.currentProcessingTime();
  }

  registerEventTimeTimer(namespace: N, time: number): void {
    checkTime(time);
    if (this.endsKey) {
      return;
    }
    this.eventTimeTimers.add(new HeapTimer(time, this.backend.currentKey, namespace));
  }

  /** One that the caller knows is not registered. */
  registerAbsentEventTimeTimer(namespace: N, time: number): void {
    checkTime(time);
    if (this.endsKey) {
      return;
    }
    this.eventTimeTimers.addAbsent(new HeapTimer(time, this.backend.currentKey, namespace));
  }

  registerProcessingTimeTimer(namespace: N, time: number): void {
    checkTime(time);
    if (this.endsKey) {
      return;
    }
    // The head changes only when the new timer is earlier than all others.
    const timer = new HeapTimer(time, this.backend.currentKey, namespace);
    if (this.processingTimeTimers.add(timer)) {
      this.arm(time);
    }
  }

  deleteEventTimeTimer(namespace: N, time: number): void {
    this.eventTimeTimers.remove(new HeapTimer(time, this.backend.currentKey, namespace));
  }

  deleteProcessingTimeTimer(namespace: N, time: number): void {
    this.processingTimeTimers.remove(new HeapTimer(time, this.backend.currentKey, namespace));
  }

  get numberOfEventTimeTimers(): number {
    return this.eventTimeTimers.size;
  }

  get numberOfProcessingTimeTimers(): number {
    return this.processingTimeTimers.size;
  }

  /** Fires every event-time timer that is due. */
  advanceWatermark(watermark: number): void {
    this.currentWatermark = watermark;
    const timers = this.eventTimeTimers;
    while (timers.isDue(watermark)) {
      const timer = timers.poll() as HeapTimer<K, N>;
      this.backend.setCurrentKey(timer.key);
      this.numFiredTimers.inc();
      this.triggerTarget.onEventTime(timer);
    }
  }

  /** The current key of a batch is over: all its timers fire, at the watermark `MAX_TIMESTAMP`. */
  endKey(): void {
    this.currentWatermark = MAX_TIMESTAMP;
    this.endsKey = true;
    let timer = this.eventTimeTimers.poll();
    while (timer !== undefined) {
      this.numFiredTimers.inc();
      this.triggerTarget.onEventTime(timer);
      timer = this.eventTimeTimers.poll();
    }
    timer = this.processingTimeTimers.poll();
    while (timer !== undefined) {
      this.numFiredTimers.inc();
      this.triggerTarget.onProcessingTime(timer);
      timer = this.processingTimeTimers.poll();
    }
    this.endsKey = false;
    this.currentWatermark = MIN_TIMESTAMP;
  }

  private onProcessingTime(time: number): void {
    this.physicalTimer = undefined;
    if (this.stopped) {
      return;
    }
    const timers = this.processingTimeTimers;
    while (timers.isDue(time)) {
      const timer = timers.poll() as HeapTimer<K, N>;
      this.backend.setCurrentKey(timer.key);
      this.numFiredTimers.inc();
      this.triggerTarget.onProcessingTime(timer);
    }
    const head = timers.peek();
    if (head !== undefined) {
      this.arm(head.timestamp);
    }
  }

  /** A timer at the end of time never fires by the clock. */
  private arm(time: number): void {
    this.physicalTimer?.cancel();
    this.physicalTimer =
      this.stopped || this.keyByKey || time === Number.POSITIVE_INFINITY
        ? undefined
        : this.processingTimeService.registerTimer(time, this.onPhysicalTimer);
  }
}

function checkTime(time: number): void {
  if (time !== Math.floor(time)) {
    throw new ConfigError(
      'VALUE_NOT_SERIALIZABLE',
      `a timer at ${time}; register timers at whole milliseconds`,
    );
  }
}
