import type { Bid, NexmarkEvent } from '../generator/nexmark-events.ts';
import { bidsOf } from './model-events.ts';

export type AuctionPrice = Pick<Bid, 'auction' | 'price'>;

export function* select(events: Iterable<NexmarkEvent>): Iterable<AuctionPrice> {
  for (const { auction, price } of bidsOf(events)) {
    if (Number.isInteger(auction / 123)) {
      yield { auction, price };
    }
  }
}
