/**
 * Whether keys stand in the key group that their hash gives: bytes of a key that were changed, or a key
 * group that stands in the place of another, are found by it.
 *
 * Flink: KeyGroupRangeAssignment.assignToKeyGroup, which trusts what it reads.
 */
import { errorMessage, type TypeSerializer } from '@millrace/core';
import { keyGroupOfKey } from './key-group-of-key.ts';

export class KeyGroupCheck {
  private readonly keySerializer: TypeSerializer<unknown>;
  private readonly numberOfKeyGroups: number;
  /** False for keys whose hash their own Java class computes: that is not known here. */
  private isKnown = true;

  constructor(keySerializer: TypeSerializer<unknown>, numberOfKeyGroups: number) {
    this.keySerializer = keySerializer;
    this.numberOfKeyGroups = numberOfKeyGroups;
  }

  /** False from the first key on whose hash is not known. */
  get knowsHash(): boolean {
    return this.isKnown;
  }

  /** What is wrong with `key` in `keyGroup`; `undefined` when nothing is, or it cannot be said. */
  reasonAgainst(key: unknown, keyGroup: number): string | undefined {
    if (key === null) {
      return 'it is null, which no key is';
    }
    if (!this.isKnown) {
      return undefined;
    }
    let own: number | undefined;
    try {
      own = keyGroupOfKey(this.keySerializer, key, this.numberOfKeyGroups);
    } catch (error) {
      return `it has no hash: ${errorMessage(error)}`; // A part of it is null.
    }
    if (own === undefined) {
      this.isKnown = false;
      return undefined;
    }
    return own === keyGroup ? undefined : `it is of key group ${own}, not ${keyGroup}`;
  }
}
