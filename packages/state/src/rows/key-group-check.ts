/**
 * Whether keys stand in the key group that their hash gives: bytes of a key that were changed, or a key
 * group that stands in the place of another, are found by it.
 *
 * Flink: KeyGroupRangeAssignment.assignToKeyGroup, which trusts what it reads.
 */
import { errorCode, errorMessage, keyGroupForKeyHash, type TypeSerializer } from '@millrace/core';

export class KeyGroupCheck {
  private readonly keySerializer: TypeSerializer<unknown>;
  private readonly numberOfKeyGroups: number;
  /** False for keys whose hash their own Java class computes: that is not known here. */
  private isKnown = true;

  constructor(keySerializer: TypeSerializer<unknown>, numberOfKeyGroups: number) {
    this.keySerializer = keySerializer;
    this.numberOfKeyGroups = numberOfKeyGroups;
  }

  /** What is wrong with `key` in `keyGroup`; `undefined` when nothing is, or it cannot be said. */
  reasonAgainst(key: unknown, keyGroup: number): string | undefined {
    if (key === null) {
      return 'it is null, which no key is';
    }
    if (!this.isKnown) {
      return undefined;
    }
    let own: number;
    try {
      own = keyGroupForKeyHash(this.keySerializer.hashCode(key), this.numberOfKeyGroups);
    } catch (error) {
      if (errorCode(error) !== 'KEY_TYPE_UNSUPPORTED') {
        return `it has no hash: ${errorMessage(error)}`; // A part of it is null.
      }
      this.isKnown = false;
      return undefined;
    }
    return own === keyGroup ? undefined : `it is of key group ${own}, not ${keyGroup}`;
  }
}
