/**
 * Which keys of an operator its records have, by a sketch over a sample of them.
 *
 * A record that is not sampled costs one subtraction and one comparison. The distance between samples
 * is drawn anew each time, so that a rhythm in the records is not taken for a hot key.
 */
// Hot path.
import { DataOutputView, keyIdentityOf, type TypeSerializer } from '@millrace/core';
import { SpaceSaving } from './space-saving.ts';
import type { HotKeys } from './state-query.ts';

/** On the average. */
export const SAMPLING_INTERVAL = 512; // A sample takes about 1 us, which is 2 ns of each record.
/** A key with more than a 1024th of the samples is found: about 200 kB with keys of 100 bytes. */
const COUNTERS = 1024;

export class KeyAccessSampler<K> {
  /** Records until the next sample; who counts it down calls `sample` below 0. */
  left: number;
  private readonly serializer: TypeSerializer<K>;
  private readonly identityOf: (key: K) => unknown;
  private readonly sketch: SpaceSaving<K>;
  private random: number;

  constructor(serializer: TypeSerializer<K>) {
    this.left = 0;
    this.serializer = serializer;
    this.identityOf = keyIdentityOf(serializer);
    this.sketch = new SpaceSaving(COUNTERS);
    this.random = 0x2545f491;
  }

  sample(key: K): void {
    let x = this.random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.random = x;
    this.left = x & (2 * SAMPLING_INTERVAL - 1); // 511.5 on the average, after which one is taken
    const counter = this.sketch.add(key, this.identityOf(key));
    if (counter.item === key && !this.serializer.isImmutableType) {
      counter.item = this.serializer.copy(key); // The program may go on changing its own.
    }
  }

  hotKeys(limit: number): HotKeys {
    const output = new DataOutputView(64);
    const keys = this.sketch.top(limit).map(({ item, count, overcount }) => {
      output.reset();
      this.serializer.serialize(item, output);
      return { key: output.copyBytes(), count, overcount };
    });
    return { sampledAccesses: this.sketch.total, samplingInterval: SAMPLING_INTERVAL, keys };
  }
}
