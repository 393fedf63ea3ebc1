/**
 * Query 3: who sells in Oregon, Idaho or California, in category 10, and which auctions.
 *
 * People are kept for ever, as in SQL. An auction waits only until its seller is known, since people
 * come once.
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
import { type Auction, PERSON, type Person } from '../generator/nexmark-events.ts';
import { type LocalItem, localItems } from '../models/q3-local-item-suggestion.ts';
import type { NexmarkQuery } from '../nexmark-query.ts';
import { auctionView, personView } from '../nexmark-views.ts';
import { rowNumber, textNumber } from '../row-number.ts';

const CATEGORY = 10;

class LocalItems extends KeyedCoProcessFunction<number, Auction, Person, LocalItem> {
  private seller!: ValueState<Person>;
  /** Ids of auctions whose seller is not known yet. */
  private waiting!: ListState<number>;

  override open(): void {
    const { runtimeContext } = this;
    this.seller = runtimeContext.getState(new ValueStateDescriptor('seller', PERSON));
    this.waiting = runtimeContext.getListState(new ListStateDescriptor('waiting', Types.LONG));
  }

  override processElement1(
    auction: Auction,
    _context: KeyedProcessContext<number>,
    out: Collector<LocalItem>,
  ): void {
    const seller = this.seller.value();
    if (seller === undefined) {
      this.waiting.add(auction.id);
    } else {
      collectIfLocal(seller, auction.id, out);
    }
  }

  override processElement2(
    seller: Person,
    _context: KeyedProcessContext<number>,
    out: Collector<LocalItem>,
  ): void {
    this.seller.update(seller);
    for (const id of this.waiting.get()) {
      collectIfLocal(seller, id, out);
    }
    this.waiting.clear();
  }
}

export const Q3: NexmarkQuery<LocalItem> = {
  name: 'q3',
  title: 'local item suggestion',
  program: (events) =>
    auctionView(events)
      .filter((auction) => auction.category === CATEGORY)
      .keyBy((auction) => auction.seller, Types.LONG)
      .connect(personView(events).keyBy((person) => person.id, Types.LONG))
      .process(new LocalItems()),
  model: localItems,
  rowNumber: (row) =>
    rowNumber(row.id, textNumber(row.name), textNumber(row.city), textNumber(row.state)),
};

function collectIfLocal(seller: Person, id: number, out: Collector<LocalItem>): void {
  const { name, city, state } = seller;
  if (state === 'OR' || state === 'ID' || state === 'CA') {
    out.collect({ name, city, state, id });
  }
}
