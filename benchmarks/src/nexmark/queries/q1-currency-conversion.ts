/**
 * Query 1: bids with prices in euros.
 *
 * SQL computes in decimals with three places. Here a price is the number nearest to that decimal: it
 * is divided last.
 */
import type { PlainBid } from '../models/q0-pass-through.ts';
import { convertCurrency } from '../models/q1-currency-conversion.ts';
import type { NexmarkQuery } from '../nexmark-query.ts';
import { bidView } from '../nexmark-views.ts';
import { rowNumber, textNumber } from '../row-number.ts';

/** What a dollar is worth. */
const THOUSANDTHS_OF_EURO = 908;

export const Q1: NexmarkQuery<PlainBid> = {
  name: 'q1',
  title: 'currency conversion',
  program: (events) =>
    bidView(events).map(({ auction, bidder, price, dateTime, extra }) => ({
      auction,
      bidder,
      price: (price * THOUSANDTHS_OF_EURO) / 1000,
      dateTime,
      extra,
    })),
  model: convertCurrency,
  rowNumber: (row) =>
    rowNumber(
      row.auction,
      row.bidder,
      Math.round(row.price * 1000),
      row.dateTime,
      textNumber(row.extra),
    ),
};
