import type { Bid, NexmarkEvent } from '../generator/nexmark-events.ts';
import { bidsOf } from './model-events.ts';

export function lastBids(events: Iterable<NexmarkEvent>): Bid[] {
  const last = new Map<string, Bid>();
  for (const bid of bidsOf(events)) {
    const key = `${bid.bidder},${bid.auction}`;
    const before = last.get(key);
    if (before === undefined || before.dateTime <= bid.dateTime) {
      last.set(key, bid);
    }
  }
  return [...last.values()];
}
