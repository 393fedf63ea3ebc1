import type { Bid, NexmarkEvent } from '../generator/nexmark-events.ts';
import { bidsOf } from './model-events.ts';

export type PlainBid = Pick<Bid, 'auction' | 'bidder' | 'price' | 'dateTime' | 'extra'>;

export function* passThrough(events: Iterable<NexmarkEvent>): Iterable<PlainBid> {
  for (const { auction, bidder, price, dateTime, extra } of bidsOf(events)) {
    yield { auction, bidder, price, dateTime, extra };
  }
}
