/**
 * The highest bid for each auction while it is open: what queries 4 and 6 share.
 *
 * Invariants:
 * - Bids count from the auction's time to its end, both included, whichever comes first, the bid or
 *   the auction.
 * - Nothing is kept longer than the watermark allows: an auction until its end has passed, an early
 *   bid until its own time has passed.
 */
import {
  type Collector,
  KeyedCoProcessFunction,
  type KeyedProcessContext,
  type ListState,
  ListStateDescriptor,
  type OnTimerContext,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from 'millrace';
import type { Auction, Bid } from '../generator/nexmark-events.ts';

export interface OpenAuction {
  readonly id: number;
  readonly seller: number;
  readonly category: number;
  readonly dateTime: number;
  readonly expires: number;
  /** The highest bid so far; 0 while there is none. */
  price: number;
}

/** A bid that came before its auction. */
interface EarlyBid {
  readonly price: number;
  readonly dateTime: number;
}

const OPEN_AUCTION = Types.POJO<OpenAuction>('io.millrace.benchmarks.nexmark.OpenAuction', {
  id: Types.LONG,
  seller: Types.LONG,
  category: Types.LONG,
  dateTime: Types.LONG,
  expires: Types.LONG,
  price: Types.LONG,
});

const EARLY_BID = Types.POJO<EarlyBid>('io.millrace.benchmarks.nexmark.EarlyBid', {
  price: Types.LONG,
  dateTime: Types.LONG,
});

export abstract class WinningBids<OUT> extends KeyedCoProcessFunction<number, Auction, Bid, OUT> {
  private auction!: ValueState<OpenAuction>;
  private early!: ListState<EarlyBid>;

  /** The auction's highest bid was `before`, 0 for none, and is a higher one now. */
  protected raised(_auction: OpenAuction, _before: number, _out: Collector<OUT>): void {}

  /** No bid can come any more. */
  protected closed(_auction: OpenAuction, _out: Collector<OUT>): void {}

  override open(): void {
    const { runtimeContext } = this;
    this.auction = runtimeContext.getState(new ValueStateDescriptor('auction', OPEN_AUCTION));
    this.early = runtimeContext.getListState(new ListStateDescriptor('early-bids', EARLY_BID));
  }

  override processElement1(
    { id, seller, category, dateTime, expires }: Auction,
    context: KeyedProcessContext<number>,
    out: Collector<OUT>,
  ): void {
    const auction: OpenAuction = { id, seller, category, dateTime, expires, price: 0 };
    for (const bid of this.early.get()) {
      if (isHigher(bid, auction)) {
        auction.price = bid.price;
      }
    }
    this.early.clear();
    this.auction.update(auction);
    context.timerService().registerEventTimeTimer(expires);
    if (auction.price > 0) {
      this.raised(auction, 0, out);
    }
  }

  override processElement2(
    { price, dateTime }: Bid,
    context: KeyedProcessContext<number>,
    out: Collector<OUT>,
  ): void {
    const auction = this.auction.value();
    if (auction === undefined) {
      this.early.add({ price, dateTime });
      context.timerService().registerEventTimeTimer(dateTime);
      return;
    }
    const before = auction.price;
    if (isHigher({ price, dateTime }, auction)) {
      auction.price = price;
      this.auction.update(auction);
      this.raised(auction, before, out);
    }
  }

  override onTimer(time: number, _context: OnTimerContext<number>, out: Collector<OUT>): void {
    const auction = this.auction.value();
    if (auction === undefined) {
      this.early.update([...this.early.get()].filter((bid) => bid.dateTime > time));
    } else if (auction.expires <= time) {
      this.auction.clear();
      this.closed(auction, out);
    }
  }
}

function isHigher(bid: EarlyBid, auction: OpenAuction): boolean {
  return (
    bid.price > auction.price && bid.dateTime >= auction.dateTime && bid.dateTime <= auction.expires
  );
}
