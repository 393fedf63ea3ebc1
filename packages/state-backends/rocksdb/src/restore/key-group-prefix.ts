/** Key groups as they begin the keys of a database. */
import type { KeyGroupRange } from '@millrace/core';
import { keyGroupPrefixBytes } from '@millrace/state';

/** Also of the one after the last, which a prefix can say too. */
export function keyGroupPrefix(keyGroup: number, numberOfKeyGroups: number): Uint8Array {
  return keyGroupPrefixBytes(numberOfKeyGroups) === 1
    ? Uint8Array.of(keyGroup)
    : Uint8Array.of(keyGroup >>> 8, keyGroup & 0xff);
}

/** The keys of a range: from `lower` to before `upper`. */
export function keyBounds(
  range: KeyGroupRange,
  numberOfKeyGroups: number,
): { readonly lower: Uint8Array; readonly upper: Uint8Array } {
  return {
    lower: keyGroupPrefix(range.startKeyGroup, numberOfKeyGroups),
    upper: keyGroupPrefix(range.endKeyGroup + 1, numberOfKeyGroups),
  };
}
