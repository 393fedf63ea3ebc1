/** Query 0: the bids as they are, without channel and URL. What the engine costs by itself. */
import { type PlainBid, passThrough } from '../models/q0-pass-through.ts';
import type { NexmarkQuery } from '../nexmark-query.ts';
import { bidView } from '../nexmark-views.ts';
import { rowNumber, textNumber } from '../row-number.ts';

export const Q0: NexmarkQuery<PlainBid> = {
  name: 'q0',
  title: 'pass through',
  program: (events) =>
    bidView(events).map(({ auction, bidder, price, dateTime, extra }) => ({
      auction,
      bidder,
      price,
      dateTime,
      extra,
    })),
  model: passThrough,
  rowNumber: (row) =>
    rowNumber(row.auction, row.bidder, row.price, row.dateTime, textNumber(row.extra)),
};
