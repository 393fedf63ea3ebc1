/**
 * Input of a task that reads other tasks: records go to the head operator, watermarks through the
 * valves, barriers through the alignment.
 *
 * Invariants:
 * - The channels of all inputs of the head stand behind one alignment, and take turns.
 * - Each input of the head has a valve of its own; combining them is the operator's.
 *
 * Flink: StreamOneInputProcessor, StreamMultipleInputProcessor, CheckpointedInputGate.
 */
// Hot path.

import { invariant, MIN_TIMESTAMP } from '@millrace/core';
import type { BarrierAlignment } from '../checkpoint/barrier-alignment.ts';
import type { CheckpointBarrier } from '../checkpoint/checkpoint-options.ts';
import type { ChannelEvent } from '../network/channel-event.ts';
import type { InputGate } from '../network/input-gate.ts';
import { LocalChannel } from '../network/local-channel.ts';
import { StatusWatermarkValve } from '../network/status-watermark-valve.ts';
import type { RecordLookAhead } from '../operators/record-look-ahead.ts';
import type { Input } from '../operators/stream-operator.ts';
import { CheckpointedInput, type CheckpointHooks } from './checkpointed-input.ts';
import type { InputInFlight } from './input-recording.ts';
import { SlotProgress } from './slot-progress.ts';
import type { BatchResult, TaskInput } from './task-input.ts';

/** What is not worthwhile for fewer records may be so for the next ones. */
const KEYS_WANTED_OF = 64;

/** In the place of a count: the batch is over, as the task or the gate changed. */
const STOPPED = -1;

export class GateTaskInput implements TaskInput {
  awaitsSavepoint = false;
  private readonly gate: InputGate;
  private readonly head: readonly Input<unknown>[];
  /** Of each channel: the input of the head that it feeds. */
  private readonly inputIndexes: readonly number[];
  /** Of each channel: its index among those of its input. */
  private readonly valveChannels: readonly number[];
  private readonly valves: readonly StatusWatermarkValve[];
  private readonly barriers: CheckpointedInput;
  private readonly progress: SlotProgress;
  private channelsWithData: number;

  constructor(
    gate: InputGate,
    head: readonly Input<unknown>[],
    parts: {
      /** Of each channel of the gate: the index of the input of the head that it feeds. */
      inputIndexes: readonly number[];
      /** Of each channel of the gate: which edge it is of; each input has one without it. */
      edgeIndexes?: readonly number[];
      /** Of each channel of the gate: whether a task of the same slot sends to it; so all do without it. */
      areOfSlot?: readonly boolean[];
      /** Of each channel; none where barriers never overtake. */
      inFlight?: readonly (InputInFlight | undefined)[];
      alignment: BarrierAlignment;
      hooks: CheckpointHooks;
    },
  ) {
    this.gate = gate;
    this.head = head;
    const { alignment, hooks, inFlight = gate.channels.map(() => undefined) } = parts;
    const { inputIndexes, edgeIndexes = inputIndexes } = parts;
    const { areOfSlot = gate.channels.map(() => true) } = parts;
    this.barriers = new CheckpointedInput({ gate, alignment, inFlight, hooks });
    this.inputIndexes = inputIndexes;
    this.valveChannels = inputIndexes.map((input, channel) =>
      countOf(input, inputIndexes.slice(0, channel)),
    );
    this.valves = head.map(
      (input, index) => new StatusWatermarkValve(countOf(index, inputIndexes), input),
    );
    this.progress = new SlotProgress(edgeIndexes, areOfSlot);
    this.channelsWithData = gate.channels.length;
  }

  get isAvailable(): boolean {
    return this.gate.isAvailable;
  }

  get isSlotBehind(): boolean {
    return this.progress.isBehind;
  }

  get currentWatermark(): number {
    return Math.min(...this.valves.map((valve) => valve.currentWatermark));
  }

  checkpointAborted(checkpointId: number): void {
    this.barriers.checkpointAborted(checkpointId);
  }

  overtakeAll(barrier: CheckpointBarrier): boolean {
    return this.barriers.overtakeAll(barrier);
  }

  close(): void {
    this.barriers.close();
  }

  /** Channels that have records follow each other until the batch is full: few may lie in each. */
  processBatch(maxRecords: number): BatchResult {
    let result: BatchResult = 'nothing-available';
    let left = maxRecords;
    for (let turns = this.gate.channels.length; turns > 0 && left > 0; turns--) {
      const channel = this.gate.pollChannel();
      if (channel < 0) {
        break;
      }
      const taken = this.processChannel(channel, left);
      if (taken === STOPPED) {
        return this.channelsWithData === 0 ? 'end-of-data' : 'more-available';
      }
      left -= taken;
      result = 'more-available';
    }
    return result;
  }

  /** @returns how many elements it took, or `STOPPED` */
  private processChannel(index: number, maxRecords: number): number {
    const channel = this.gate.channels[index] as LocalChannel;
    const input = this.inputOf(index);
    if (this.barriers.isRecording) {
      this.barriers.recordAhead(index, maxRecords);
    }
    if (input.lookAhead !== undefined) {
      lookAhead(channel, input.lookAhead, maxRecords);
    }
    let taken = 0;
    let lastTimestamp = MIN_TIMESTAMP;
    for (; taken < maxRecords && channel.head !== channel.tail; taken++) {
      const at = channel.head & channel.mask;
      const value = channel.values[at];
      const timestamp = channel.timestamps[at] as number;
      channel.values[at] = undefined;
      channel.head++;
      if (!LocalChannel.isEvent(timestamp)) {
        input.processElement(value, timestamp);
        lastTimestamp = timestamp;
        continue;
      }
      this.progress.tookRecord(index, lastTimestamp);
      if (this.processEvent(value as ChannelEvent, index)) {
        return STOPPED;
      }
    }
    this.progress.tookRecord(index, lastTimestamp);
    return taken;
  }

  /** @returns true when the batch must stop: the task or the gate changed */
  private processEvent(event: ChannelEvent, channel: number): boolean {
    switch (event.kind) {
      case 'watermark':
        this.progress.tookWatermark(channel, event.watermark);
        this.valveOf(channel).inputWatermark(event.watermark, this.valveChannel(channel));
        return false;
      case 'watermark-status':
        this.progress.tookStatus(channel, event.status === 'active');
        this.valveOf(channel).inputWatermarkStatus(event.status, this.valveChannel(channel));
        return false;
      case 'latency-marker':
        this.inputOf(channel).processLatencyMarker(event.marker);
        return false;
      case 'barrier':
        this.barriers.processBarrier(channel, event.barrier);
        return true;
      case 'cancel-checkpoint':
        this.barriers.processCancellation(channel, event.checkpointId);
        return true;
      case 'end-of-channel-state':
        this.barriers.processEndOfChannelState(channel);
        return true;
      case 'end-of-data':
        this.channelsWithData--;
        this.progress.tookStatus(channel, false);
        this.awaitsSavepoint ||= event.awaitsSavepoint === true;
        invariant(this.channelsWithData >= 0, 'a channel ends its data once');
        if (this.channelsWithData === 0) {
          this.barriers.processEndOfData();
        }
        return true;
      case 'end-of-partition':
        this.barriers.processEndOfPartition(channel);
        return true;
    }
  }

  private inputOf(channel: number): Input<unknown> {
    return this.head[this.inputIndexes[channel] as number] as Input<unknown>;
  }

  private valveOf(channel: number): StatusWatermarkValve {
    return this.valves[this.inputIndexes[channel] as number] as StatusWatermarkValve;
  }

  private valveChannel(channel: number): number {
    return this.valveChannels[channel] as number;
  }
}

/** The records that are processed next, unless an event among them has it otherwise. */
function lookAhead(
  channel: LocalChannel,
  records: RecordLookAhead<unknown, unknown>,
  recordsMax: number,
): void {
  const count = Math.min(channel.size, recordsMax);
  if (!records.isWorthwhile(count)) {
    channel.forgetKeys(count);
    if (count >= KEYS_WANTED_OF) {
      channel.keepKeys(false);
    }
    return;
  }
  channel.keepKeys(true);
  if (records.readAheadKnown(channel, count)) {
    return;
  }
  records.begin(count);
  for (let i = 0; i < count; i++) {
    const at = (channel.head + i) & channel.mask;
    if (
      !LocalChannel.isEvent(channel.timestamps[at] as number) &&
      !records.add(channel.values[at])
    ) {
      break;
    }
  }
  records.readAhead();
}

function countOf(wanted: number, values: readonly number[]): number {
  return values.filter((value) => value === wanted).length;
}
