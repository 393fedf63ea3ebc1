/**
 * Whether what a task takes from its own slot is behind, in event time, what it takes from others. Between
 * the two all windows are open: the further they are apart, the more state there is on every slot.
 *
 * A channel is where the record that was taken from it last is, or its watermark, whichever is newer.
 * Inputs are not compared with each other: they may be streams of different times.
 */
// Hot path.
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '@millrace/core';

/** The channels of one input that comes from several slots. */
interface ChannelsOfInput {
  readonly own: readonly number[];
  readonly others: readonly number[];
}

export class SlotProgress {
  private readonly areOfSlot: readonly boolean[];
  private readonly inputs: readonly ChannelsOfInput[];
  /** Of each channel. */
  private readonly reached: number[];

  /**
   * @param inputIndexes - of each channel: the input that it feeds
   * @param areOfSlot - of each channel: whether a task of the same slot sends to it
   */
  constructor(inputIndexes: readonly number[], areOfSlot: readonly boolean[]) {
    this.areOfSlot = areOfSlot;
    this.inputs = [...new Set(inputIndexes)]
      .map((input) => channelsOf(input, inputIndexes, areOfSlot))
      .filter(({ own, others }) => own.length > 0 && others.length > 0);
    this.reached = inputIndexes.map(() => MIN_TIMESTAMP);
  }

  /** @param timestamp - `MIN_TIMESTAMP` of a record without one, which tells nothing */
  tookRecord(channel: number, timestamp: number): void {
    if (timestamp !== MIN_TIMESTAMP) {
      this.reached[channel] = timestamp;
    }
  }

  tookWatermark(channel: number, watermark: number): void {
    if (watermark > (this.reached[channel] as number)) {
      this.reached[channel] = watermark;
    }
  }

  /** It holds nobody back any more, and is ahead of nobody. */
  ended(channel: number): void {
    this.reached[channel] = this.areOfSlot[channel] ? MAX_TIMESTAMP : MIN_TIMESTAMP;
  }

  get isBehind(): boolean {
    for (let i = 0; i < this.inputs.length; i++) {
      const { own, others } = this.inputs[i] as ChannelsOfInput;
      if (this.leastOf(own) < this.greatestOf(others)) {
        return true;
      }
    }
    return false;
  }

  private leastOf(channels: readonly number[]): number {
    let least = MAX_TIMESTAMP;
    for (let i = 0; i < channels.length; i++) {
      least = Math.min(least, this.reached[channels[i] as number] as number);
    }
    return least;
  }

  private greatestOf(channels: readonly number[]): number {
    let greatest = MIN_TIMESTAMP;
    for (let i = 0; i < channels.length; i++) {
      greatest = Math.max(greatest, this.reached[channels[i] as number] as number);
    }
    return greatest;
  }
}

function channelsOf(
  input: number,
  inputIndexes: readonly number[],
  areOfSlot: readonly boolean[],
): ChannelsOfInput {
  const channels = [...inputIndexes.keys()].filter((channel) => inputIndexes[channel] === input);
  return {
    own: channels.filter((channel) => areOfSlot[channel]),
    others: channels.filter((channel) => !areOfSlot[channel]),
  };
}
