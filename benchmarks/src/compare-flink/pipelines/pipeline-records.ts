/**
 * The records of the pipelines, by their number: the same as in Records.java, by arithmetic of 32 bits
 * that both languages have. Strings come out of tables, so that a source costs little.
 */
// Hot path.
import { type TypeInformation, Types } from 'millrace';

const WORDS = 100_000;
const KEYS = 10_000;
const T0 = 1_700_000_000_000;
/** Records of a millisecond of event time: of the tumbling count, and of all other windows. */
const DENSE = 100;
const SPARSE = 10;
const TWO_TO_32 = 2 ** 32;

const WORD: readonly string[] = Array.from({ length: WORDS }, (_, i) => `word-${i}`);
const EXTRA: readonly string[] = Array.from({ length: 1024 }, (_, i) => `extra-payload-${i}`);
const NAME: readonly string[] = Array.from({ length: 1024 }, (_, i) => `name-${i}`);
const CHANNEL: readonly string[] = ['Google', 'Facebook', 'Baidu', 'Apple'];

export interface Keyed {
  readonly key: number;
  readonly time: number;
}

export interface Bid {
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly dateTime: number;
  readonly channel: string;
  readonly extra: string;
}

/** A person or an auction. */
export interface Event {
  readonly kind: number;
  readonly id: number;
  readonly seller: number;
  readonly dateTime: number;
  readonly initialBid: number;
  readonly name: string;
  readonly city: string;
}

export const KEYED: TypeInformation<Keyed> = Types.POJO<Keyed>('lab.Records$Keyed', {
  key: Types.LONG,
  time: Types.LONG,
});

export const BID: TypeInformation<Bid> = Types.POJO<Bid>('lab.Records$Bid', {
  auction: Types.LONG,
  bidder: Types.LONG,
  channel: Types.STRING,
  dateTime: Types.LONG,
  extra: Types.STRING,
  price: Types.LONG,
});

export const EVENT: TypeInformation<Event> = Types.POJO<Event>('lab.Records$Event', {
  city: Types.STRING,
  dateTime: Types.LONG,
  id: Types.LONG,
  initialBid: Types.LONG,
  kind: Types.INT,
  name: Types.STRING,
  seller: Types.LONG,
});

/** Murmur3's end: a hash of the number, another one for each salt. In `[0, 2^32)`. */
export function mix(i: number, salt: number): number {
  let h = (i + Math.imul(salt, 0x9e3779b1)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Uniform in `[0, bound)`; the product is below 2^53. */
function below(hash: number, bound: number): number {
  return Math.floor((hash * bound) / TWO_TO_32);
}

export function word(i: number): string {
  return WORD[below(mix(i, 0), WORDS)] as string;
}

/** Nothing of it is known from an earlier record, as of one that comes from outside. */
export function wordAnew(i: number): string {
  return `word-${below(mix(i, 0), WORDS)}`;
}

/** Ends in 1, so it has no divisor with a power of ten in common: multiples of it come to each key once. */
const STRIDE = 7_654_321;

/** First each of `keys` once, which is a power of ten up to 10^7, in no order; then any of them. */
export function keyOfMany(keys: number): (i: number) => number {
  return (i) => (i < keys ? (i * STRIDE) % keys : mix(i, 0) % keys);
}

export function denselyKeyed(i: number): Keyed {
  return { key: below(mix(i, 0), KEYS), time: T0 + Math.floor(i / DENSE) };
}

export function sparselyKeyed(i: number): Keyed {
  return { key: below(mix(i, 0), KEYS), time: T0 + Math.floor(i / SPARSE) };
}

/** Half of the bids go to the hot auction of the last hundred, half to any of these. */
export function bid(i: number): Bid {
  const h = mix(i, 1);
  const last = 1000 + Math.floor((i * 3) / 46);
  const person = 1000 + Math.floor(i / 46);
  return {
    auction: (h & 1) === 0 ? last - (last % 100) : last - below(mix(i, 2), 100),
    bidder: (h & 2) === 0 ? person - (person % 100) : person - below(mix(i, 3), 1000),
    price: (1024 + below(mix(i, 4), 1024)) << ((h >>> 4) & 15),
    dateTime: T0 + Math.floor(i / SPARSE),
    channel: CHANNEL[(h >>> 8) & 3] as string,
    extra: EXTRA[(h >>> 12) & 1023] as string,
  };
}

/** A person, then three auctions of one of the last thousand persons. */
export function event(i: number): Event {
  const h = mix(i, 1);
  const person = Math.floor(i / 4);
  const isPerson = i % 4 === 0;
  return {
    kind: isPerson ? 0 : 1,
    id: isPerson ? person : i,
    seller: isPerson ? 0 : Math.max(0, person - below(mix(i, 2), 1000)),
    dateTime: T0 + Math.floor(i / SPARSE),
    initialBid: h >>> 12,
    name: NAME[h & 1023] as string,
    city: CHANNEL[(h >>> 10) & 3] as string,
  };
}
