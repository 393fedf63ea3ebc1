/** Answers of the state browser and of SQL: endpoints of Millrace that Flink lacks. */

export interface Snapshots {
  readonly snapshots: readonly SnapshotInfo[];
}

export interface SnapshotInfo {
  readonly id: string;
  readonly kind: 'checkpoint' | 'savepoint';
  readonly checkpointId?: number | null;
  readonly path: string;
  readonly timestamp: number;
  readonly stateSize?: number | null;
}

export interface StateOverview {
  readonly source: string;
  readonly operators: readonly StateOperator[];
}

export interface StateOperator {
  readonly operatorId: string;
  readonly uid?: string | null;
  readonly name?: string | null;
  readonly parallelism: number;
  readonly maxParallelism: number;
  readonly states: readonly StateInfo[];
}

export interface StateInfo {
  readonly name: string;
  readonly kind: string;
  readonly keyType?: string | null;
  readonly namespaceType?: string | null;
  readonly valueType?: string | null;
  readonly queryableName?: string | null;
  readonly ttlMs?: number | null;
}

export interface KeyLookUp {
  readonly key: unknown;
  readonly keyGroup: number;
  readonly subtask: number;
  readonly entries: readonly {
    readonly namespace?: unknown;
    readonly value: unknown;
    readonly mapKey?: unknown;
  }[];
}

export interface EntryPage {
  readonly view?: {
    readonly id: string;
    readonly takenAt: number;
    readonly expiresAt: number;
  } | null;
  readonly entries: readonly StateEntry[];
  readonly cursor?: string | null;
}

export interface StateEntry {
  readonly keyGroup: number;
  readonly key: unknown;
  readonly namespace?: unknown;
  readonly mapKey?: unknown;
  readonly value: unknown;
}

export interface StateSizes {
  readonly states: readonly {
    readonly name: string;
    readonly entries: number;
    readonly bytes: number;
    readonly exact?: boolean;
  }[];
  readonly keyGroups: readonly KeyGroupSize[];
}

export interface KeyGroupSize {
  readonly keyGroup: number;
  readonly subtask: number;
  readonly entries: number;
  readonly bytes: number;
}

export interface HottestKeys {
  readonly sampledAccesses: number;
  readonly keys: readonly {
    readonly key: unknown;
    readonly share: number;
    readonly errorShare?: number;
  }[];
}

export interface LargestKeys {
  readonly keys: readonly {
    readonly key: unknown;
    readonly bytes: number;
    readonly entries: number;
  }[];
  readonly exact: boolean;
  readonly scanned: number;
}

export interface SqlResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly truncated: boolean;
}
