/** Reads, compares, edits and writes snapshots with no job running. Rooms: see ARCHITECTURE.md. */

export * from './inspect/delete-garbage.ts';
export { type DiffOptions, diffSnapshots } from './inspect/diff-snapshots.ts';
export * from './inspect/difference.ts';
export { type FoundState, findState } from './inspect/find-state.ts';
export * from './inspect/garbage.ts';
export type { LongReadOptions } from './inspect/long-read.ts';
export {
  type KeyGroupSizes,
  type LargestKey,
  type MeasureOptions,
  measureSnapshot,
  type OperatorSizes,
  type SnapshotSizes,
  type StateSizes,
} from './inspect/measure-snapshot.ts';
export {
  type BroadcastEntry,
  type KeyedEntry,
  type OperatorItem,
  type ReadStateOptions,
  readStateEntries,
  type StateEntry,
  type TimerEntry,
} from './inspect/state-entries.ts';
export type { CheckedPart, FileCheck, SnapshotFormat } from './inspect/verify-coverage.ts';
export {
  type VerifyOptions,
  type VerifyReport,
  verifySnapshot,
} from './inspect/verify-snapshot.ts';
export { keyedSubtasks, type LiveOperator } from './live/describe-live-state.ts';
export * from './live/live-state.ts';
export * from './live/live-state-gateway.ts';
export * from './live/queryable-state-client.ts';
export * from './live/read-live-key.ts';
export * from './read/keyed-state-reader-function.ts';
export type { OpenedSavepoint } from './read/open-savepoint.ts';
export * from './read/operator-identifier.ts';
export * from './read/savepoint-reader.ts';
export * from './read/window-reader-function.ts';
export type {
  EvictingWindowSavepointReader,
  ReadWindowOptions,
  WindowSavepointReader,
} from './read/window-savepoint-reader.ts';
export { parseExactJson } from './snapshot/exact-json.ts';
export type { SavepointAccess } from './snapshot/load-snapshot.ts';
export * from './snapshot/open-snapshot.ts';
export * from './snapshot/snapshot.ts';
export * from './snapshot/state-serializers.ts';
export * from './snapshot/value-from-json.ts';
export * from './snapshot/value-to-json.ts';
export * from './sql/query-sql.ts';
export * from './write/bootstrap-functions.ts';
export * from './write/convert-savepoint.ts';
export * from './write/edit-savepoint.ts';
export {
  type BootstrapOptions,
  type KeyedStateTransformation,
  type OneInputStateTransformation,
  OperatorTransformation,
} from './write/operator-transformation.ts';
export * from './write/savepoint-writer.ts';
export * from './write/snapshot-edit.ts';
export type { StateBootstrapTransformation } from './write/state-bootstrap-transformation.ts';
export type { WindowedStateTransformation } from './write/windowed-state-transformation.ts';
