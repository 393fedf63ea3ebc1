/**
 * The primitive by which a key is found in a JavaScript `Map`.
 *
 * Invariants:
 * - Two keys have the same identity exactly when their bytes are the same.
 *
 * Strings, numbers, booleans and bigints are their own identity; tuples, POJOs and the like are
 * known by their bytes.
 */
// Hot path.

import { DataOutputView } from './data-output-view.ts';
import type { KeyIdentity, TypeSerializer } from './type-serializer.ts';

/** Made once per backend or table; the function that it gives is called per record. */
export function keyIdentityOf<K>(serializer: TypeSerializer<K>): (key: K) => KeyIdentity {
  if (serializer.keyIdentity !== undefined) {
    return serializer.keyIdentity.bind(serializer);
  }
  const target = new DataOutputView(64);
  return (key) => {
    serializer.serialize(key, target.reset());
    return latin1(target.bytes());
  };
}

/** One character a byte. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
