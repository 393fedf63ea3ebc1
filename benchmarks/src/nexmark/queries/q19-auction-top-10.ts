/**
 * Query 19: the ten highest bids for each auction, ranked; of equal bids the earlier one ranks
 * higher.
 *
 * Gives a row for each rank that changes hands.
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
import { type RankedBid, topTen } from '../models/q19-auction-top-10.ts';
import type { NexmarkQuery } from '../nexmark-query.ts';
import { bidView } from '../nexmark-views.ts';
import { rowNumber, textNumber } from '../row-number.ts';

const RANKS = 10;

const RANKED_BID = Types.POJO<RankedBid>('io.millrace.benchmarks.nexmark.RankedBid', {
  auction: Types.LONG,
  bidder: Types.LONG,
  price: Types.LONG,
  channel: Types.STRING,
  url: Types.STRING,
  dateTime: Types.LONG,
  extra: Types.STRING,
  rankNumber: Types.LONG,
});

class TopBids extends KeyedProcessFunction<number, Bid, RankedBid> {
  /** Highest first. */
  private top!: ValueState<Bid[]>;

  override open(): void {
    this.top = this.runtimeContext.getState(new ValueStateDescriptor('top', Types.LIST(BID)));
  }

  override processElement(
    bid: Bid,
    _context: KeyedProcessContext<number>,
    out: Collector<RankedBid>,
  ): void {
    const top = this.top.value() ?? [];
    let place = top.length;
    while (place > 0 && ranksHigher(bid, top[place - 1] as Bid)) {
      place--;
    }
    if (place === RANKS) {
      return;
    }
    top.splice(place, 0, bid);
    top.length = Math.min(top.length, RANKS);
    this.top.update(top);
    for (let i = place; i < top.length; i++) {
      out.collect(ranked(top[i] as Bid, i + 1));
    }
  }
}

export const Q19: NexmarkQuery<RankedBid> = {
  name: 'q19',
  title: 'auction top 10',
  program: (events) =>
    bidView(events)
      .keyBy((bid) => bid.auction, Types.LONG)
      .process(new TopBids(), RANKED_BID),
  model: topTen,
  upsertKey: (row) => row.auction * (RANKS + 1) + row.rankNumber,
  rowNumber: (row) =>
    rowNumber(
      row.auction,
      row.bidder,
      row.price,
      row.dateTime,
      textNumber(row.channel),
      textNumber(row.url),
      textNumber(row.extra),
      row.rankNumber,
    ),
};

function ranksHigher(bid: Bid, other: Bid): boolean {
  return bid.price === other.price ? bid.dateTime < other.dateTime : bid.price > other.price;
}

function ranked(bid: Bid, rankNumber: number): RankedBid {
  const { auction, bidder, price, channel, url, dateTime, extra } = bid;
  return { auction, bidder, price, channel, url, dateTime, extra, rankNumber };
}
