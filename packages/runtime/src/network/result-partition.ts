/** The channels of one edge out of one subtask. Flink: ResultPartition, RecordWriter. */
// Hot path.

import { hashString, type RecordCopier } from '@millrace/core';
import {
  type CheckpointBarrier,
  withUnalignedUnsupported,
} from '../checkpoint/checkpoint-options.ts';
import type { ChannelSelector, SelectorByText } from '../graph/stream-partitioner.ts';
import type { ChannelEvent } from './channel-event.ts';
import type { ChannelWriter, OvertakenBytes } from './channel-writer.ts';

/** What a barrier overtakes at the sending end of one channel, once that is decided. */
export interface OvertakenAtSender {
  /** By which a subtask of the receivers is known: its index, as such edges lead to all. */
  readonly subpartition: number;
  readonly bytes: Promise<OvertakenBytes>;
}

export class ResultPartition<T> {
  /** Those that there are, in the order of the downstream subtasks. */
  readonly channels: readonly ChannelWriter[];
  private readonly bySubtask: readonly (ChannelWriter | undefined)[];
  private readonly selector: ChannelSelector<T>;
  private readonly byText: SelectorByText<T> | undefined;
  private readonly copy: RecordCopier<T> | undefined;

  /**
   * @param bySubtask - one for each downstream subtask; none where a pointwise edge has none
   * @param copy - of records that go to several subtasks; all share the object without it
   */
  constructor(
    bySubtask: readonly (ChannelWriter | undefined)[],
    selector: ChannelSelector<T>,
    copy?: RecordCopier<T>,
  ) {
    this.channels = bySubtask.filter((channel) => channel !== undefined);
    this.bySubtask = bySubtask;
    this.selector = selector;
    this.byText = selector.byText;
    this.copy = copy;
  }

  /** Who emits it must not change it any more. */
  emit(value: T, timestamp: number): void {
    if (this.byText !== undefined) {
      this.emitByText(this.byText, value, timestamp);
      return;
    }
    const subtask = this.selector.selectChannel(value);
    if (subtask >= 0) {
      (this.bySubtask[subtask] as ChannelWriter).push(value, timestamp);
      return;
    }
    const last = this.channels.length - 1;
    const copy = this.copy;
    for (let i = 0; i <= last; i++) {
      const channel = this.channels[i] as ChannelWriter;
      const own = copy !== undefined && channel.handsOver && i !== last ? copy(value) : value;
      channel.push(own, timestamp);
    }
  }

  /** Who emits it may change it: each receiver that would be handed it gets a copy by `copy`. */
  emitCopies(value: T, timestamp: number, copy: RecordCopier<T>): void {
    if (this.byText !== undefined) {
      this.emitByText(this.byText, value, timestamp, copy);
      return;
    }
    const subtask = this.selector.selectChannel(value);
    if (subtask >= 0) {
      const channel = this.bySubtask[subtask] as ChannelWriter;
      channel.push(channel.handsOver ? copy(value) : value, timestamp);
      return;
    }
    for (let i = 0; i < this.channels.length; i++) {
      const channel = this.channels[i] as ChannelWriter;
      channel.push(channel.handsOver ? copy(value) : value, timestamp);
    }
  }

  private emitByText(
    byText: SelectorByText<T>,
    value: T,
    timestamp: number,
    copy?: RecordCopier<T>,
  ): void {
    const key = byText.keyOf(value);
    const isText = typeof key === 'string';
    const hashCode = isText ? hashString(key) : 0;
    const subtask = isText ? byText.channelOf(hashCode) : byText.channelOfOther(key, value);
    const channel = this.bySubtask[subtask] as ChannelWriter;
    const own = copy !== undefined && channel.handsOver ? copy(value) : value;
    if (isText) {
      channel.pushKeyed(own, timestamp, key, hashCode);
    } else {
      channel.push(own, timestamp);
    }
  }

  broadcastEvent(event: ChannelEvent): void {
    for (const channel of this.channels) {
      channel.pushEvent(event);
    }
  }

  /**
   * @param canBeOvertaken - false makes the barrier keep its place, however it came
   * @returns of each channel with something to tell
   */
  broadcastBarrier(barrier: CheckpointBarrier, canBeOvertaken: boolean): OvertakenAtSender[] {
    const onward = canBeOvertaken ? barrier : withUnalignedUnsupported(barrier);
    const overtaken: OvertakenAtSender[] = [];
    for (const [subpartition, channel] of this.bySubtask.entries()) {
      const bytes = channel?.pushBarrier(onward);
      if (bytes !== undefined) {
        overtaken.push({ subpartition, bytes });
      }
    }
    return overtaken;
  }

  /** The aligned timeout of a barrier is over. */
  timeOutBarrier(checkpointId: number): void {
    for (const channel of this.channels) {
      channel.timeOutBarrier(checkpointId);
    }
  }

  /** The checkpoint is over: its barrier overtakes nothing any more. */
  forgetBarrier(checkpointId: number): void {
    for (const channel of this.channels) {
      channel.forgetBarrier(checkpointId);
    }
  }

  /** False when a channel is full: no more input should be taken. */
  get isAvailable(): boolean {
    for (let i = 0; i < this.channels.length; i++) {
      if ((this.channels[i] as ChannelWriter).isFull) {
        return false;
      }
    }
    return true;
  }
}
