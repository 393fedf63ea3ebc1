/**
 * The watermark of a task: the smallest over its active, aligned input channels.
 *
 * Invariants:
 * - The output never goes back.
 * - A channel that comes back from idle counts only once its watermark reaches the last output.
 * - When all channels are idle, the largest watermark seen is given out before `idle`, if the
 *   channel that became idle held the output back.
 *
 * Flink: StatusWatermarkValve.
 */
import { MIN_TIMESTAMP } from '@millrace/core';
import type { WatermarkStatus } from '../operators/output.ts';

export interface WatermarkReceiver {
  processWatermark(watermark: number): void;
  processWatermarkStatus(status: WatermarkStatus): void;
}

interface ChannelStatus {
  watermark: number;
  active: boolean;
  /** Its watermark is at least the last output, so it takes part in the minimum. */
  aligned: boolean;
}

export class StatusWatermarkValve {
  private readonly channels: ChannelStatus[];
  private readonly receiver: WatermarkReceiver;
  private lastOutput: number = MIN_TIMESTAMP;
  private lastStatus: WatermarkStatus = 'active';

  constructor(numberOfChannels: number, receiver: WatermarkReceiver) {
    this.channels = Array.from({ length: numberOfChannels }, () => ({
      watermark: MIN_TIMESTAMP,
      active: true,
      aligned: true,
    }));
    this.receiver = receiver;
  }

  get currentWatermark(): number {
    return this.lastOutput;
  }

  inputWatermark(watermark: number, channelIndex: number): void {
    const channel = this.channels[channelIndex] as ChannelStatus;
    if (this.lastStatus === 'idle' || !channel.active || watermark <= channel.watermark) {
      return;
    }
    channel.watermark = watermark;
    channel.aligned ||= watermark >= this.lastOutput;
    this.advanceToMinimum();
  }

  inputWatermarkStatus(status: WatermarkStatus, channelIndex: number): void {
    const channel = this.channels[channelIndex] as ChannelStatus;
    if (status === 'idle' && channel.active) {
      channel.active = false;
      channel.aligned = false;
      this.channelBecameIdle(channel);
    } else if (status === 'active' && !channel.active) {
      channel.active = true;
      channel.aligned = channel.watermark >= this.lastOutput;
      if (this.lastStatus === 'idle') {
        this.lastStatus = 'active';
        this.receiver.processWatermarkStatus('active');
      }
    }
  }

  private channelBecameIdle(channel: ChannelStatus): void {
    if (this.channels.some((each) => each.active)) {
      // It may have held the others back.
      if (channel.watermark === this.lastOutput) {
        this.advanceToMinimum();
      }
      return;
    }
    if (channel.watermark === this.lastOutput) {
      this.advance(Math.max(...this.channels.map((each) => each.watermark)));
    }
    this.lastStatus = 'idle';
    this.receiver.processWatermarkStatus('idle');
  }

  private advanceToMinimum(): void {
    let minimum = Number.POSITIVE_INFINITY;
    let anyAligned = false;
    for (const channel of this.channels) {
      if (channel.aligned) {
        anyAligned = true;
        minimum = Math.min(minimum, channel.watermark);
      }
    }
    if (anyAligned) {
      this.advance(minimum);
    }
  }

  private advance(watermark: number): void {
    if (watermark > this.lastOutput) {
      this.lastOutput = watermark;
      this.receiver.processWatermark(watermark);
    }
  }
}
