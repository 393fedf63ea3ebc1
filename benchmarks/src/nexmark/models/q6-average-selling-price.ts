import type { NexmarkEvent } from '../generator/nexmark-events.ts';
import { soldAuctions } from './winning-bids.ts';

/** One for each auction that was sold, when it closes. */
export interface SellerPrice {
  readonly seller: number;
  /** The average of the seller's last auctions, ten at most, cut to whole cents. */
  readonly avgPrice: number;
}

export function averageSellingPrices(events: Iterable<NexmarkEvent>): SellerPrice[] {
  const closed = soldAuctions(events).sort(
    (a, b) => a.auction.expires - b.auction.expires || a.auction.id - b.auction.id,
  );
  const pricesOf = new Map<number, number[]>();
  return closed.map(({ auction: { seller }, price }) => {
    const prices = pricesOf.get(seller) ?? [];
    prices.push(price);
    pricesOf.set(seller, prices);
    const last = prices.slice(-10);
    const sum = last.reduce((total, each) => total + each, 0);
    return { seller, avgPrice: Math.trunc(sum / last.length) };
  });
}
