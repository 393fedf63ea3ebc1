/** Makes auctions. Nexmark: AuctionGenerator. */
// Hot path.
import type { EventIds } from './event-ids.ts';
import type { EventRandom } from './event-random.ts';
import type { EventTimes } from './event-times.ts';
import {
  FIRST_AUCTION_ID,
  FIRST_CATEGORY_ID,
  FIRST_PERSON_ID,
  type NexmarkConfiguration,
  totalProportion,
} from './nexmark-configuration.ts';
import type { Auction } from './nexmark-events.ts';
import { nextPrice } from './next-price.ts';
import { nextExtra, nextString } from './random-strings.ts';

/** Few, so that queries find results in short streams. */
const NUM_CATEGORIES = 5;
/** The first person of each so many is the hot seller of its time. */
const HOT_SELLER_RATIO = 100;

export class AuctionGenerator {
  private readonly random: EventRandom;
  private readonly ids: EventIds;
  private readonly times: EventTimes;
  private readonly averageSize: number;
  private readonly hotSellersRatio: number;
  /** How many events it takes to make as many auctions as are in flight. */
  private readonly eventsInFlight: number;

  constructor(
    configuration: NexmarkConfiguration,
    parts: { random: EventRandom; ids: EventIds; times: EventTimes },
  ) {
    this.random = parts.random;
    this.ids = parts.ids;
    this.times = parts.times;
    this.averageSize = configuration.avgAuctionByteSize;
    this.hotSellersRatio = configuration.hotSellersRatio;
    this.eventsInFlight = Math.floor(
      (configuration.numInFlightAuctions * totalProportion(configuration)) /
        configuration.auctionProportion,
    );
  }

  /** @param eventNumber - the number that gave `dateTime` */
  auction(eventId: number, eventNumber: number, dateTime: number): Auction {
    const { random } = this;
    const id = this.ids.lastAuction(eventId) + FIRST_AUCTION_ID;
    const seller = this.seller(eventId) + FIRST_PERSON_ID;
    const category = FIRST_CATEGORY_ID + random.nextInt(NUM_CATEGORIES);
    const initialBid = nextPrice(random);
    const expires = dateTime + this.nextLengthMs(eventNumber, dateTime);
    const itemName = nextString(random, 20);
    const description = nextString(random, 100);
    const reserve = initialBid + nextPrice(random);
    const size = 8 + itemName.length + description.length + 5 * 8;
    const extra = nextExtra(random, size, this.averageSize);
    return {
      id,
      itemName,
      description,
      initialBid,
      reserve,
      dateTime,
      expires,
      seller,
      category,
      extra,
    };
  }

  private seller(eventId: number): number {
    if (this.random.nextInt(this.hotSellersRatio) > 0) {
      const last = this.ids.lastPerson(eventId);
      return last - (last % HOT_SELLER_RATIO);
    }
    return this.ids.somePerson(eventId, this.random);
  }

  /** On average as long as it takes to make as many auctions as are in flight. */
  private nextLengthMs(eventNumber: number, dateTime: number): number {
    const horizonMs = this.times.timestampOf(eventNumber + this.eventsInFlight) - dateTime;
    return 1 + this.random.nextInt(Math.max(horizonMs * 2, 1));
  }
}
