/**
 * Query 6: the average that each seller's last ten closed auctions were sold for.
 *
 * Flink's SQL has the query but cannot run it. As in the original one, and in Beam, an auction counts
 * when it closes, and gives one row then. A seller's auctions count in the order of their ends, those
 * of one end in the order of their ids.
 */
import {
  type Collector,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type MapState,
  MapStateDescriptor,
  type OnTimerContext,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from 'millrace';
import { averageSellingPrices, type SellerPrice } from '../models/q6-average-selling-price.ts';
import type { NexmarkQuery } from '../nexmark-query.ts';
import { auctionView, bidView } from '../nexmark-views.ts';
import { rowNumber } from '../row-number.ts';
import { type OpenAuction, WinningBids } from './winning-bids.ts';

interface ClosedAuction {
  readonly id: number;
  readonly seller: number;
  readonly expires: number;
  readonly price: number;
}

const LAST_AUCTIONS = 10;

const CLOSED_AUCTION = Types.POJO<ClosedAuction>('io.millrace.benchmarks.nexmark.ClosedAuction', {
  id: Types.LONG,
  seller: Types.LONG,
  expires: Types.LONG,
  price: Types.LONG,
});

class ClosedAuctions extends WinningBids<ClosedAuction> {
  protected override closed(
    { id, seller, expires, price }: OpenAuction,
    out: Collector<ClosedAuction>,
  ): void {
    if (price > 0) {
      out.collect({ id, seller, expires, price });
    }
  }
}

/** Closed auctions come from many subtasks, so they wait until all of their time are there. */
class SellerAverage extends KeyedProcessFunction<number, ClosedAuction, SellerPrice> {
  private waiting!: MapState<number, ClosedAuction[]>;
  private prices!: ValueState<number[]>;

  override open(): void {
    const { runtimeContext } = this;
    this.waiting = runtimeContext.getMapState(
      new MapStateDescriptor('waiting', Types.LONG, Types.LIST(CLOSED_AUCTION)),
    );
    this.prices = runtimeContext.getState(
      new ValueStateDescriptor('prices', Types.LIST(Types.LONG)),
    );
  }

  override processElement(auction: ClosedAuction, context: KeyedProcessContext<number>): void {
    const atOnce = this.waiting.get(auction.expires) ?? [];
    atOnce.push(auction);
    this.waiting.put(auction.expires, atOnce);
    context.timerService().registerEventTimeTimer(auction.expires);
  }

  override onTimer(
    time: number,
    context: OnTimerContext<number>,
    out: Collector<SellerPrice>,
  ): void {
    const closed = (this.waiting.get(time) ?? []).sort((a, b) => a.id - b.id);
    this.waiting.remove(time);
    const prices = this.prices.value() ?? [];
    for (const { price } of closed) {
      prices.push(price);
      if (prices.length > LAST_AUCTIONS) {
        prices.shift();
      }
      const sum = prices.reduce((total, each) => total + each, 0);
      out.collect({ seller: context.currentKey, avgPrice: Math.trunc(sum / prices.length) });
    }
    this.prices.update(prices);
  }
}

export const Q6: NexmarkQuery<SellerPrice> = {
  name: 'q6',
  title: 'average selling price by seller',
  program: (events) =>
    auctionView(events)
      .keyBy((auction) => auction.id, Types.LONG)
      .connect(bidView(events).keyBy((bid) => bid.auction, Types.LONG))
      .process(new ClosedAuctions(), CLOSED_AUCTION)
      .keyBy((closed) => closed.seller, Types.LONG)
      .process(new SellerAverage()),
  model: averageSellingPrices,
  rowNumber: (row) => rowNumber(row.seller, row.avgPrice),
};
