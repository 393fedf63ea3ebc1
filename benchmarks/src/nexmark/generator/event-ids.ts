/**
 * Which people and auctions there are by the time of an event, from the event's id alone.
 *
 * Of each `totalProportion` ids the first are people, then come auctions, then bids. Ids of people
 * and auctions count from 0 here.
 *
 * Nexmark: PersonGenerator and AuctionGenerator, their ids.
 */
// Hot path.
import type { EventRandom } from './event-random.ts';
import { type NexmarkConfiguration, totalProportion } from './nexmark-configuration.ts';

/** So many ids ahead of the last one may be chosen, as if events had been swapped. */
const PERSON_ID_LEAD = 10;
const AUCTION_ID_LEAD = 10;

export class EventIds {
  private readonly total: number;
  private readonly people: number;
  private readonly auctions: number;
  private readonly inFlightAuctions: number;
  private readonly activePeople: number;

  constructor(configuration: NexmarkConfiguration) {
    this.total = totalProportion(configuration);
    this.people = configuration.personProportion;
    this.auctions = configuration.auctionProportion;
    this.inFlightAuctions = configuration.numInFlightAuctions;
    this.activePeople = configuration.numActivePeople;
  }

  isPerson(eventId: number): boolean {
    return eventId % this.total < this.people;
  }

  isBid(eventId: number): boolean {
    return eventId % this.total >= this.people + this.auctions;
  }

  /** The event's own person if it is one. */
  lastPerson(eventId: number): number {
    const offset = Math.min(eventId % this.total, this.people - 1);
    return Math.floor(eventId / this.total) * this.people + offset;
  }

  /** The event's own auction if it is one; -1 before the first one. */
  lastAuction(eventId: number): number {
    const epoch = Math.floor(eventId / this.total);
    const offset = (eventId % this.total) - this.people;
    return offset < 0
      ? epoch * this.auctions - 1
      : epoch * this.auctions + Math.min(offset, this.auctions - 1);
  }

  /** One of the active people, or of the few that come next. */
  somePerson(eventId: number, random: EventRandom): number {
    const people = this.lastPerson(eventId) + 1;
    const active = Math.min(people, this.activePeople);
    return people - active + random.nextInt(active + PERSON_ID_LEAD);
  }

  /** One of the auctions in flight, or of the few that come next. */
  someAuction(eventId: number, random: EventRandom): number {
    const last = this.lastAuction(eventId);
    const first = Math.max(last - this.inFlightAuctions, 0);
    return first + random.nextInt(last - first + 1 + AUCTION_ID_LEAD);
  }
}
