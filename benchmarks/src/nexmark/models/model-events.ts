/** The three kinds of events, for the models. */
import type { Auction, Bid, NexmarkEvent, Person } from '../generator/nexmark-events.ts';

export function* peopleOf(events: Iterable<NexmarkEvent>): Iterable<Person> {
  for (const { newPerson } of events) {
    if (newPerson !== null) {
      yield newPerson;
    }
  }
}

export function* auctionsOf(events: Iterable<NexmarkEvent>): Iterable<Auction> {
  for (const { newAuction } of events) {
    if (newAuction !== null) {
      yield newAuction;
    }
  }
}

export function* bidsOf(events: Iterable<NexmarkEvent>): Iterable<Bid> {
  for (const { bid } of events) {
    if (bid !== null) {
      yield bid;
    }
  }
}

/** In their order for each auction. */
export function bidsByAuction(events: Iterable<NexmarkEvent>): Map<number, Bid[]> {
  const bidsFor = new Map<number, Bid[]>();
  for (const bid of bidsOf(events)) {
    const bids = bidsFor.get(bid.auction);
    if (bids === undefined) {
      bidsFor.set(bid.auction, [bid]);
    } else {
      bids.push(bid);
    }
  }
  return bidsFor;
}
