/** What queries 4 and 6 share. */
import type { Auction, NexmarkEvent } from '../generator/nexmark-events.ts';
import { auctionsOf, bidsByAuction } from './model-events.ts';

export interface SoldAuction {
  readonly auction: Auction;
  readonly price: number;
}

/** Auctions with the highest price that was bid while they were open, if any was. */
export function soldAuctions(events: Iterable<NexmarkEvent>): SoldAuction[] {
  const all = [...events];
  const bidsFor = bidsByAuction(all);
  const sold: SoldAuction[] = [];
  for (const auction of auctionsOf(all)) {
    const prices = (bidsFor.get(auction.id) ?? [])
      .filter((bid) => bid.dateTime >= auction.dateTime && bid.dateTime <= auction.expires)
      .map((bid) => bid.price);
    if (prices.length > 0) {
      sold.push({ auction, price: Math.max(...prices) });
    }
  }
  return sold;
}
