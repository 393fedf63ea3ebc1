/**
 * Query 4: the average, for each category, of what its auctions are sold for.
 *
 * As in SQL the highest bid of an auction counts before the auction closes. Gives a category's new
 * average whenever it may have changed.
 */
import {
  type Collector,
  type KeyedProcessContext,
  KeyedProcessFunction,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from 'millrace';
import { averagePrices, type CategoryPrice } from '../models/q4-average-price.ts';
import type { NexmarkQuery } from '../nexmark-query.ts';
import { auctionView, bidView } from '../nexmark-views.ts';
import { rowNumber } from '../row-number.ts';
import { type OpenAuction, WinningBids } from './winning-bids.ts';

interface PriceChange {
  readonly category: number;
  /** 0 for the first price of an auction. */
  readonly before: number;
  readonly price: number;
}

interface PriceSum {
  count: number;
  total: number;
}

const PRICE_CHANGE = Types.POJO<PriceChange>('io.millrace.benchmarks.nexmark.PriceChange', {
  category: Types.LONG,
  before: Types.LONG,
  price: Types.LONG,
});
const PRICE_SUM = Types.POJO<PriceSum>('io.millrace.benchmarks.nexmark.PriceSum', {
  count: Types.LONG,
  total: Types.LONG,
});

class PriceChanges extends WinningBids<PriceChange> {
  protected override raised(
    { category, price }: OpenAuction,
    before: number,
    out: Collector<PriceChange>,
  ): void {
    out.collect({ category, before, price });
  }
}

class CategoryAverage extends KeyedProcessFunction<number, PriceChange, CategoryPrice> {
  private sum!: ValueState<PriceSum>;

  override open(): void {
    this.sum = this.runtimeContext.getState(new ValueStateDescriptor('sum', PRICE_SUM));
  }

  override processElement(
    { category, before, price }: PriceChange,
    _context: KeyedProcessContext<number>,
    out: Collector<CategoryPrice>,
  ): void {
    const sum = this.sum.value() ?? { count: 0, total: 0 };
    sum.count += before === 0 ? 1 : 0;
    sum.total += price - before;
    this.sum.update(sum);
    out.collect({ id: category, final: Math.trunc(sum.total / sum.count) });
  }
}

export const Q4: NexmarkQuery<CategoryPrice> = {
  name: 'q4',
  title: 'average price for a category',
  program: (events) =>
    auctionView(events)
      .keyBy((auction) => auction.id, Types.LONG)
      .connect(bidView(events).keyBy((bid) => bid.auction, Types.LONG))
      .process(new PriceChanges(), PRICE_CHANGE)
      .keyBy((change) => change.category, Types.LONG)
      .process(new CategoryAverage()),
  model: averagePrices,
  upsertKey: (row) => row.id,
  rowNumber: (row) => rowNumber(row.id, row.final),
};
