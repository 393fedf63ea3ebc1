import type { Bid, NexmarkEvent } from '../generator/nexmark-events.ts';
import { bidsByAuction } from './model-events.ts';

export interface RankedBid extends Bid {
  readonly rankNumber: number;
}

export function topTen(events: Iterable<NexmarkEvent>): RankedBid[] {
  return [...bidsByAuction(events).values()].flatMap((bids) =>
    bids
      .sort((a, b) => b.price - a.price || a.dateTime - b.dateTime)
      .slice(0, 10)
      .map((bid, i) => ({ ...bid, rankNumber: i + 1 })),
  );
}
