import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rowNumber, textNumber } from '../row-number.ts';
import { type NexmarkConfiguration, nexmarkConfiguration } from './nexmark-configuration.ts';
import type { Auction, Bid, NexmarkEvent, Person } from './nexmark-events.ts';
import { NexmarkGenerator, nexmarkEvents } from './nexmark-generator.ts';

const MANY = 100_000;

describe('Nexmark generator', () => {
  it('makes one person, three auctions and 46 bids of each 50 events', () => {
    const events = eventsOf({ numEvents: 500 });

    const types = events.map((event) => event.type);
    const fifty = ['PERSON', 'AUCTION', 'AUCTION', 'AUCTION', ...Array(46).fill('BID')];
    assert.deepEqual(types, Array(10).fill(fifty).flat());
  });

  it('makes people, auctions and bids in the proportions that it is told', () => {
    const events = eventsOf({
      numEvents: 60,
      personProportion: 2,
      auctionProportion: 1,
      bidProportion: 3,
    });

    const types = events.map((event) => event.type).join(' ');
    assert.equal(types, Array(10).fill('PERSON PERSON AUCTION BID BID BID').join(' '));
  });

  it('gives people and auctions ids in a row from 1000', () => {
    const events = eventsOf({ numEvents: 250 });

    assert.deepEqual(
      people(events).map(({ id }) => id),
      [1000, 1001, 1002, 1003, 1004],
    );
    assert.deepEqual(
      auctions(events).map(({ id }) => id),
      Array.from({ length: 15 }, (_, i) => 1000 + i),
    );
  });

  it('makes the same events from the same configuration, others from another seed', () => {
    const events = eventsOf({ numEvents: 1000, seed: 7 });

    assert.deepEqual(eventsOf({ numEvents: 1000, seed: 7 }), events);
    assert.notDeepEqual(eventsOf({ numEvents: 1000, seed: 8 }), events);
  });

  it('makes the events that it has always made', () => {
    const events = eventsOf({ numEvents: 10_000, seed: 1, outOfOrderGroupSize: 10 });

    const sum = events.reduce((total, event) => total + eventNumber(event), 0);
    assert.equal(sum, GOLDEN_SUM, 'results of other versions can no longer be compared');
  });

  it('makes the same event wherever it begins', () => {
    const configuration = nexmarkConfiguration({ numEvents: 1000, outOfOrderGroupSize: 7 });
    const all = [...nexmarkEvents(configuration)];

    for (const emitted of [1, 49, 50, 333, 999]) {
      const split = { firstEventId: 0, numEvents: 1000, emitted };
      assert.deepEqual(new NexmarkGenerator(configuration, split).next(), all[emitted]);
    }
  });

  it('gives neighbouring events chances of their own', () => {
    const hot = bids(eventsOf({ numEvents: MANY })).map((bid) => bid.auction % 100 === 0);

    const changes = hot.filter((isHot, i) => i > 0 && isHot !== hot[i - 1]).length;
    assertShare(changes / hot.length, 0.5);
  });
});

describe('Nexmark timelines', () => {
  it('lets events happen at the rate', () => {
    const events = eventsOf({ numEvents: 1000, firstEventRate: 10_000, baseTime: 5000 });

    const times = events.map(timeOf);
    assert.deepEqual(
      times,
      Array.from({ length: 1000 }, (_, i) => 5000 + Math.floor(i / 10)),
    );
  });

  it('gives each of several generators ids of its own and the same time, at a share of the rate', () => {
    const events = eventsOf({ numEvents: 1001, numEventGenerators: 3, firstEventRate: 3000 });

    assert.equal(events.length, 1001);
    const starts = [0, 333, 666].map((i) => timeOf(events[i] as NexmarkEvent));
    const ends = [332, 665, 1000].map((i) => timeOf(events[i] as NexmarkEvent));
    assert.deepEqual(new Set(starts), new Set([nexmarkConfiguration({ numEvents: 0 }).baseTime]));
    assert.deepEqual(
      ends.map((end) => end - (starts[0] as number)),
      [332, 332, 334],
    );
    const ids = people(events).map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('changes between two rates in equal parts of the period', () => {
    const events = eventsOf({
      numEvents: 660,
      baseTime: 0,
      firstEventRate: 100,
      nextEventRate: 10,
      ratePeriodSec: 4,
    });

    const perSecond = countBy(events, (event) => Math.floor(timeOf(event) / 1000));
    assert.deepEqual(
      [...perSecond.values()],
      [100, 100, 10, 10, 100, 100, 10, 10, 100, 100, 10, 10],
    );
  });

  it('goes from one rate to the other and back in ten steps of a sine', () => {
    const events = eventsOf({
      numEvents: 1100,
      baseTime: 0,
      firstEventRate: 200,
      nextEventRate: 20,
      ratePeriodSec: 10,
      rateShape: 'SINE',
    });

    const perSecond = countBy(events, (event) => Math.floor(timeOf(event) / 1000));
    assert.deepEqual([...perSecond.values()], [200, 183, 138, 82, 37, 20, 37, 82, 138, 183]);
  });

  it('mixes the order within groups only, and leaves no event out', () => {
    const inOrder = eventsOf({ numEvents: 1000, firstEventRate: 1000 });
    const mixed = eventsOf({ numEvents: 1000, firstEventRate: 1000, outOfOrderGroupSize: 100 });

    const base = timeOf(inOrder[0] as NexmarkEvent);
    const times = mixed.map((event) => timeOf(event) - base);
    assert.ok(times.every((time, i) => Math.floor(time / 100) === Math.floor(i / 100)));
    assert.ok(times.some((time, i) => i > 0 && time < (times[i - 1] as number)));
    const byTime = mixed.toSorted((a, b) => timeOf(a) - timeOf(b));
    assert.deepEqual(byTime.map(asText), inOrder.map(asText));
  });
});

describe('Nexmark bids', () => {
  const events = eventsOf({ numEvents: MANY });
  const all = bids(events);

  it('are for the hot auction of their time, one of hotAuctionRatio for another', () => {
    const hot = all.filter((bid) => (bid.auction - 1000) % 100 === 0);

    assertShare(hot.length / all.length, 1 / 2);
  });

  it('are by the hot bidder of their time, one of hotBiddersRatio by another', () => {
    const hot = all.filter((bid) => (bid.bidder - 1001) % 100 === 0);

    assertShare(hot.length / all.length, 3 / 4);
  });

  it('are for auctions in flight, or for one of the next ten', () => {
    let last = 999;
    for (const { newAuction, bid } of events) {
      last = newAuction?.id ?? last;
      if (bid !== null && (bid.auction - 1000) % 100 !== 0) {
        assert.ok(
          bid.auction >= last - 100 && bid.auction <= last + 10,
          `${bid.auction} at ${last}`,
        );
      }
    }
  });

  it('are by active people, or by one of the next ten', () => {
    let last = 999;
    for (const { newPerson, bid } of events) {
      last = newPerson?.id ?? last;
      if (bid !== null && (bid.bidder - 1001) % 100 !== 0) {
        assert.ok(bid.bidder > last - 1000 && bid.bidder <= last + 10, `${bid.bidder} at ${last}`);
      }
    }
  });

  it('have prices from one dollar to a million, each power of ten as likely', () => {
    const powers = countBy(all, ({ price }) => Math.floor(Math.log10(price)));

    assert.deepEqual([...powers.keys()].sort(), [2, 3, 4, 5, 6, 7]);
    for (const count of powers.values()) {
      assertShare(count / all.length, 1 / 6);
    }
  });

  it('come by one of four hot channels, or as often by one of 10,000', () => {
    const others = all.filter((bid) => bid.channel.startsWith('channel-'));
    const hot = countBy(
      all.filter((bid) => !bid.channel.startsWith('channel-')),
      (bid) => bid.channel,
    );

    assertShare(others.length / all.length, 1 / 2);
    assert.deepEqual([...hot.keys()].sort(), ['Apple', 'Baidu', 'Facebook', 'Google']);
  });

  it('have the URL of their channel, nine of ten with its number', () => {
    const urls = new Map(all.map((bid) => [bid.channel, bid.url]));
    const numbered = [...urls].filter(([, url]) => url.includes('&channel_id='));

    assert.ok(all.every((bid) => urls.get(bid.channel) === bid.url));
    assert.ok(
      all.every(({ url }) =>
        /^https:\/\/www\.nexmark\.com\/([a-z_]{3,4}\/){3}item\.htm\?query=1(&channel_id=\d+)?$/.test(
          url,
        ),
      ),
    );
    assertShare(numbered.length / urls.size, 0.9);
  });

  it('have the size that is asked for on average, within a fifth', () => {
    const sizes = bids(eventsOf({ numEvents: MANY, avgBidByteSize: 232 })).map(
      (bid) => 4 * 8 + bid.extra.length,
    );

    assertShare(average(sizes) / 232, 1);
    assert.ok(Math.min(...sizes) >= 32 + 160 && Math.max(...sizes) < 32 + 240);
  });
});

describe('Nexmark auctions', () => {
  const all = auctions(eventsOf({ numEvents: MANY * 5 }));

  it('are by the hot seller of their time, one of hotSellersRatio by another', () => {
    const hot = all.filter((auction) => (auction.seller - 1000) % 100 === 0);

    assertShare(hot.length / all.length, 3 / 4);
  });

  it('are of five categories from 10 on', () => {
    const categories = countBy(all, (auction) => auction.category);

    assert.deepEqual([...categories.keys()].sort(), [10, 11, 12, 13, 14]);
    for (const count of categories.values()) {
      assertShare(count / all.length, 1 / 5);
    }
  });

  it('stay open for as long as it takes to make numInFlightAuctions, on average', () => {
    const lengths = all.map((auction) => auction.expires - auction.dateTime);

    const eventsMs = 1 / 10;
    assertShare(average(lengths) / (((100 * 50) / 3) * eventsMs), 1);
    assert.ok(Math.min(...lengths) >= 1);
  });

  it('want more than the first bid, have random names and the size that is asked for', () => {
    const sizes = all.map(
      ({ itemName, description, extra }) =>
        48 + itemName.length + description.length + extra.length,
    );

    assert.ok(all.every(({ initialBid, reserve }) => reserve >= initialBid + 100));
    assert.ok(all.every(({ itemName }) => itemName.length < 20 && itemName.trim() === itemName));
    assert.ok(all.every(({ description }) => description.length < 100));
    assertShare(average(sizes) / 500, 1);
  });
});

describe('Nexmark people', () => {
  const all = people(eventsOf({ numEvents: MANY * 2 }));

  it('live in six states and ten cities', () => {
    const states = countBy(all, (person) => person.state);

    assert.deepEqual([...states.keys()].sort(), ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY']);
    assert.equal(new Set(all.map((person) => person.city)).size, 10);
  });

  it('have two names, an address, a credit card, and the size that is asked for', () => {
    const sizes = all.map(
      ({ name, emailAddress, creditCard, city, state, extra }) =>
        8 + [name, emailAddress, creditCard, city, state, extra].join('').length,
    );

    assert.ok(all.every(({ name }) => /^[A-Z][a-z]+ [A-Z][a-z]+$/.test(name)));
    assert.ok(all.every(({ emailAddress }) => /^[a-z ]*@[a-z ]*\.com$/.test(emailAddress)));
    assert.ok(all.every(({ creditCard }) => /^\d{4} \d{4} \d{4} \d{4}$/.test(creditCard)));
    assertShare(average(sizes) / 200, 1);
  });
});

describe('Nexmark configuration', () => {
  it('refuses numbers that are too small or not whole', () => {
    for (const bad of [{ bidProportion: 0 }, { hotAuctionRatio: 1.5 }, { numActivePeople: -1 }]) {
      assert.throws(() => nexmarkConfiguration({ numEvents: 1, ...bad }), {
        code: 'CONFIG_VALUE_INVALID',
      });
    }
  });
});

const GOLDEN_SUM = 21_243_454_484_874;

function eventsOf(
  changes: Partial<NexmarkConfiguration> & Pick<NexmarkConfiguration, 'numEvents'>,
): NexmarkEvent[] {
  return [...nexmarkEvents(nexmarkConfiguration(changes))];
}

function people(events: readonly NexmarkEvent[]): Person[] {
  return events.flatMap(({ newPerson }) => newPerson ?? []);
}

function auctions(events: readonly NexmarkEvent[]): Auction[] {
  return events.flatMap(({ newAuction }) => newAuction ?? []);
}

function bids(events: readonly NexmarkEvent[]): Bid[] {
  return events.flatMap(({ bid }) => bid ?? []);
}

function timeOf({ newPerson, newAuction, bid }: NexmarkEvent): number {
  return ((newPerson ?? newAuction ?? bid) as Person | Auction | Bid).dateTime;
}

function asText(event: NexmarkEvent): string {
  return JSON.stringify(event);
}

function eventNumber(event: NexmarkEvent): number {
  const values = Object.values((event.newPerson ?? event.newAuction ?? event.bid) as object);
  return rowNumber(
    ...values.map((value: number | string) =>
      typeof value === 'number' ? value : textNumber(value),
    ),
  );
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => number): Map<number, number>;
function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number>;
function countBy<T>(
  items: readonly T[],
  keyOf: (item: T) => number | string,
): Map<number | string, number> {
  const counts = new Map<number | string, number>();
  for (const item of items) {
    counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  }
  return counts;
}

function average(numbers: readonly number[]): number {
  return numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
}

/** The events are always the same, so the bounds only say what is meant by "about". */
function assertShare(share: number, expected: number): void {
  const difference = Math.abs(share - expected);
  assert.ok(difference < 0.02, `${share} instead of about ${expected}`);
}
