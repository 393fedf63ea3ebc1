/**
 * Persons, auctions and bids of the Nexmark model, and the event that carries one of them. All times
 * are event time in milliseconds, all prices cents.
 */
import { type TypeInformation, Types } from 'millrace';

export interface Person {
  readonly id: number;
  readonly name: string;
  readonly emailAddress: string;
  readonly creditCard: string;
  readonly city: string;
  readonly state: string;
  readonly dateTime: number;
  /** Padding, so that records have the sizes that the configuration asks for. */
  readonly extra: string;
}

export interface Auction {
  readonly id: number;
  readonly itemName: string;
  readonly description: string;
  readonly initialBid: number;
  readonly reserve: number;
  readonly dateTime: number;
  readonly expires: number;
  /** A person's id. */
  readonly seller: number;
  readonly category: number;
  readonly extra: string;
}

export interface Bid {
  /** An auction's id. */
  readonly auction: number;
  /** A person's id. */
  readonly bidder: number;
  readonly price: number;
  readonly channel: string;
  readonly url: string;
  readonly dateTime: number;
  readonly extra: string;
}

export type EventType = 'PERSON' | 'AUCTION' | 'BID';

/** The one that `type` names is there, the others are null. */
export interface NexmarkEvent {
  readonly type: EventType;
  readonly newPerson: Person | null;
  readonly newAuction: Auction | null;
  readonly bid: Bid | null;
}

export const PERSON: TypeInformation<Person> = Types.POJO('io.millrace.benchmarks.nexmark.Person', {
  id: Types.LONG,
  name: Types.STRING,
  emailAddress: Types.STRING,
  creditCard: Types.STRING,
  city: Types.STRING,
  state: Types.STRING,
  dateTime: Types.LONG,
  extra: Types.STRING,
});

export const AUCTION: TypeInformation<Auction> = Types.POJO(
  'io.millrace.benchmarks.nexmark.Auction',
  {
    id: Types.LONG,
    itemName: Types.STRING,
    description: Types.STRING,
    initialBid: Types.LONG,
    reserve: Types.LONG,
    dateTime: Types.LONG,
    expires: Types.LONG,
    seller: Types.LONG,
    category: Types.LONG,
    extra: Types.STRING,
  },
);

export const BID: TypeInformation<Bid> = Types.POJO('io.millrace.benchmarks.nexmark.Bid', {
  auction: Types.LONG,
  bidder: Types.LONG,
  price: Types.LONG,
  channel: Types.STRING,
  url: Types.STRING,
  dateTime: Types.LONG,
  extra: Types.STRING,
});

/** A POJO's fields may be null by themselves, so their types need no `Types.NULLABLE`. */
export const EVENT: TypeInformation<NexmarkEvent> = Types.POJO<NexmarkEvent>(
  'io.millrace.benchmarks.nexmark.Event',
  {
    type: Types.ENUM('io.millrace.benchmarks.nexmark.Event$Type', ['PERSON', 'AUCTION', 'BID']),
    newPerson: PERSON as TypeInformation<Person | null>,
    newAuction: AUCTION as TypeInformation<Auction | null>,
    bid: BID as TypeInformation<Bid | null>,
  },
);

/** Event time of the event. */
export function dateTimeOf(event: NexmarkEvent): number {
  return (event.bid ?? event.newAuction ?? (event.newPerson as Person)).dateTime;
}
