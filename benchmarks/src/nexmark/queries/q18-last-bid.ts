/**
 * Query 18: the last bid of each bidder for each auction.
 *
 * Gives a row whenever there is a later one; of bids at the same time the one that comes later.
 */
import {
  type Collector,
  type KeyedProcessContext,
  KeyedProcessFunction,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from 'millrace';
import { BID, type Bid } from '../generator/nexmark-events.ts';
import { lastBids } from '../models/q18-last-bid.ts';
import type { NexmarkQuery } from '../nexmark-query.ts';
import { bidView } from '../nexmark-views.ts';
import { rowNumber, textNumber } from '../row-number.ts';

const BIDDER_AND_AUCTION = Types.TUPLE<[number, number]>(Types.LONG, Types.LONG);
const AUCTIONS_MAX = 2 ** 26;

class LastBid extends KeyedProcessFunction<[number, number], Bid, Bid> {
  private last!: ValueState<Bid>;

  override open(): void {
    this.last = this.runtimeContext.getState(new ValueStateDescriptor('last', BID));
  }

  override processElement(
    bid: Bid,
    _context: KeyedProcessContext<[number, number]>,
    out: Collector<Bid>,
  ): void {
    const last = this.last.value();
    if (last === undefined || bid.dateTime >= last.dateTime) {
      this.last.update(bid);
      out.collect(bid);
    }
  }
}

export const Q18: NexmarkQuery<Bid> = {
  name: 'q18',
  title: 'last bid',
  program: (events) =>
    bidView(events)
      .keyBy((bid) => [bid.bidder, bid.auction], BIDDER_AND_AUCTION)
      .process(new LastBid(), BID),
  model: lastBids,
  upsertKey: (row) => row.bidder * AUCTIONS_MAX + row.auction,
  rowNumber: (row) =>
    rowNumber(
      row.auction,
      row.bidder,
      row.price,
      row.dateTime,
      textNumber(row.channel),
      textNumber(row.url),
      textNumber(row.extra),
    ),
};
