/**
 * The most frequent of many items, in bounded memory.
 *
 * Invariants:
 * - An item whose true count exceeds `total / capacity` is among those held.
 * - The true count of one that is held is in `[count - overcount, count]`.
 *
 * Metwally, Agrawal, El Abbadi: Efficient computation of frequent and top-k elements in data streams
 * (2005), with a heap in place of the linked buckets.
 */
// Hot path.

export class Counter<T> {
  item: T;
  identity: unknown;
  count: number;
  overcount: number;
  heapIndex: number;

  constructor(item: T, identity: unknown, heapIndex: number) {
    this.item = item;
    this.identity = identity;
    this.count = 1;
    this.overcount = 0;
    this.heapIndex = heapIndex;
  }
}

export class SpaceSaving<T> {
  /** All that were added. */
  total: number;
  private readonly capacity: number;
  private readonly byIdentity: Map<unknown, Counter<T>>;
  /** The smallest count on top. */
  private readonly heap: Counter<T>[];

  /** @param capacity - counters, 1 or more */
  constructor(capacity: number) {
    this.total = 0;
    this.capacity = capacity;
    this.byIdentity = new Map();
    this.heap = [];
  }

  /** @returns the counter, to which a lasting copy of the item may be given */
  add(item: T, identity: unknown): Counter<T> {
    this.total++;
    const known = this.byIdentity.get(identity);
    if (known !== undefined) {
      known.count++;
      this.siftDown(known);
      return known;
    }
    const { heap } = this;
    if (heap.length < this.capacity) {
      const counter = new Counter(item, identity, heap.length);
      heap.push(counter);
      this.byIdentity.set(identity, counter);
      this.siftUp(counter);
      return counter;
    }
    const least = heap[0] as Counter<T>;
    this.byIdentity.delete(least.identity);
    least.item = item;
    least.identity = identity;
    least.overcount = least.count;
    least.count++;
    this.byIdentity.set(identity, least);
    this.siftDown(least);
    return least;
  }

  /** The most frequent first. */
  top(limit: number): readonly Readonly<Counter<T>>[] {
    return [...this.heap].sort((a, b) => b.count - a.count).slice(0, limit);
  }

  private siftUp(counter: Counter<T>): void {
    const { heap } = this;
    let at = counter.heapIndex;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt] as Counter<T>;
      if (parent.count <= counter.count) {
        break;
      }
      this.place(parent, at);
      at = parentAt;
    }
    this.place(counter, at);
  }

  private siftDown(counter: Counter<T>): void {
    const { heap } = this;
    let at = counter.heapIndex;
    for (let childAt = 2 * at + 1; childAt < heap.length; childAt = 2 * at + 1) {
      let child = heap[childAt] as Counter<T>;
      const right = heap[childAt + 1];
      if (right !== undefined && right.count < child.count) {
        child = right;
        childAt++;
      }
      if (child.count >= counter.count) {
        break;
      }
      this.place(child, at);
      at = childAt;
    }
    this.place(counter, at);
  }

  private place(counter: Counter<T>, at: number): void {
    this.heap[at] = counter;
    counter.heapIndex = at;
  }
}
