/**
 * The id of an operator that has a uid: under it a snapshot keeps its state.
 *
 * Flink: StreamGraphHasherV2.generateUserSpecifiedHash.
 */
import { murmur3Hash128 } from './murmur3-128.ts';

/** 32 hexadecimal digits. */
export function operatorIdFromUid(uid: string): string {
  return Buffer.from(murmur3Hash128(new TextEncoder().encode(uid))).toString('hex');
}
