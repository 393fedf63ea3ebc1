import { dateTimeOf, type NexmarkEvent } from '../generator/nexmark-events.ts';
import { TICK_MS } from '../nexmark-query.ts';
import type { BidderWindow } from './bidder-window.ts';

const SIZE_MS = 10_000;

/**
 * Each bid comes at the first tick of the clock that is not before its time, and the job ends at the
 * last event's tick. Windows that are open then are dropped.
 */
export function processingTimeWindows(events: Iterable<NexmarkEvent>): BidderWindow[] {
  const rows = new Map<string, { -readonly [K in keyof BidderWindow]: BidderWindow[K] }>();
  let end = 0;
  for (const event of events) {
    const { bid } = event;
    const now = Math.ceil(dateTimeOf(event) / TICK_MS) * TICK_MS;
    end = Math.max(end, now);
    if (bid !== null) {
      const starttime = Math.floor(now / SIZE_MS) * SIZE_MS;
      const key = `${starttime} ${bid.bidder}`;
      const row = rows.get(key);
      if (row === undefined) {
        const { bidder } = bid;
        rows.set(key, { bidder, bidCount: 1, starttime, endtime: starttime + SIZE_MS });
      } else {
        row.bidCount += 1;
      }
    }
  }
  return [...rows.values()].filter((row) => row.endtime <= end);
}
