import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CollectSink, StreamExecutionEnvironment, WatermarkStrategy } from 'millrace';
import {
  type Auction,
  type Bid,
  dateTimeOf,
  EVENT,
  type NexmarkEvent,
  type Person,
} from './generator/nexmark-events.ts';
import type { NexmarkQuery } from './nexmark-query.ts';
import { remainingRows } from './nexmark-rows.ts';
import { Q1 } from './queries/q1-currency-conversion.ts';
import { Q2 } from './queries/q2-selection.ts';
import { Q3 } from './queries/q3-local-item-suggestion.ts';
import { Q4 } from './queries/q4-average-price.ts';
import { Q5 } from './queries/q5-hot-items.ts';
import { Q6 } from './queries/q6-average-selling-price.ts';
import { Q7 } from './queries/q7-highest-bid.ts';
import { Q8 } from './queries/q8-monitor-new-users.ts';
import { Q11 } from './queries/q11-user-sessions.ts';
import { Q18 } from './queries/q18-last-bid.ts';
import { Q19 } from './queries/q19-auction-top-10.ts';
import { Q20 } from './queries/q20-expand-bid.ts';

describe('query 1, currency conversion', () => {
  it('takes a dollar for 0.908 euros, to a tenth of a cent', () =>
    assertRows(Q1, ['price'], {
      events: [bid({ price: 1001 }), bid({ price: 3 }), bid({ price: 100_000_000 })],
      rows: [[908.908], [2.724], [90_800_000]],
    }));
});

describe('query 2, selection', () => {
  it('keeps bids for auctions whose id is a multiple of 123', () =>
    assertRows(Q2, ['auction', 'price'], {
      events: [bid({ auction: 1107, price: 5 }), bid({ auction: 1108 }), bid({ auction: 1230 })],
      rows: [
        [1107, 5],
        [1230, 1],
      ],
    }));
});

describe('query 3, local item suggestion', () => {
  it('takes category 10, and sellers from Oregon, Idaho and California', () =>
    assertRows(Q3, ['state', 'id'], {
      events: [
        ...['OR', 'ID', 'CA', 'WA'].map((state, id) => person({ id, state })),
        ...[0, 1, 2, 3].map((seller) => auction({ id: 100 + seller, seller, category: 10 })),
        auction({ id: 110, seller: 0, category: 11 }),
      ],
      rows: [
        ['OR', 100],
        ['ID', 101],
        ['CA', 102],
      ],
    }));

  it('takes auctions that come before their seller', () =>
    assertRows(Q3, ['name', 'city', 'state', 'id'], {
      events: [
        auction({ id: 1, seller: 7 }),
        auction({ id: 2, seller: 7 }),
        person({ id: 7, name: 'Ann', city: 'Bend', state: 'OR' }),
        auction({ id: 3, seller: 7 }),
      ],
      rows: [1, 2, 3].map((id) => ['Ann', 'Bend', 'OR', id]),
    }));
});

describe('query 4, average price for a category', () => {
  it('averages the highest bids of the auctions that have any, cut to whole cents', () =>
    assertRows(Q4, ['id', 'final'], {
      events: [
        auction({ id: 1, category: 10 }),
        auction({ id: 2, category: 10 }),
        auction({ id: 3, category: 10 }),
        auction({ id: 4, category: 12 }),
        bid({ auction: 1, price: 5 }),
        bid({ auction: 1, price: 10 }),
        bid({ auction: 1, price: 7 }),
        bid({ auction: 2, price: 13 }),
        bid({ auction: 4, price: 2 }),
      ],
      rows: [
        [10, 11],
        [12, 2],
      ],
    }));

  it('counts bids from the time of the auction to its end, both included', () =>
    assertRows(Q4, ['id', 'final'], {
      events: [
        auction({ id: 1, category: 10, dateTime: 1000, expires: 2000 }),
        auction({ id: 2, category: 11, dateTime: 1000, expires: 2000 }),
        auction({ id: 3, category: 12, dateTime: 1000, expires: 2000 }),
        bid({ auction: 1, price: 1, dateTime: 1000 }),
        bid({ auction: 1, price: 9, dateTime: 999 }),
        bid({ auction: 2, price: 2, dateTime: 2000 }),
        bid({ auction: 2, price: 9, dateTime: 2001 }),
        bid({ auction: 3, price: 9, dateTime: 999 }),
      ],
      rows: [
        [10, 1],
        [11, 2],
      ],
    }));

  it('counts bids that come before their auction but are not before its time', () =>
    assertRows(Q4, ['id', 'final'], {
      events: [
        bid({ auction: 1, price: 9, dateTime: 999 }),
        bid({ auction: 1, price: 4, dateTime: 1000 }),
        bid({ auction: 1, price: 6, dateTime: 1001 }),
        auction({ id: 1, category: 10, dateTime: 1000, expires: 2000 }),
      ],
      rows: [[10, 6]],
    }));
});

describe('query 5, hot items', () => {
  it('gives the auctions with the most bids of each ten seconds that end at an even second', () =>
    assertRows(Q5, ['auction', 'num'], {
      events: [
        bid({ auction: 1, dateTime: 0 }),
        bid({ auction: 1, dateTime: 1999 }),
        bid({ auction: 2, dateTime: 2000 }),
        bid({ auction: 3, dateTime: 3000 }),
        bid({ auction: 3, dateTime: 9999 }),
      ],
      rows: [
        [1, 2], // Ends at 2 s.
        [1, 2], // 4 s
        [1, 2], // 6 s
        [1, 2], // 8 s
        [1, 2], // 10 s, where two share the first place.
        [3, 2],
        [3, 2], // 12 s
        [3, 1], // 14 s
        [3, 1], // 16 s
        [3, 1], // 18 s
      ],
    }));
});

describe('query 6, average selling price by seller', () => {
  it('averages the last ten auctions of a seller in the order of their ends', () =>
    assertRows(Q6, ['seller', 'avgPrice'], {
      events: [
        ...Array.from({ length: 12 }, (_, i) =>
          auction({ id: i, seller: 7, expires: 13_000 - i * 1000 }),
        ),
        ...Array.from({ length: 12 }, (_, i) => bid({ auction: i, price: 2 ** (11 - i) })),
      ],
      rows: [1, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 2046, 4092].map((sum, i) => [
        7,
        Math.trunc(sum / Math.min(i + 1, 10)),
      ]),
    }));

  it('orders auctions that end together by their ids, and leaves out those without bids', () =>
    assertRows(Q6, ['seller', 'avgPrice'], {
      events: [
        auction({ id: 3, seller: 7, expires: 5000 }),
        auction({ id: 1, seller: 7, expires: 5000 }),
        auction({ id: 2, seller: 7, expires: 5000 }),
        bid({ auction: 3, price: 30 }),
        bid({ auction: 1, price: 10 }),
      ],
      rows: [
        [7, 10],
        [7, 20],
      ],
    }));
});

describe('query 7, highest bid', () => {
  it('gives the highest bids of each ten seconds, all that are equal', () =>
    assertRows(Q7, ['bidder', 'price'], {
      events: [
        bid({ bidder: 1, price: 5, dateTime: 0 }),
        bid({ bidder: 2, price: 8, dateTime: 1 }),
        bid({ bidder: 3, price: 8, dateTime: 9999 }),
        bid({ bidder: 4, price: 6, dateTime: 10_000 }),
        bid({ bidder: 5, price: 2, dateTime: 30_000 }),
      ],
      rows: [
        [2, 8],
        [3, 8],
        [4, 6],
        [5, 2],
      ],
    }));
});

describe('query 8, monitor new users', () => {
  it('gives people who begin auctions in the ten seconds in which they came, once', () =>
    assertRows(Q8, ['id', 'name', 'stime'], {
      events: [
        person({ id: 1, name: 'Ann', dateTime: 10_000 }),
        auction({ seller: 1, dateTime: 19_999 }),
        auction({ seller: 1, dateTime: 15_000 }),
        person({ id: 2, name: 'Ben', dateTime: 19_999 }),
        auction({ seller: 2, dateTime: 20_000 }),
        person({ id: 3, name: 'Cem', dateTime: 12_000 }),
      ],
      rows: [[1, 'Ann', 10_000]],
    }));
});

describe('query 11, user sessions', () => {
  it('ends a session when more than ten seconds pass without a bid', () =>
    assertRows(Q11, ['bidder', 'bidCount', 'starttime', 'endtime'], {
      events: [
        bid({ bidder: 1, dateTime: 1000 }),
        bid({ bidder: 2, dateTime: 4000 }),
        bid({ bidder: 1, dateTime: 21_001 }),
        bid({ bidder: 1, dateTime: 11_000 }),
      ],
      rows: [
        [1, 2, 1000, 21_000],
        [1, 1, 21_001, 31_001],
        [2, 1, 4000, 14_000],
      ],
    }));
});

describe('query 18, last bid', () => {
  it('keeps the latest bid of a bidder for an auction, of equal times the one that comes later', () =>
    assertRows(Q18, ['auction', 'bidder', 'price'], {
      events: [
        bid({ auction: 1, bidder: 1, price: 1, dateTime: 2000 }),
        bid({ auction: 1, bidder: 1, price: 2, dateTime: 1000 }),
        bid({ auction: 1, bidder: 2, price: 3, dateTime: 1000 }),
        bid({ auction: 1, bidder: 2, price: 4, dateTime: 1000 }),
        bid({ auction: 2, bidder: 2, price: 5, dateTime: 500 }),
      ],
      rows: [
        [1, 1, 1],
        [1, 2, 4],
        [2, 2, 5],
      ],
    }));
});

describe('query 19, auction top 10', () => {
  it('ranks bids by their price, then by their time, and keeps ten', () =>
    assertRows(Q19, ['auction', 'price', 'dateTime', 'rankNumber'], {
      events: [
        ...[4, 9, 1, 7, 3, 8, 2, 6, 11, 5, 10].map((price) => bid({ auction: 1, price })),
        bid({ auction: 1, price: 11, dateTime: 500 }),
        bid({ auction: 2, price: 1 }),
      ],
      rows: [
        [1, 11, 500, 1],
        ...[11, 10, 9, 8, 7, 6, 5, 4, 3].map((price, i) => [1, price, 1000, i + 2]),
        [2, 1, 1000, 1],
      ],
    }));
});

describe('query 20, expand bid with auction', () => {
  it('joins bids with auctions of category 10, whichever comes first', () =>
    assertRows(Q20, ['auction', 'price', 'seller', 'category', 'bidDateTime', 'auctionDateTime'], {
      events: [
        bid({ auction: 1, price: 1, dateTime: 500 }),
        bid({ auction: 2, price: 2 }),
        auction({ id: 1, seller: 7, category: 10, dateTime: 2000 }),
        auction({ id: 2, seller: 8, category: 11 }),
        bid({ auction: 1, price: 3, dateTime: 90_000 }),
        bid({ auction: 2, price: 4 }),
      ],
      rows: [
        [1, 1, 7, 10, 500, 2000],
        [1, 3, 7, 10, 90_000, 2000],
      ],
    }));
});

/** Checks the columns of the program's rows, and the plain computation that stands for it elsewhere. */
async function assertRows<R extends object, C extends string & keyof R>(
  query: NexmarkQuery<R>,
  columns: readonly C[],
  example: {
    readonly events: readonly NexmarkEvent[];
    readonly rows: readonly (readonly unknown[])[];
  },
): Promise<void> {
  const env = StreamExecutionEnvironment.createLocalEnvironment({ 'parallelism.default': '1' });
  const strategy = WatermarkStrategy.forBoundedOutOfOrderness<NexmarkEvent>('1 min');
  const events = env
    .fromData(example.events, EVENT)
    .assignTimestampsAndWatermarks(strategy.withTimestampAssigner(dateTimeOf));
  const sink = new CollectSink<R>();
  query.program(events).sinkTo(sink);

  await env.execute();

  const remaining = remainingRows(query, sink.results);
  const expected = example.rows.map(asText).sort();
  assert.deepEqual(columnsOf(remaining, columns), expected);
  assert.deepEqual(columnsOf(query.model(example.events), columns), expected);
}

function columnsOf<R, C extends string & keyof R>(
  rows: Iterable<R>,
  columns: readonly C[],
): string[] {
  return [...rows].map((row) => asText(columns.map((column) => row[column]))).sort();
}

function asText(row: readonly unknown[]): string {
  return JSON.stringify(row);
}

function bid(fields: Partial<Bid>): NexmarkEvent {
  const bid: Bid = {
    auction: 1,
    bidder: 1,
    price: 1,
    channel: 'Google',
    url: 'https://www.nexmark.com',
    dateTime: 1000,
    extra: '',
    ...fields,
  };
  return { type: 'BID', newPerson: null, newAuction: null, bid };
}

function auction(fields: Partial<Auction>): NexmarkEvent {
  const newAuction: Auction = {
    id: 1,
    itemName: 'cup',
    description: 'blue',
    initialBid: 1,
    reserve: 2,
    dateTime: 1000,
    expires: 20_000,
    seller: 1,
    category: 10,
    extra: '',
    ...fields,
  };
  return { type: 'AUCTION', newPerson: null, newAuction, bid: null };
}

function person(fields: Partial<Person>): NexmarkEvent {
  const newPerson: Person = {
    id: 1,
    name: 'Ann',
    emailAddress: 'ann@example.com',
    creditCard: '1234 5678 9012 3456',
    city: 'Bend',
    state: 'OR',
    dateTime: 1000,
    extra: '',
    ...fields,
  };
  return { type: 'PERSON', newPerson, newAuction: null, bid: null };
}
