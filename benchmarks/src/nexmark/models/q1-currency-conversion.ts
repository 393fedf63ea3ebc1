import type { NexmarkEvent } from '../generator/nexmark-events.ts';
import { bidsOf } from './model-events.ts';
import type { PlainBid } from './q0-pass-through.ts';

export function* convertCurrency(events: Iterable<NexmarkEvent>): Iterable<PlainBid> {
  for (const { auction, bidder, price, dateTime, extra } of bidsOf(events)) {
    yield { auction, bidder, price: Number(`${price * 908}e-3`), dateTime, extra };
  }
}
