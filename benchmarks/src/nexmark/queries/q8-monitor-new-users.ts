/**
 * Query 8: people who came and began an auction in the same ten seconds.
 *
 * Once for each window, however many auctions there are, as in SQL.
 */
import { type Collector, TumblingEventTimeWindows, Types } from 'millrace';
import type { Auction, Person } from '../generator/nexmark-events.ts';
import { type NewSeller, newSellers } from '../models/q8-monitor-new-users.ts';
import type { NexmarkQuery } from '../nexmark-query.ts';
import { auctionView, personView } from '../nexmark-views.ts';
import { rowNumber, textNumber } from '../row-number.ts';

const SIZE_MS = 10_000;

export const Q8: NexmarkQuery<NewSeller> = {
  name: 'q8',
  title: 'monitor new users',
  program: (events) =>
    personView(events)
      .coGroup(auctionView(events))
      .where((person) => person.id, Types.LONG)
      .equalTo((auction) => auction.seller)
      .window(TumblingEventTimeWindows.of(SIZE_MS))
      .apply<NewSeller>(collectNewSellers),
  model: newSellers,
  rowNumber: (row) => rowNumber(row.id, textNumber(row.name), row.stime),
};

function collectNewSellers(
  people: Iterable<Person>,
  auctions: Iterable<Auction>,
  out: Collector<NewSeller>,
): void {
  if (isEmpty(auctions)) {
    return;
  }
  const names = new Set<string>();
  for (const { id, name, dateTime } of people) {
    if (!names.has(name)) {
      names.add(name);
      out.collect({ id, name, stime: dateTime - (dateTime % SIZE_MS) });
    }
  }
}

function isEmpty(items: Iterable<unknown>): boolean {
  for (const _ of items) {
    return false;
  }
  return true;
}
