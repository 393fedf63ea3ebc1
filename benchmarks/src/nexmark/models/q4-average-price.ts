import type { NexmarkEvent } from '../generator/nexmark-events.ts';
import { soldAuctions } from './winning-bids.ts';

export interface CategoryPrice {
  /** Of the category. */
  readonly id: number;
  /** The average of what its auctions were sold for, cut to whole cents. */
  readonly final: number;
}

export function averagePrices(events: Iterable<NexmarkEvent>): CategoryPrice[] {
  const pricesIn = new Map<number, number[]>();
  for (const { auction, price } of soldAuctions(events)) {
    const prices = pricesIn.get(auction.category) ?? [];
    prices.push(price);
    pricesIn.set(auction.category, prices);
  }
  return [...pricesIn].map(([id, prices]) => ({
    id,
    final: Math.trunc(prices.reduce((sum, price) => sum + price, 0) / prices.length),
  }));
}
