/** The current key of a backend, and the keys that have cached state outside windows. */
// Hot path.
import { KeyTable } from '@millrace/state';
import type { CacheEntry } from './cache-entry.ts';

/** The checks of a key are those of `KeyTable`; what is evicted leaves it. */
export class KeyContext<K> extends KeyTable<K, CacheEntry> {}
