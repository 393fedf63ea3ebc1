/**
 * What the generator can be told, with the published names and defaults.
 *
 * Nexmark: NexmarkConfiguration of Beam and nexmark-flink. Ours alone is `seed`.
 */
import { ConfigError } from 'millrace';

export type RateShape = 'SQUARE' | 'SINE';

export interface NexmarkConfiguration {
  /** Of all generators together. */
  readonly numEvents: number;
  /** Each has ids of its own and a timeline of its own, which all begin at `baseTime`. */
  readonly numEventGenerators: number;
  /** Event time of the first event. */
  readonly baseTime: number;
  /** Another seed gives other people, auctions and bids. */
  readonly seed: number;
  /** Events a second of event time, of all generators together. */
  readonly firstEventRate: number;
  /** Another than `firstEventRate` makes the rate change between the two in `rateShape`. */
  readonly nextEventRate: number;
  readonly rateShape: RateShape;
  readonly ratePeriodSec: number;
  /** False gives each event at its due time, by the clock. */
  readonly maxEmitSpeed: boolean;
  readonly personProportion: number;
  readonly auctionProportion: number;
  readonly bidProportion: number;
  readonly avgPersonByteSize: number;
  readonly avgAuctionByteSize: number;
  readonly avgBidByteSize: number;
  /** One bid of this many is for any auction in flight, the others for the hot one. */
  readonly hotAuctionRatio: number;
  readonly hotSellersRatio: number;
  readonly hotBiddersRatio: number;
  /** How many auctions are open at a time, on average, for each generator. */
  readonly numInFlightAuctions: number;
  /** Only so many of the latest people sell and bid. */
  readonly numActivePeople: number;
  /** Events come out of order within groups of this many; 1 for in order. */
  readonly outOfOrderGroupSize: number;
}

/** Ids begin here, so that queries for fixed ids find something in short streams. */
export const FIRST_PERSON_ID = 1000;
export const FIRST_AUCTION_ID = 1000;
export const FIRST_CATEGORY_ID = 10;

const DEFAULTS: Omit<NexmarkConfiguration, 'numEvents' | 'nextEventRate'> = {
  numEventGenerators: 1,
  baseTime: Date.UTC(2015, 6, 15),
  seed: 0,
  firstEventRate: 10_000,
  rateShape: 'SQUARE',
  ratePeriodSec: 600,
  maxEmitSpeed: true,
  personProportion: 1,
  auctionProportion: 3,
  bidProportion: 46,
  avgPersonByteSize: 200,
  avgAuctionByteSize: 500,
  avgBidByteSize: 100,
  hotAuctionRatio: 2,
  hotSellersRatio: 4,
  hotBiddersRatio: 4,
  numInFlightAuctions: 100,
  numActivePeople: 1000,
  outOfOrderGroupSize: 1,
};

const MAY_BE_ZERO: ReadonlySet<string> = new Set([
  'numEvents',
  'baseTime',
  'seed',
  'numInFlightAuctions',
  'avgPersonByteSize',
  'avgAuctionByteSize',
  'avgBidByteSize',
]);

/**
 * The published configuration but for `changes`. The rate stays the same unless `nextEventRate` is
 * given.
 *
 * @throws ConfigError `CONFIG_VALUE_INVALID` for a number that is not whole, or too small
 */
export function nexmarkConfiguration(
  changes: Partial<NexmarkConfiguration> & Pick<NexmarkConfiguration, 'numEvents'>,
): NexmarkConfiguration {
  const configuration = { ...DEFAULTS, ...changes };
  for (const [name, value] of Object.entries(configuration)) {
    const least = MAY_BE_ZERO.has(name) ? 0 : 1;
    if (typeof value === 'number' && !(Number.isSafeInteger(value) && value >= least)) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `Nexmark's ${name} is ${value}; use a whole number from ${least} up`,
      );
    }
  }
  return { ...configuration, nextEventRate: changes.nextEventRate ?? configuration.firstEventRate };
}

export function totalProportion(configuration: NexmarkConfiguration): number {
  const { personProportion, auctionProportion, bidProportion } = configuration;
  return personProportion + auctionProportion + bidProportion;
}
