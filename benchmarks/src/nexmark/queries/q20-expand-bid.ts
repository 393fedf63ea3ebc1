/**
 * Query 20: bids together with their auctions, where these are of category 10.
 *
 * All auctions are kept for ever, as in SQL: bids of other categories then need not wait. A bid waits
 * only until its auction is known, since auctions come once.
 */
import {
  type Collector,
  KeyedCoProcessFunction,
  type KeyedProcessContext,
  type ListState,
  ListStateDescriptor,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from 'millrace';
import { AUCTION, type Auction, BID, type Bid } from '../generator/nexmark-events.ts';
import { type ExpandedBid, expandBids } from '../models/q20-expand-bid.ts';
import type { NexmarkQuery } from '../nexmark-query.ts';
import { auctionView, bidView } from '../nexmark-views.ts';
import { rowNumber, textNumber } from '../row-number.ts';

const CATEGORY = 10;

class ExpandBids extends KeyedCoProcessFunction<number, Bid, Auction, ExpandedBid> {
  private auction!: ValueState<Auction>;
  private waiting!: ListState<Bid>;

  override open(): void {
    const { runtimeContext } = this;
    this.auction = runtimeContext.getState(new ValueStateDescriptor('auction', AUCTION));
    this.waiting = runtimeContext.getListState(new ListStateDescriptor('waiting', BID));
  }

  override processElement1(
    bid: Bid,
    _context: KeyedProcessContext<number>,
    out: Collector<ExpandedBid>,
  ): void {
    const auction = this.auction.value();
    if (auction === undefined) {
      this.waiting.add(bid);
    } else if (auction.category === CATEGORY) {
      out.collect(expanded(bid, auction));
    }
  }

  override processElement2(
    auction: Auction,
    _context: KeyedProcessContext<number>,
    out: Collector<ExpandedBid>,
  ): void {
    this.auction.update(auction);
    if (auction.category === CATEGORY) {
      for (const bid of this.waiting.get()) {
        out.collect(expanded(bid, auction));
      }
    }
    this.waiting.clear();
  }
}

export const Q20: NexmarkQuery<ExpandedBid> = {
  name: 'q20',
  title: 'expand bid with auction',
  program: (events) =>
    bidView(events)
      .keyBy((bid) => bid.auction, Types.LONG)
      .connect(auctionView(events).keyBy((auction) => auction.id, Types.LONG))
      .process(new ExpandBids()),
  model: expandBids,
  rowNumber: (row) =>
    rowNumber(
      rowNumber(row.auction, row.bidder, row.price, row.bidDateTime, textNumber(row.bidExtra)),
      textNumber(row.channel),
      textNumber(row.url),
      textNumber(row.itemName),
      textNumber(row.description),
      rowNumber(row.initialBid, row.reserve, row.auctionDateTime, row.expires, row.seller),
      row.category,
      textNumber(row.auctionExtra),
    ),
};

function expanded(bid: Bid, auction: Auction): ExpandedBid {
  return {
    auction: bid.auction,
    bidder: bid.bidder,
    price: bid.price,
    channel: bid.channel,
    url: bid.url,
    bidDateTime: bid.dateTime,
    bidExtra: bid.extra,
    itemName: auction.itemName,
    description: auction.description,
    initialBid: auction.initialBid,
    reserve: auction.reserve,
    auctionDateTime: auction.dateTime,
    expires: auction.expires,
    seller: auction.seller,
    category: auction.category,
    auctionExtra: auction.extra,
  };
}
