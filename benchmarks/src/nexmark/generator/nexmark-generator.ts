/**
 * The events of one generator, in the order in which they come.
 *
 * Invariants:
 * - An event depends on the configuration and its id alone, so a generator can go on anywhere.
 * - Timestamps rise but for the disorder within groups of `outOfOrderGroupSize`.
 *
 * Nexmark: NexmarkGenerator.
 */
// Hot path.
import { AuctionGenerator } from './auction-generator.ts';
import { BidGenerator } from './bid-generator.ts';
import { EventIds } from './event-ids.ts';
import { EventRandom } from './event-random.ts';
import { EventTimes } from './event-times.ts';
import type { NexmarkConfiguration } from './nexmark-configuration.ts';
import type { NexmarkEvent } from './nexmark-events.ts';
import { nexmarkSplits } from './nexmark-split.ts';
import { PersonGenerator } from './person-generator.ts';

export class NexmarkGenerator {
  private readonly firstEventId: number;
  private readonly numEvents: number;
  private readonly random: EventRandom;
  private readonly ids: EventIds;
  private readonly times: EventTimes;
  private readonly people: PersonGenerator;
  private readonly auctions: AuctionGenerator;
  private readonly bids: BidGenerator;
  private emitted: number;
  private lastTimestamp: number;

  constructor(
    configuration: NexmarkConfiguration,
    range: { readonly firstEventId: number; readonly numEvents: number; readonly emitted: number },
  ) {
    this.firstEventId = range.firstEventId;
    this.numEvents = range.numEvents;
    const random = new EventRandom(configuration.seed);
    const ids = new EventIds(configuration);
    const times = new EventTimes(configuration);
    this.random = random;
    this.ids = ids;
    this.times = times;
    this.people = new PersonGenerator(configuration, random, ids);
    this.auctions = new AuctionGenerator(configuration, { random, ids, times });
    this.bids = new BidGenerator(configuration, random, ids);
    this.emitted = range.emitted;
    this.lastTimestamp = configuration.baseTime;
  }

  /** How many events came so far. */
  get eventsCountSoFar(): number {
    return this.emitted;
  }

  get hasNext(): boolean {
    return this.emitted < this.numEvents;
  }

  /** Event time of the event that came last. */
  get timestamp(): number {
    return this.lastTimestamp;
  }

  /** Event time at which the next event is due: without the disorder. */
  get nextDueTime(): number {
    return this.times.timestampOf(this.emitted);
  }

  next(): NexmarkEvent {
    const eventNumber = this.times.adjustedNumber(this.emitted);
    const eventId = this.firstEventId + eventNumber;
    const timestamp = this.times.timestampOf(eventNumber);
    this.emitted += 1;
    this.lastTimestamp = timestamp;
    this.random.startEvent(eventId);
    if (this.ids.isBid(eventId)) {
      const bid = this.bids.bid(eventId, timestamp);
      return { type: 'BID', newPerson: null, newAuction: null, bid };
    }
    if (this.ids.isPerson(eventId)) {
      const newPerson = this.people.person(eventId, timestamp);
      return { type: 'PERSON', newPerson, newAuction: null, bid: null };
    }
    const newAuction = this.auctions.auction(eventId, eventNumber, timestamp);
    return { type: 'AUCTION', newPerson: null, newAuction, bid: null };
  }
}

/** All events, those of one generator after those of the other. */
export function* nexmarkEvents(configuration: NexmarkConfiguration): Iterable<NexmarkEvent> {
  for (const split of nexmarkSplits(configuration)) {
    const generator = new NexmarkGenerator(configuration, split);
    while (generator.hasNext) {
      yield generator.next();
    }
  }
}
