/**
 * Makes bids.
 *
 * nexmark-flink adds the first person's id to a bidder twice, so that its bidders are ids of other
 * people; here it is added once, as in Beam.
 *
 * Nexmark: BidGenerator.
 */
// Hot path.
import type { EventIds } from './event-ids.ts';
import { EventRandom } from './event-random.ts';
import {
  FIRST_AUCTION_ID,
  FIRST_PERSON_ID,
  type NexmarkConfiguration,
} from './nexmark-configuration.ts';
import type { Bid } from './nexmark-events.ts';
import { nextPrice } from './next-price.ts';
import { nextExtra, nextString } from './random-strings.ts';

/** The first auction of each so many is the hot one of its time. */
const HOT_AUCTION_RATIO = 100;
/** The second person of each so many is the hot bidder, so that it is not the hot seller. */
const HOT_BIDDER_RATIO = 100;
const HOT_CHANNELS_RATIO = 2;
const HOT_CHANNELS = ['Google', 'Facebook', 'Baidu', 'Apple'];
const CHANNELS_NUMBER = 10_000;
const UNDERSCORE = 95;
const NUMBERS_SIZE = 8 + 8 + 8 + 8;

interface Channel {
  readonly name: string;
  readonly url: string;
}

/** The hot ones first. */
const CHANNELS: readonly Channel[] = channels();

export class BidGenerator {
  private readonly random: EventRandom;
  private readonly ids: EventIds;
  private readonly averageSize: number;
  private readonly hotAuctionRatio: number;
  private readonly hotBiddersRatio: number;

  constructor(configuration: NexmarkConfiguration, random: EventRandom, ids: EventIds) {
    this.random = random;
    this.ids = ids;
    this.averageSize = configuration.avgBidByteSize;
    this.hotAuctionRatio = configuration.hotAuctionRatio;
    this.hotBiddersRatio = configuration.hotBiddersRatio;
  }

  bid(eventId: number, dateTime: number): Bid {
    const { random } = this;
    const auction = this.auction(eventId) + FIRST_AUCTION_ID;
    const bidder = this.bidder(eventId) + FIRST_PERSON_ID;
    const price = nextPrice(random);
    const channel = this.channel();
    const extra = nextExtra(random, NUMBERS_SIZE, this.averageSize);
    return { auction, bidder, price, channel: channel.name, url: channel.url, dateTime, extra };
  }

  private auction(eventId: number): number {
    if (this.random.nextInt(this.hotAuctionRatio) > 0) {
      const last = this.ids.lastAuction(eventId);
      return last - (last % HOT_AUCTION_RATIO);
    }
    return this.ids.someAuction(eventId, this.random);
  }

  private bidder(eventId: number): number {
    if (this.random.nextInt(this.hotBiddersRatio) > 0) {
      const last = this.ids.lastPerson(eventId);
      return last - (last % HOT_BIDDER_RATIO) + 1;
    }
    return this.ids.somePerson(eventId, this.random);
  }

  private channel(): Channel {
    const index =
      this.random.nextInt(HOT_CHANNELS_RATIO) > 0
        ? this.random.nextInt(HOT_CHANNELS.length)
        : HOT_CHANNELS.length + this.random.nextInt(CHANNELS_NUMBER);
    return CHANNELS[index] as Channel;
  }
}

/** The same for each seed. One URL of ten lacks the channel's number. */
function channels(): Channel[] {
  const random = new EventRandom(1);
  const hot = HOT_CHANNELS.map((name) => ({ name, url: baseUrl(random) }));
  const others = Array.from({ length: CHANNELS_NUMBER }, (_, i) => {
    const url = baseUrl(random);
    const numbered = random.nextInt(10) > 0;
    return {
      name: `channel-${i}`,
      url: numbered ? `${url}&channel_id=${Math.abs(bitsReversed(i))}` : url,
    };
  });
  return [...hot, ...others];
}

function baseUrl(random: EventRandom): string {
  const folders = [0, 1, 2].map(() => nextString(random, 5, UNDERSCORE)).join('/');
  return `https://www.nexmark.com/${folders}/item.htm?query=1`;
}

/** Java's Integer.reverse. */
function bitsReversed(n: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit++) {
    reversed |= ((n >>> bit) & 1) << (31 - bit);
  }
  return reversed;
}
