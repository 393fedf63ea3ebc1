/** Query 2: the prices bid for every 123rd auction. */
import { type AuctionPrice, select } from '../models/q2-selection.ts';
import type { NexmarkQuery } from '../nexmark-query.ts';
import { bidView } from '../nexmark-views.ts';
import { rowNumber } from '../row-number.ts';

export const Q2: NexmarkQuery<AuctionPrice> = {
  name: 'q2',
  title: 'selection',
  program: (events) =>
    bidView(events)
      .filter((bid) => bid.auction % 123 === 0)
      .map(({ auction, price }) => ({ auction, price })),
  model: select,
  rowNumber: (row) => rowNumber(row.auction, row.price),
};
