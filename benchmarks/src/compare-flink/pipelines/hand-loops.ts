/**
 * The pipelines by hand: plain Maps in one loop, no engine. The limit of what a pipeline can reach on a
 * thread, and what the results must be.
 */
// Hot path.
import {
  bid,
  denselyKeyed,
  event,
  keyOfMany,
  sparselyKeyed,
  word,
  wordAnew,
} from './pipeline-records.ts';
import { type AnyWork, isKeyedCount, keysOf } from './pipeline-work.ts';

export abstract class HandLoop {
  results = 0;
  checksum = 0;

  /** Takes the records of these numbers, in their order. */
  abstract take(from: number, to: number): void;

  /** Event time ends: all windows give their results. */
  abstract end(): void;

  protected result(weight: number): void {
    this.results++;
    this.checksum += weight;
  }
}

export function handLoop(work: AnyWork): HandLoop {
  if (isKeyedCount(work)) {
    return new KeyedCountLoop(keyOfMany(keysOf(work)));
  }
  switch (work) {
    case 'wordcount':
      return new WordCountLoop(word);
    case 'wordcount-anew':
      return new WordCountLoop(wordAnew);
    case 'tumbling':
      return new TumblingLoop();
    case 'sliding':
      return new SlidingLoop();
    case 'q5':
      return new HotItemsLoop();
    case 'q7':
      return new HighestBidLoop();
    case 'q8':
      return new NewSellersLoop();
  }
}

/** A process that is measured has one of its subclasses alone: what it calls is inlined. */
abstract class CountLoop<K> extends HandLoop {
  private readonly make: (number: number) => K;
  private readonly counts = new Map<K, number>();

  constructor(make: (number: number) => K) {
    super();
    this.make = make;
  }

  override take(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const key = this.make(i);
      const count = (this.counts.get(key) ?? 0) + 1;
      this.counts.set(key, count);
      this.result(this.weightOf(key) * count);
    }
  }

  override end(): void {}

  protected abstract weightOf(key: K): number;
}

class WordCountLoop extends CountLoop<string> {
  protected override weightOf(word: string): number {
    return word.length;
  }
}

class KeyedCountLoop extends CountLoop<number> {
  protected override weightOf(key: number): number {
    return key;
  }
}

/** Records come in the order of event time, so one slice of it is open at a time. */
abstract class SlicedLoop extends HandLoop {
  private readonly sliceMs: number;
  private slice = -1;

  constructor(sliceMs: number) {
    super();
    this.sliceMs = sliceMs;
  }

  protected reach(time: number): void {
    const slice = Math.floor(time / this.sliceMs);
    if (slice !== this.slice) {
      if (this.slice >= 0) {
        this.close();
      }
      this.slice = slice;
    }
  }

  /** The slice is over. */
  protected abstract close(): void;

  override end(): void {
    this.close();
  }
}

class TumblingLoop extends SlicedLoop {
  private readonly counts = new Map<number, number>();

  constructor() {
    super(1000);
  }

  override take(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const { key, time } = denselyKeyed(i);
      this.reach(time);
      this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    }
  }

  protected override close(): void {
    for (const count of this.counts.values()) {
      this.result(count * count);
    }
    this.counts.clear();
  }
}

const SLICES_OF_WINDOW = 5;

/** Windows of ten seconds every two: each slice of two seconds is counted once, and is in five windows. */
abstract class CountsOfSlices extends SlicedLoop {
  private readonly slices: Map<number, number>[] = [];
  protected counts = new Map<number, number>();

  constructor() {
    super(2000);
  }

  protected override close(): void {
    this.slices.push(this.counts);
    if (this.slices.length > SLICES_OF_WINDOW) {
      this.slices.shift();
    }
    this.counts = new Map();
    this.fire();
  }

  override end(): void {
    for (let i = 0; i < SLICES_OF_WINDOW; i++) {
      this.close();
    }
  }

  private fire(): void {
    const sums = new Map<number, number>();
    for (const slice of this.slices) {
      for (const [key, count] of slice) {
        sums.set(key, (sums.get(key) ?? 0) + count);
      }
    }
    this.window(sums);
  }

  protected abstract window(counts: ReadonlyMap<number, number>): void;
}

class SlidingLoop extends CountsOfSlices {
  override take(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const { key, time } = sparselyKeyed(i);
      this.reach(time);
      this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    }
  }

  protected override window(counts: ReadonlyMap<number, number>): void {
    for (const count of counts.values()) {
      this.result(count * count);
    }
  }
}

class HotItemsLoop extends CountsOfSlices {
  override take(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const { auction, dateTime } = bid(i);
      this.reach(dateTime);
      this.counts.set(auction, (this.counts.get(auction) ?? 0) + 1);
    }
  }

  protected override window(counts: ReadonlyMap<number, number>): void {
    let highest = 0;
    for (const count of counts.values()) {
      highest = Math.max(highest, count);
    }
    if (highest > 0) {
      this.result(highest * highest);
    }
  }
}

class HighestBidLoop extends SlicedLoop {
  private highest = 0;

  constructor() {
    super(10_000);
  }

  override take(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const { price, dateTime } = bid(i);
      this.reach(dateTime);
      this.highest = Math.max(this.highest, price);
    }
  }

  protected override close(): void {
    this.result(this.highest);
    this.highest = 0;
  }
}

class NewSellersLoop extends SlicedLoop {
  private readonly persons = new Set<number>();
  /** Of sellers: their auctions. */
  private readonly auctions = new Map<number, number[]>();

  constructor() {
    super(10_000);
  }

  override take(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const { kind, id, seller, dateTime } = event(i);
      this.reach(dateTime);
      if (kind === 0) {
        this.persons.add(id);
        continue;
      }
      const own = this.auctions.get(seller);
      if (own === undefined) {
        this.auctions.set(seller, [id]);
      } else {
        own.push(id);
      }
    }
  }

  protected override close(): void {
    for (const person of this.persons) {
      for (const auction of this.auctions.get(person) ?? []) {
        this.result(person + auction);
      }
    }
    this.persons.clear();
    this.auctions.clear();
  }
}
