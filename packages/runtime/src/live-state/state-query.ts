/**
 * What is asked of the state of one subtask while it runs, and what it answers: plain values, which
 * cross threads. Keys and rows are bytes: whoever asks decodes them, not the task.
 */
import type {
  KeyRows,
  OperatorStatesDescription,
  RowPage,
  ViewPage,
  ViewPlace,
} from '@millrace/state';

export interface KeyGroups {
  readonly startKeyGroup: number;
  /** The last one. */
  readonly endKeyGroup: number;
}

export type StateQuery =
  /** The states of all operators of the task. */
  | { readonly kind: 'describe' }
  /** All that a key has under one name; the key as its serializer writes it. */
  | {
      readonly kind: 'read-key';
      readonly operatorId: string;
      readonly stateName: string;
      readonly key: Uint8Array;
    }
  /** What a broadcast state of this subtask has under a key. */
  | {
      readonly kind: 'read-broadcast-key';
      readonly operatorId: string;
      readonly stateName: string;
      readonly key: Uint8Array;
    }
  /** Whoever asks names the view; it ends by itself when nobody reads it any more. */
  | {
      readonly kind: 'open-view';
      readonly operatorId: string;
      readonly viewId: string;
      /** All of the keyed state, which costs the same as a part of it. */
      readonly keyed: boolean;
      /** Lists and broadcast maps, which are copied. */
      readonly operatorStates: readonly string[];
    }
  | {
      readonly kind: 'read-view';
      readonly viewId: string;
      /** Which state: each has ids and places of its own. */
      readonly of: 'keyed' | 'operator';
      readonly after?: ViewPlace | undefined;
      readonly stateIds?: readonly number[] | undefined;
      readonly keyGroups?: KeyGroups | undefined;
      /** From 1; more than `PAGE_ROWS_MAX` are not given. */
      readonly maxRows: number;
    }
  | { readonly kind: 'close-view'; readonly viewId: string }
  /** Counts accesses from now on, for as long as somebody asks. */
  | { readonly kind: 'hot-keys'; readonly operatorId: string; readonly limit: number };

export interface StateAnswers {
  readonly describe: readonly OperatorStateDescription[];
  readonly 'read-key': KeyRows;
  readonly 'read-broadcast-key': BroadcastEntryRow;
  readonly 'open-view': OpenedView;
  readonly 'read-view': ViewPage;
  readonly 'close-view': undefined;
  readonly 'hot-keys': HotKeysOfTask;
}

export type StateAnswer<Q extends StateQuery = StateQuery> = StateAnswers[Q['kind']];

/** The states of an operator in one subtask; where it has neither, it is left out. */
export interface OperatorStateDescription {
  readonly operatorId: string;
  readonly keyed: KeyedStateDescription | undefined;
  /** Lists and broadcast maps. */
  readonly operator: OperatorStatesDescription | undefined;
}

export interface KeyedStateDescription {
  readonly keyGroups: KeyGroups;
  /** As `readKeyedBackendHeader` takes it. */
  readonly header: Uint8Array;
  /** Of the states with a time to live, ms by name. */
  readonly ttlMs: Readonly<Record<string, number>>;
}

/** Keyed and operator state, as far as it was asked for, of one moment. */
export interface OpenedView {
  readonly keyed: Omit<KeyedStateDescription, 'ttlMs'> | undefined;
  readonly operator: OperatorStatesDescription | undefined;
  /** Of the task: fewer or more than were described where the job was rescaled since. */
  readonly parallelism: number;
  /** The moment that it shows, ms since the epoch. */
  readonly takenAt: number;
  /** When it ends unless it is read; each page moves it on, up to `endsAt`. */
  readonly expiresAt: number;
  readonly endsAt: number;
}

export interface HotKeys {
  /** Accesses that were looked at; each stands for `samplingInterval` on the average. */
  readonly sampledAccesses: number;
  readonly samplingInterval: number;
  /** The most accessed first. */
  readonly keys: readonly HotKey[];
}

/** Of these key groups: fewer than were described where the job was rescaled since. */
export interface HotKeysOfTask extends HotKeys {
  readonly keyGroups: KeyGroups;
}

export interface HotKey {
  /** As the key's serializer writes it. */
  readonly key: Uint8Array;
  /** Sampled accesses, at most so many. */
  readonly count: number;
  /** `count` is too large by no more than this. */
  readonly overcount: number;
}

export interface BroadcastEntryRow {
  /** One, or none where there is nothing. */
  readonly rows: RowPage;
  /** Of the task. */
  readonly parallelism: number;
}

export const PAGE_ROWS_MAX = 1000;
/** Of one key. */
export const KEY_ROWS_MAX = 10_000;
