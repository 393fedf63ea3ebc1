/**
 * What a program iterates of a map. Each kind is a class, so that its loop in the program has one `next`, which the
 * compiler can put there with all that it makes.
 */
// Hot path.
import { AT_END, MapCursor } from './map-cursor.ts';

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

export class EntryIterator<UK, UV> extends MapCursor implements IterableIterator<[UK, UV]> {
  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<[UK, UV], undefined> {
    const place = this.nextPlace();
    return place === AT_END
      ? DONE
      : { done: false, value: [this.userKeyAt(place) as UK, this.valueAt(place) as UV] };
  }
}

export class UserKeyIterator<UK> extends MapCursor implements IterableIterator<UK> {
  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<UK, undefined> {
    const place = this.nextPlace();
    return place === AT_END ? DONE : { done: false, value: this.userKeyAt(place) as UK };
  }
}

export class UserValueIterator<UV> extends MapCursor implements IterableIterator<UV> {
  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<UV, undefined> {
    const place = this.nextPlace();
    return place === AT_END ? DONE : { done: false, value: this.valueAt(place) as UV };
  }
}
