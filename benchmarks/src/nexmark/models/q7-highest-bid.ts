import type { Bid, NexmarkEvent } from '../generator/nexmark-events.ts';
import { bidsOf } from './model-events.ts';
import type { PlainBid } from './q0-pass-through.ts';

const SIZE_MS = 10_000;

export function highestBids(events: Iterable<NexmarkEvent>): PlainBid[] {
  const windows = new Map<number, Bid[]>();
  for (const bid of bidsOf(events)) {
    const window = Math.floor(bid.dateTime / SIZE_MS);
    const highest = windows.get(window);
    if (highest === undefined || (highest[0] as Bid).price < bid.price) {
      windows.set(window, [bid]);
    } else if ((highest[0] as Bid).price === bid.price) {
      highest.push(bid);
    }
  }
  return [...windows.values()].flat().map(({ auction, bidder, price, dateTime, extra }) => ({
    auction,
    bidder,
    price,
    dateTime,
    extra,
  }));
}
