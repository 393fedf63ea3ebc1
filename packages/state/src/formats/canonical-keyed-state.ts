/**
 * Marks in the keyed state of a canonical savepoint: one layout for all backends, so that a savepoint
 * of one is restored by another.
 *
 * Bytes: docs/formats/canonical-keyed-state.md. Flink: FullSnapshotAsyncWriter, FullSnapshotUtil.
 */

/** In the first byte of the key of a run's last entry: the next state id follows, or the end. */
export const META_DATA_FOLLOWS_FLAG = 0x80;
/** In the place of a state id. */
export const END_OF_KEY_GROUP_MARK = 0xffff;
/** Between the elements of a list. */
export const LIST_DELIMITER = 0x2c; // ','
