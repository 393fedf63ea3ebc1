/**
 * Whether what a task takes from its own slot is behind, in event time, what it takes from every other. Between
 * the last of them and the others all windows are open: the further they are apart, the more state there is on every slot.
 *
 * A channel is where the record that was taken from it last is. Once its watermark has passed that, as no records come
 * or only late ones, watermarks are compared: those of records alone are behind these by as much as they may be out
 * of order. A channel that is idle or has ended, or from which nothing has come, is neither behind nor ahead.
 *
 * Edges are not compared with each other, also where they are one input (`union`): they may be streams of different
 * times.
 *
 * Design: docs/decisions/0022-sources-side-by-side.md
 */
// Hot path.
import { MIN_TIMESTAMP } from '@millrace/core';

/** The channels of one edge that comes from several slots. */
interface ChannelsOfEdge {
  readonly own: readonly number[];
  readonly others: readonly number[];
}

export class SlotProgress {
  private readonly edges: readonly ChannelsOfEdge[];
  /** Of each channel, here and below: the timestamp of the record that was taken last. */
  private readonly records: number[];
  private readonly watermarks: number[];
  private readonly areActive: boolean[];

  /**
   * @param edgeIndexes - of each channel: which edge it is of
   * @param areOfSlot - of each channel: whether a task of the same slot sends to it
   */
  constructor(edgeIndexes: readonly number[], areOfSlot: readonly boolean[]) {
    this.edges = [...new Set(edgeIndexes)]
      .map((edge) => channelsOf(edge, edgeIndexes, areOfSlot))
      .filter(({ own, others }) => own.length > 0 && others.length > 0);
    this.records = edgeIndexes.map(() => MIN_TIMESTAMP);
    this.watermarks = edgeIndexes.map(() => MIN_TIMESTAMP);
    this.areActive = edgeIndexes.map(() => true);
  }

  /** @param timestamp - `MIN_TIMESTAMP` of a record without one, which tells nothing */
  tookRecord(channel: number, timestamp: number): void {
    if (timestamp !== MIN_TIMESTAMP) {
      this.records[channel] = timestamp;
    }
  }

  tookWatermark(channel: number, watermark: number): void {
    this.watermarks[channel] = watermark;
  }

  /** @param isActive - false when it is idle, and for good when it has ended */
  tookStatus(channel: number, isActive: boolean): void {
    this.areActive[channel] = isActive;
  }

  get isBehind(): boolean {
    for (let i = 0; i < this.edges.length; i++) {
      if (this.isBehindOn(this.edges[i] as ChannelsOfEdge)) {
        return true;
      }
    }
    return false;
  }

  private isBehindOn({ own, others }: ChannelsOfEdge): boolean {
    for (let i = 0; i < own.length; i++) {
      const channel = own[i] as number;
      if (this.isKnown(channel) && this.isBehindAll(channel, others)) {
        return true;
      }
    }
    return false;
  }

  /** That are known, of which there are some. */
  private isBehindAll(channel: number, others: readonly number[]): boolean {
    let isAnyKnown = false;
    for (let i = 0; i < others.length; i++) {
      const other = others[i] as number;
      if (this.isKnown(other)) {
        isAnyKnown = true;
        if (!this.isEarlier(channel, other)) {
          return false;
        }
      }
    }
    return isAnyKnown;
  }

  private isKnown(channel: number): boolean {
    const { records, watermarks } = this;
    return (
      this.areActive[channel] === true &&
      (records[channel] !== MIN_TIMESTAMP || watermarks[channel] !== MIN_TIMESTAMP)
    );
  }

  private isEarlier(channel: number, other: number): boolean {
    const times =
      this.hasRecords(channel) && this.hasRecords(other) ? this.records : this.watermarks;
    return (times[channel] as number) < (times[other] as number);
  }

  private hasRecords(channel: number): boolean {
    return (this.records[channel] as number) > (this.watermarks[channel] as number);
  }
}

function channelsOf(
  edge: number,
  edgeIndexes: readonly number[],
  areOfSlot: readonly boolean[],
): ChannelsOfEdge {
  const channels = [...edgeIndexes.keys()].filter((channel) => edgeIndexes[channel] === edge);
  return {
    own: channels.filter((channel) => areOfSlot[channel]),
    others: channels.filter((channel) => !areOfSlot[channel]),
  };
}
