/**
 * Reads the values of several keys at once, for records that wait, and looks up together those that are in
 * memory (`KeysAhead`).
 *
 * Whether reading ahead gains anything is measured: now and then the records are left to read for themselves,
 * and a state is read ahead as long as a good share of them had to go to the database.
 *
 * Invariants:
 * - It adds clean entries to the cache, and changes nothing else: neither state nor the current key.
 *
 * Flink has none: its states read when they are used.
 */
// Hot path.
import { InvariantError } from '@millrace/core';
import type { KeyLookAhead } from '@millrace/state';
import type { KeyContext } from './key-context.ts';

/** Below, reading together gains less than finding out who is to be read. */
const READS_SHARE_MIN = 1 / 4;
const PROBED_RECORDS = 512;
/** Records between two probes: they cost little, but what they do without is lost. */
const RECORDS_BETWEEN_PROBES = 32 * PROBED_RECORDS;
/** Fewer do not outweigh the call. */
const RECORDS_MIN = 8;
/** Share of the cache that is filled ahead at most: more would be evicted before it is used. */
const CACHE_SHARE_MAX = 1 / 4;

/** Bytes for keys that are kept: what longer ones take is given back. */
const KEYS_BYTES = 16 * 1024;
const KEYS_BYTES_KEPT = 1024 * 1024;

/** A state without namespaces that has one row a key. */
export interface ReadAheadState<K> {
  /** Rows read so far since an access needed them. */
  readonly rowsRead: number;
  /** Of those that are not in memory, where there is room. The current key is another after it. */
  readAhead(keys: readonly K[], rows: RowsAhead<K>): void;
}

interface Probed<K> {
  readonly state: ReadAheadState<K>;
  rowsReadBefore: number;
  isReadAhead: boolean;
}

export interface StateLookAheadOptions<K> {
  readonly keys: KeyContext<K>;
  /** In the cache. Writes what is dirty, and throws what that throws. */
  readonly makeRoom: () => void;
  /** Entries that the cache has room for, about. */
  readonly cachedEntries: () => number;
}

export class StateLookAhead<K> implements KeyLookAhead<K> {
  private readonly keys: KeyContext<K>;
  private readonly makeRoom: () => void;
  private readonly cachedEntries: () => number;
  private readonly states: Probed<K>[];
  private readonly rows: RowsAhead<K>;
  private statesReadAhead: number;
  /** The next records are worth reading the database for. */
  private isRead: boolean;
  /** Records seen by the running probe; -1 while none runs. */
  private probed: number;
  private recordsUntilProbe: number;

  constructor(options: StateLookAheadOptions<K>) {
    this.keys = options.keys;
    this.makeRoom = options.makeRoom;
    this.cachedEntries = options.cachedEntries;
    this.states = [];
    this.rows = new RowsAhead();
    this.statesReadAhead = 0;
    this.isRead = false;
    this.probed = -1;
    this.recordsUntilProbe = 0;
  }

  register(state: ReadAheadState<K>): void {
    this.states.push({ state, rowsReadBefore: state.rowsRead, isReadAhead: false });
  }

  isWorthwhile(records: number): boolean {
    this.isRead = this.isReadingWorthwhile(records);
    return this.isRead || this.keys.ahead.isWorthwhile(records);
  }

  readAhead(keys: readonly K[], hashCodes?: Int32Array): void {
    if (this.isRead) {
      this.readStates(keys);
    }
    // Behind the reading, which adds to the table of keys.
    if (this.keys.ahead.isWorthwhile(keys.length)) {
      this.keys.ahead.readAhead(keys, hashCodes);
    }
  }

  private isReadingWorthwhile(records: number): boolean {
    if (this.states.length === 0) {
      return false;
    }
    if (this.probed >= 0) {
      if (this.probed < PROBED_RECORDS) {
        this.probed += records;
        return false;
      }
      this.endProbe();
    }
    this.recordsUntilProbe -= records;
    if (this.recordsUntilProbe < 0) {
      this.beginProbe(records);
      return false;
    }
    return (
      this.statesReadAhead > 0 &&
      records >= RECORDS_MIN &&
      records * this.statesReadAhead <= this.cachedEntries() * CACHE_SHARE_MAX
    );
  }

  private readStates(keys: readonly K[]): void {
    const before = this.keys.keyAtHand;
    try {
      for (let i = 0; i < this.states.length; i++) {
        const { state, isReadAhead } = this.states[i]!;
        if (isReadAhead) {
          this.makeRoom();
          this.readState(state, keys);
        }
      }
    } finally {
      this.setKey(before);
    }
  }

  private readState(state: ReadAheadState<K>, keys: readonly K[]): void {
    try {
      state.readAhead(keys, this.rows);
    } catch (error) {
      if (error instanceof InvariantError) {
        throw error;
      }
      // What cannot be read is read again when it is used, and fails there.
    } finally {
      this.rows.clear();
    }
  }

  private setKey(key: K | undefined): void {
    if (key === undefined) {
      this.keys.unsetCurrentKey();
    } else {
      this.keys.setCurrentKey(key);
    }
  }

  private beginProbe(records: number): void {
    this.probed = records;
    for (const each of this.states) {
      each.rowsReadBefore = each.state.rowsRead;
    }
  }

  private endProbe(): void {
    this.statesReadAhead = 0;
    for (const each of this.states) {
      const rows = each.state.rowsRead - each.rowsReadBefore;
      each.isReadAhead = rows >= this.probed * READS_SHARE_MIN;
      this.statesReadAhead += each.isReadAhead ? 1 : 0;
    }
    this.probed = -1;
    this.recordsUntilProbe = RECORDS_BETWEEN_PROBES;
  }
}

/** Keys of rows that are to be read together, packed as `NativeDatabase.multiGet` takes them. */
export class RowsAhead<K> {
  /** Of each row, by its place. */
  readonly keys: K[];
  bytes: Uint8Array;
  end: number;
  private view: DataView;

  constructor() {
    this.keys = [];
    this.bytes = new Uint8Array(KEYS_BYTES);
    this.end = 0;
    this.view = new DataView(this.bytes.buffer);
  }

  /** Of a row's key, on the average. */
  get keyBytes(): number {
    return Math.round(this.end / this.keys.length) - 4;
  }

  clear(): void {
    this.keys.length = 0;
    this.end = 0;
    if (this.bytes.length > KEYS_BYTES_KEPT) {
      this.bytes = new Uint8Array(KEYS_BYTES);
      this.view = new DataView(this.bytes.buffer);
    }
  }

  /** The row's key is in `row` up to `rowEnd`. */
  add(key: K, row: Uint8Array, rowEnd: number): void {
    const needed = this.end + 4 + rowEnd;
    if (needed > this.bytes.length) {
      this.grow(needed);
    }
    this.view.setUint32(this.end, rowEnd, true);
    let at = this.end + 4;
    for (let i = 0; i < rowEnd; i++) {
      this.bytes[at++] = row[i]!;
    }
    this.end = at;
    this.keys.push(key);
  }

  private grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    grown.set(this.bytes.subarray(0, this.end));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}
