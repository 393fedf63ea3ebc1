/**
 * The input channels of one task, over all its edges, and which of them may be read next.
 *
 * Invariants:
 * - A blocked or ended channel is never given out.
 * - Channels that have data take turns, so that none starves.
 *
 * Flink: InputGate, UnionInputGate.
 */
import type { LocalChannel } from './local-channel.ts';

export class InputGate {
  readonly channels: readonly LocalChannel[];
  private readonly blocked: boolean[];
  private readonly ended: boolean[];
  private next = 0;

  constructor(channels: readonly LocalChannel[], onData: () => void) {
    this.channels = channels;
    this.blocked = channels.map(() => false);
    this.ended = channels.map(() => false);
    for (const channel of channels) {
      channel.setDataListener(onData);
    }
  }

  /** Index of a channel that can be read, or -1. */
  pollChannel(): number {
    const count = this.channels.length;
    for (let i = 0; i < count; i++) {
      const channel = this.next;
      this.next = channel + 1 === count ? 0 : channel + 1;
      if (this.isReadable(channel)) {
        return channel;
      }
    }
    return -1;
  }

  get isAvailable(): boolean {
    for (let i = 0; i < this.channels.length; i++) {
      if (this.isReadable(i)) {
        return true;
      }
    }
    return false;
  }

  setBlocked(channel: number, blocked: boolean): void {
    this.blocked[channel] = blocked;
  }

  isBlocked(channel: number): boolean {
    return this.blocked[channel] as boolean;
  }

  endChannel(channel: number): void {
    this.ended[channel] = true;
  }

  isEnded(channel: number): boolean {
    return this.ended[channel] as boolean;
  }

  private isReadable(channel: number): boolean {
    return (
      !this.blocked[channel] &&
      !this.ended[channel] &&
      (this.channels[channel] as LocalChannel).size > 0
    );
  }
}
