/** A map whose accesses are measured, also those of iteration. Flink: LatencyTrackingMapState. */
// Hot path.
import type { MapState } from '@millrace/core';
import type { InternalKvState } from '../backend/internal-kv-state.ts';
import { AccessLatency, type StateLatencyMetrics } from './access-latency.ts';
import { LatencyTrackingState } from './latency-tracking-states.ts';

export class LatencyTrackingMapState<K, N, UK, UV>
  extends LatencyTrackingState<K, N, MapState<UK, UV>>
  implements MapState<UK, UV>
{
  private readonly getting: AccessLatency;
  private readonly putting: AccessLatency;
  private readonly puttingAll: AccessLatency;
  private readonly removing: AccessLatency;
  private readonly containing: AccessLatency;
  private readonly emptiness: AccessLatency;
  private readonly entriesInit: AccessLatency;
  private readonly keysInit: AccessLatency;
  private readonly valuesInit: AccessLatency;
  private readonly iterating: AccessLatency;

  constructor(original: MapState<UK, UV> & InternalKvState<K, N>, metrics: StateLatencyMetrics) {
    super(original, metrics);
    const latency = (access: string) => new AccessLatency(metrics, `mapState${access}Latency`);
    this.getting = latency('Get');
    this.putting = latency('Put');
    this.puttingAll = latency('PutAll');
    this.removing = latency('Remove');
    this.containing = latency('Contains');
    this.emptiness = latency('IsEmpty');
    this.entriesInit = latency('EntriesInit');
    this.keysInit = latency('KeysInit');
    this.valuesInit = latency('ValuesInit');
    this.iterating = latency('IteratorNext');
  }

  get(key: UK): UV | undefined {
    const began = this.getting.begin();
    const value = this.original.get(key);
    this.getting.end(began);
    return value;
  }

  put(key: UK, value: UV): void {
    const began = this.putting.begin();
    this.original.put(key, value);
    this.putting.end(began);
  }

  putAll(entries: Iterable<readonly [UK, UV]>): void {
    const began = this.puttingAll.begin();
    this.original.putAll(entries);
    this.puttingAll.end(began);
  }

  remove(key: UK): void {
    const began = this.removing.begin();
    this.original.remove(key);
    this.removing.end(began);
  }

  contains(key: UK): boolean {
    const began = this.containing.begin();
    const contains = this.original.contains(key);
    this.containing.end(began);
    return contains;
  }

  isEmpty(): boolean {
    const began = this.emptiness.begin();
    const isEmpty = this.original.isEmpty();
    this.emptiness.end(began);
    return isEmpty;
  }

  entries(): Iterable<[UK, UV]> {
    const began = this.entriesInit.begin();
    const entries = this.original.entries();
    this.entriesInit.end(began);
    return new MeasuredIterable(entries, this.iterating);
  }

  keys(): Iterable<UK> {
    const began = this.keysInit.begin();
    const keys = this.original.keys();
    this.keysInit.end(began);
    return new MeasuredIterable(keys, this.iterating);
  }

  values(): Iterable<UV> {
    const began = this.valuesInit.begin();
    const values = this.original.values();
    this.valuesInit.end(began);
    return new MeasuredIterable(values, this.iterating);
  }
}

class MeasuredIterable<T> implements Iterable<T> {
  private readonly original: Iterable<T>;
  private readonly latency: AccessLatency;

  constructor(original: Iterable<T>, latency: AccessLatency) {
    this.original = original;
    this.latency = latency;
  }

  [Symbol.iterator](): Iterator<T> {
    return new MeasuredIterator(this.original[Symbol.iterator](), this.latency);
  }
}

class MeasuredIterator<T> implements Iterator<T> {
  private readonly original: Iterator<T>;
  private readonly latency: AccessLatency;

  constructor(original: Iterator<T>, latency: AccessLatency) {
    this.original = original;
    this.latency = latency;
  }

  next(): IteratorResult<T> {
    const began = this.latency.begin();
    const result = this.original.next();
    this.latency.end(began);
    return result;
  }

  /** A loop that is left frees what the iterator holds. */
  return(): IteratorResult<T> {
    return this.original.return?.() ?? { done: true, value: undefined };
  }
}
