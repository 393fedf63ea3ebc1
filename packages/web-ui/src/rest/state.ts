/** Answers of the state browser and of SQL: endpoints of Millrace that Flink lacks. */
import type { Snapshots, StateEntries, StateOverview, StateSizes } from '@millrace/rest-client';

export type {
  HottestKeys,
  KeyEntries as KeyLookUp,
  LargestKeys,
  Snapshots,
  SqlResult,
  StateEntries as EntryPage,
  StateOverview,
  StateSizes,
} from '@millrace/rest-client';
export type SnapshotInfo = Snapshots['snapshots'][number];
export type StateOperator = StateOverview['operators'][number];
export type StateInfo = StateOperator['states'][number];
export type StateEntry = StateEntries['entries'][number];
export type KeyGroupSize = StateSizes['keyGroups'][number];
