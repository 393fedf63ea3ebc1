/** Ranges of keys in a database, each from `lower` to before `upper`. */
import type { KeyGroupRange } from '@millrace/core';
import { keyGroupPrefix, keyGroupPrefixBytes } from '@millrace/state';

export interface KeyBounds {
  readonly lower: Uint8Array;
  readonly upper: Uint8Array;
}

export function boundsOfKeyGroups(range: KeyGroupRange, numberOfKeyGroups: number): KeyBounds {
  const prefixBytes = keyGroupPrefixBytes(numberOfKeyGroups);
  return {
    lower: keyGroupPrefix(range.startKeyGroup, prefixBytes),
    upper: keyGroupPrefix(range.endKeyGroup + 1, prefixBytes),
  };
}

/** The smallest key behind all that begin with `prefix`. Its first byte is below 255. */
export function successorOf(prefix: Uint8Array): Uint8Array {
  let last = prefix.length - 1;
  while (prefix[last] === 0xff) {
    last--;
  }
  const successor = prefix.slice(0, last + 1);
  successor[last]!++;
  return successor;
}
