/** What the ends of channels tell of themselves, for metrics. */

export interface SendingUsage {
  /** 0 empty to 1 full; more when it took more than it has room for. */
  readonly usage: number;
  /** Elements that wait in it; none where what waits are bytes. */
  readonly queueLength?: number;
  /** Since the beginning; none where objects are handed over as they are. */
  readonly numBytesOut?: number;
  readonly numBuffersOut?: number;
}

/** Of a channel from another slot, before its elements come into the channel of this one. */
export interface ReceivingUsage {
  /** 0 empty to 1 full. */
  readonly usage: number;
  /** Since the beginning. */
  readonly numBytesIn: number;
  readonly numBuffersIn: number;
}
