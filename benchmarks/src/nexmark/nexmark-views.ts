/** The three kinds of events as streams of their own. */
import type { Collector, DataStream } from 'millrace';
import {
  AUCTION,
  type Auction,
  BID,
  type Bid,
  type NexmarkEvent,
  PERSON,
  type Person,
} from './generator/nexmark-events.ts';

export function personView(events: DataStream<NexmarkEvent>): DataStream<Person> {
  return events.flatMap(collectPerson, PERSON).name('person');
}

export function auctionView(events: DataStream<NexmarkEvent>): DataStream<Auction> {
  return events.flatMap(collectAuction, AUCTION).name('auction');
}

export function bidView(events: DataStream<NexmarkEvent>): DataStream<Bid> {
  return events.flatMap(collectBid, BID).name('bid');
}

function collectPerson(event: NexmarkEvent, out: Collector<Person>): void {
  if (event.newPerson !== null) {
    out.collect(event.newPerson);
  }
}

function collectAuction(event: NexmarkEvent, out: Collector<Auction>): void {
  if (event.newAuction !== null) {
    out.collect(event.newAuction);
  }
}

function collectBid(event: NexmarkEvent, out: Collector<Bid>): void {
  if (event.bid !== null) {
    out.collect(event.bid);
  }
}
