/**
 * The metrics of a subtask, under Flink's names.
 *
 * Counters go on over attempts. Nothing here costs a task anything but what it counts anyway: values
 * are taken when somebody reads them.
 *
 * Between subtasks of one slot records are handed over as objects: these have no bytes and no
 * buffers, a queue's length is in elements, and a pool's usage is the fill of the channels.
 *
 * Flink: TaskIOMetricGroup, NettyShuffleMetricFactory, MetricNames.
 */
import {
  type Clock,
  type Counter,
  type GenericMetricGroup,
  MeterView,
  SumCounter,
  type TaskMetrics,
} from '@millrace/core';
import { Activity, type ActivityTimes } from './activity-times.ts';
import type { MailboxMetrics } from './mailbox.ts';
import type { TaskDeployment, TaskInputChannel, TaskOutput } from './task-deployment.ts';

/** The subtask, as far as its metrics see it. */
export interface MeasuredTask {
  readonly clock: Clock;
  readonly activity: ActivityTimes;
  readonly mailbox: MailboxMetrics;
  /** An output is full. */
  readonly isBackPressured: boolean;
  readonly currentInputWatermark: number;
  /** Of the last checkpoint. */
  readonly checkpointTiming: {
    readonly alignmentDurationMs: number;
    readonly startDelayMs: number;
  };
}

/** How a subtask fares: plain values. Ratios are of the last 60 s, in `[0, 1]`. */
export interface TaskLoad {
  readonly numRecordsIn: number;
  readonly numRecordsOut: number;
  readonly numBytesIn: number;
  readonly numBytesOut: number;
  readonly busyRatio: number;
  readonly idleRatio: number;
  readonly backPressuredRatio: number;
  /** It could go on, but others had the thread. */
  readonly waitingForThreadRatio: number;
  readonly accumulatedBusyTimeMs: number;
  readonly accumulatedIdleTimeMs: number;
  readonly accumulatedBackPressuredTimeMs: number;
}

const NS_PER_MS = 1e6;

export class TaskIOMetrics {
  readonly numRecordsIn: Counter;
  readonly numRecordsOut: Counter;
  readonly numBytesIn: Counter;
  readonly numBytesOut: Counter;
  private readonly activity: ActivityTimes;

  constructor(metrics: TaskMetrics, deployment: TaskDeployment, task: MeasuredTask) {
    const { group } = metrics;
    this.activity = task.activity;
    const { inputs, outputs } = deployment;
    this.numRecordsIn = metered(group, 'numRecordsIn', headCounters(metrics, deployment));
    this.numRecordsOut = metered(group, 'numRecordsOut', tailCounters(metrics, deployment));
    const received = inputs.map(({ received: each }) => each);
    const sent = outputs.flatMap(({ partition }) => partition.channels);
    this.numBytesIn = metered(group, 'numBytesIn', [sumOf(() => received, 'numBytesIn')]);
    this.numBytesOut = metered(group, 'numBytesOut', [sumOf(() => sent, 'numBytesOut')]);
    metered(group, 'numBuffersIn', [sumOf(() => received, 'numBuffersIn')]);
    registerByDistance(group, received);
    group.meter(
      'numFiredTimersPerSecond',
      new MeterView(group.counter('numFiredTimers')), // The operators count.
    );
    metered(group, 'numBuffersOut', [sumOf(() => sent, 'numBuffersOut')]);
    registerActivity(group, task);
    registerMailbox(group, task.mailbox);
    registerBuffers(group, { inputs, outputs });
    group.gauge('isBackPressured', () => task.isBackPressured);
    if (deployment.vertex.operators[0]?.factory.kind !== 'source') {
      group.gauge('currentInputWatermark', () => task.currentInputWatermark);
    }
    group.gauge(
      'checkpointAlignmentTime',
      () => task.checkpointTiming.alignmentDurationMs * NS_PER_MS,
    );
    group.gauge('checkpointStartDelayNanos', () => task.checkpointTiming.startDelayMs * NS_PER_MS);
  }

  /** As of the last interval of the views; what is accumulated is as of now. */
  load(now: number): TaskLoad {
    const { activity } = this;
    const { BUSY, IDLE, BACK_PRESSURED, WAITING } = Activity;
    const ratio = (of: Activity) => activity.msPerSecond(of) / 1000;
    return {
      numRecordsIn: this.numRecordsIn.count,
      numRecordsOut: this.numRecordsOut.count,
      numBytesIn: this.numBytesIn.count,
      numBytesOut: this.numBytesOut.count,
      busyRatio: ratio(BUSY),
      idleRatio: ratio(IDLE),
      backPressuredRatio: ratio(BACK_PRESSURED),
      waitingForThreadRatio: ratio(WAITING),
      accumulatedBusyTimeMs: activity.accumulatedMs(BUSY, now),
      accumulatedIdleTimeMs: activity.accumulatedMs(IDLE, now),
      accumulatedBackPressuredTimeMs: activity.accumulatedMs(BACK_PRESSURED, now),
    };
  }
}

/**
 * What came over which way, in the group of now and in the old one. Each thread is a task manager: what has
 * bytes came from another one, and nothing else has.
 */
function registerByDistance(
  task: GenericMetricGroup,
  received: readonly TaskInputChannel['received'][],
): void {
  const netty = task.addGroup('Shuffle').addGroup('Netty').addGroup('Input');
  for (const group of [netty, task]) {
    for (const what of ['numBytesIn', 'numBuffersIn'] as const) {
      metered(group, `${what}Local`, []);
      metered(group, `${what}Remote`, [sumOf(() => received, what)]);
    }
  }
}

function registerActivity(group: GenericMetricGroup, { activity, clock }: MeasuredTask): void {
  const { BUSY, IDLE, BACK_PRESSURED } = Activity;
  group.view('activity', activity);
  const perSecond = (name: string, of: Activity): void => {
    group.gauge(`${name}TimeMsPerSecond`, () => activity.msPerSecond(of));
  };
  const accumulated = (name: string, of: Activity): void => {
    group.gauge(`accumulate${name}TimeMs`, () => activity.accumulatedMs(of, clock.now()));
  };
  perSecond('idle', IDLE);
  perSecond('busy', BUSY);
  perSecond('backPressured', BACK_PRESSURED);
  perSecond('softBackPressured', BACK_PRESSURED);
  group.gauge('hardBackPressuredTimeMsPerSecond', () => 0);
  // Flink has it without a changelog too, and there is none here.
  group.gauge('changelogBusyTimeMsPerSecond', () => 0);
  group.gauge('maxSoftBackPressureTimeMs', () => activity.backPressureOnEndMsMax);
  group.gauge('maxHardBackPressureTimeMs', () => 0);
  accumulated('Idle', IDLE);
  accumulated('Busy', BUSY);
  accumulated('BackPressured', BACK_PRESSURED);
}

function registerMailbox(group: GenericMetricGroup, mailbox: MailboxMetrics): void {
  group.meter('mailboxMailsPerSecond', new MeterView(mailbox.numMailsProcessed));
  group.histogram('mailboxLatencyMs', mailbox.latency);
  group.gauge('mailboxQueueSize', () => mailbox.size);
}

/** In the group of now and in the old one. */
function registerBuffers(
  task: GenericMetricGroup,
  {
    inputs,
    outputs,
  }: { readonly inputs: readonly TaskInputChannel[]; readonly outputs: readonly TaskOutput[] },
): void {
  const netty = task.addGroup('Shuffle').addGroup('Netty');
  const old = task.addGroup('buffers');
  for (const group of [netty.addGroup('Input').addGroup('Buffers'), old]) {
    group.gauge('inPoolUsage', () =>
      meanOf(inputs.map(({ channel, received }) => received?.usage ?? channel.usage)),
    );
    group.gauge('inputQueueLength', () => sum(inputs.map(({ channel }) => channel.size)));
  }
  const channels = outputs.flatMap(({ partition }) => partition.channels);
  for (const group of [netty.addGroup('Output').addGroup('Buffers'), old]) {
    group.gauge('outPoolUsage', () => meanOf(channels.map(({ usage }) => usage)));
    group.gauge('outputQueueLength', () =>
      sum(channels.map(({ queueLength }) => queueLength ?? 0)),
    );
  }
}

/** A counter and its rate. What was counted in earlier attempts is in it. */
function metered(
  group: GenericMetricGroup,
  name: string,
  summands: readonly Pick<Counter, 'count'>[],
): Counter {
  const before = group.counter(name).count;
  const counter = new SumCounter(summands);
  counter.inc(before - counter.count);
  group.counter(name, counter);
  group.meter(`${name}PerSecond`, new MeterView(counter));
  return counter;
}

/** Which operators take what the task takes. They go on counting by themselves. */
function headCounters(metrics: TaskMetrics, { vertex }: TaskDeployment): Counter[] {
  return vertex.operators
    .slice(0, 1)
    .map(({ operatorId, name }) => metrics.operator(operatorId, name).counter('numRecordsIn'));
}

/** Of the operators that emit to other tasks. */
function tailCounters(metrics: TaskMetrics, { vertex, outputs }: TaskDeployment): Counter[] {
  const tails = new Set(outputs.map(({ operatorIndex }) => operatorIndex));
  return vertex.operators
    .filter((_, index) => tails.has(index))
    .map(({ operatorId, name }) => metrics.operator(operatorId, name).counter('numRecordsOut'));
}

/** Of all that have the field. */
function sumOf<F extends string>(
  all: () => readonly ({ readonly [K in F]?: number } | undefined)[],
  field: F,
): Pick<Counter, 'count'> {
  return {
    get count() {
      return sum(all().map((each) => each?.[field] ?? 0));
    },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

/** 0 of nothing. */
function meanOf(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : sum(numbers) / numbers.length;
}
