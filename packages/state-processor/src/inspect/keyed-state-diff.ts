/**
 * Compares the keyed state of one operator in two snapshots.
 *
 * Invariants:
 * - The order of the rows, the layout, the compression and the parallelism do not count.
 * - Of the first snapshot digests are held, of so many entries as `heldEntriesMax` says: a range of
 *   key groups that has more is compared in several passes, each of a share of its keys.
 *
 * Design: docs/architecture/snapshot-toolbox.md
 */
import { KeyGroupRange } from '@millrace/core';
import type { Snapshot, SnapshotOperator } from '../snapshot/snapshot.ts';
import type { JsonValue } from '../snapshot/value-to-json.ts';
import type { Change, DiffCounts, EntryDifference } from './difference.ts';
import { CHANGED, DigestTable, HELD, SAME } from './digest-table.ts';
import { keyedPartBytes, keyedParts, type ScannedBatch, scanKeyedState } from './keyed-scan.ts';
import type { LongRead } from './long-read.ts';
import { RowDigests, type StateComparison } from './row-digests.ts';
import { EntryDecoder, type KeyedEntry, type TimerEntry } from './state-entries.ts';

export interface KeyedSide {
  readonly snapshot: Snapshot;
  readonly operator: SnapshotOperator;
}

export interface KeyedDiffOptions {
  readonly comparisons: ReadonlyMap<string, StateComparison>;
  readonly ignoreTtl: boolean;
  readonly heldEntriesMax: number;
  /** Of the first scan of each side. */
  readonly read: LongRead;
  /** Of the further ones, which only may be stopped. */
  readonly reread: LongRead;
  /** By state; changed in place. */
  readonly counts: ReadonlyMap<string, DiffCounts>;
  /** Whether more differences are wanted than their counts. */
  wantsDetails(): boolean;
  report(difference: Omit<EntryDifference, 'operatorId' | 'label'>): Promise<void>;
}

/** Bytes of rows that are compared at once; at 100 an entry, 650,000 digests. */
const UNIT_BYTES = 64 * 1024 * 1024;
/** Values that wait for their counterpart in the other snapshot. */
const PENDING_BYTES_MAX = 16 * 1024 * 1024;

/** The keys whose low digest is `value` in the lowest `bits` bits. */
interface Share {
  readonly bits: number;
  readonly value: number;
}

export async function diffKeyedState(
  before: KeyedSide,
  after: KeyedSide,
  options: KeyedDiffOptions,
): Promise<void> {
  const table = new DigestTable(options.heldEntriesMax);
  for (const unit of unitsOf(before, after)) {
    const shares: Share[] = [{ bits: 0, value: 0 }];
    let isFirst = true;
    for (let share = shares.pop(); share !== undefined; share = shares.pop()) {
      const pass = new DiffPass(before, after, { ...options, table, unit, share, isFirst });
      shares.push(...(await pass.run()));
      isFirst = false;
    }
  }
}

/** Ranges of key groups; all at once when a key's group is not the same in both. */
function unitsOf(before: KeyedSide, after: KeyedSide): (KeyGroupRange | undefined)[] {
  const { maxParallelism } = before.operator;
  const parts = keyedParts(before.operator, undefined);
  const bytes = parts.reduce((sum, part) => sum + keyedPartBytes(part, undefined), 0);
  const count = Math.min(maxParallelism, Math.ceil(bytes / UNIT_BYTES));
  if (maxParallelism !== after.operator.maxParallelism || count <= 1) {
    return [undefined];
  }
  return Array.from({ length: count }, (_, unit) => {
    const start = Math.floor((unit * maxParallelism) / count);
    return new KeyGroupRange(start, Math.floor(((unit + 1) * maxParallelism) / count) - 1);
  });
}

class DiffPass {
  private readonly before: KeyedSide;
  private readonly after: KeyedSide;
  private readonly options: KeyedDiffOptions & {
    readonly unit: KeyGroupRange | undefined;
    readonly isFirst: boolean;
  };
  private readonly table: DigestTable;
  private readonly digests: RowDigests;
  private share: Share;
  /** Shares that the table had no room for. */
  private readonly putOff: Share[] = [];
  /** Values of the second snapshot whose counterparts in the first are to be shown. */
  private pending = new Map<string, KeyedEntry | TimerEntry>();
  private pendingBytes = 0;

  constructor(
    before: KeyedSide,
    after: KeyedSide,
    options: KeyedDiffOptions & {
      /** Is cleared first. */
      readonly table: DigestTable;
      readonly unit: KeyGroupRange | undefined;
      readonly share: Share;
      readonly isFirst: boolean;
    },
  ) {
    this.before = before;
    this.after = after;
    this.options = options;
    this.share = options.share;
    this.table = options.table;
    this.table.clear();
    this.digests = new RowDigests(options.comparisons, options.ignoreTtl);
  }

  /** @returns the shares that are left to compare */
  async run(): Promise<Share[]> {
    const { read, reread, isFirst } = this.options;
    const progress = isFirst ? read : reread;
    for await (const scanned of this.scan(this.before, progress)) {
      this.hold(scanned);
    }
    for await (const scanned of this.scan(this.after, progress)) {
      await this.compare(scanned);
    }
    await this.showRest();
    return this.putOff;
  }

  private scan({ snapshot, operator }: KeyedSide, read: LongRead) {
    return scanKeyedState(snapshot, operator, { read, keyGroups: this.options.unit });
  }

  // Hot path.
  private hold(scanned: ScannedBatch): void {
    const { digests, table } = this;
    const { batch } = scanned;
    digests.begin(scanned);
    for (const row of batch.rows) {
      if (!digests.digest(batch, row)) {
        this.countOneSided(scanned, row.stateId, 'removed');
      } else {
        const { key, value } = digests;
        while (this.isOfShare(key.low) && !table.put(key.high, key.low, value.high, value.low)) {
          this.halveShare();
        }
      }
    }
  }

  /** Of a state that is in one snapshot only. */
  private countOneSided(scanned: ScannedBatch, stateId: number, change: 'added' | 'removed'): void {
    const counts = this.options.counts.get(scanned.codecs[stateId]!.state.name);
    if (this.options.isFirst && counts !== undefined) {
      counts[change]++;
    }
  }

  private isOfShare(keyLow: number): boolean {
    const { bits, value } = this.share;
    return (keyLow & (2 ** bits - 1)) === value;
  }

  private halveShare(): void {
    const { bits, value } = this.share;
    this.putOff.push({ bits: bits + 1, value: value + 2 ** bits });
    this.share = { bits: bits + 1, value };
    this.table.keepOnly(2 ** (bits + 1) - 1, value);
  }

  // Hot path.
  private async compare(scanned: ScannedBatch): Promise<void> {
    const { digests, table } = this;
    const { batch, codecs } = scanned;
    digests.begin(scanned);
    for (const row of batch.rows) {
      if (!digests.digest(batch, row)) {
        this.countOneSided(scanned, row.stateId, 'added');
        continue;
      }
      if (!this.isOfShare(digests.key.low)) {
        continue;
      }
      const { key, value } = digests;
      const counts = this.options.counts.get(codecs[row.stateId]!.state.name)!;
      const slot = table.find(key.high, key.low);
      if (slot < 0) {
        counts.added++;
        if (this.options.wantsDetails()) {
          await this.show('added', undefined, new EntryDecoder(scanned, row.stateId).decode(row), {
            state: codecs[row.stateId]!.state.name,
          });
        }
      } else if (table.hasValue(slot, value.high, value.low)) {
        counts.same++;
        table.mark(slot, SAME);
      } else {
        counts.changed++;
        table.mark(slot, CHANGED);
        if (this.options.wantsDetails()) {
          const id = `${key.high},${key.low}`;
          this.pending.set(id, new EntryDecoder(scanned, row.stateId).decode(row));
          this.pendingBytes += row.valueEnd - row.valueStart + row.keyEnd - row.keyStart;
          if (this.pendingBytes > PENDING_BYTES_MAX) {
            await this.showPending();
          }
        }
      }
    }
  }

  /** Reads the first snapshot again for the values that are held as digests alone. */
  private async showPending(): Promise<void> {
    const digests = new RowDigests(this.options.comparisons, this.options.ignoreTtl);
    for await (const scanned of this.scan(this.before, this.options.reread)) {
      const { batch, codecs } = scanned;
      digests.begin(scanned);
      for (const row of batch.rows) {
        if (digests.digest(batch, row) && this.isOfShare(digests.key.low)) {
          const id = `${digests.key.high},${digests.key.low}`;
          const after = this.pending.get(id);
          if (after !== undefined) {
            const { name } = codecs[row.stateId]!.state;
            const decoded = new EntryDecoder(scanned, row.stateId).decode(row);
            await this.show('changed', decoded, after, { state: name });
          }
        }
      }
    }
    this.pending = new Map();
    this.pendingBytes = 0;
  }

  /** What is left in the table was removed. */
  private async showRest(): Promise<void> {
    const { table, options } = this;
    if (this.pending.size > 0) {
      await this.showPending();
    }
    if (table.count(HELD) === 0) {
      return;
    }
    const { digests } = this;
    for await (const scanned of this.scan(this.before, options.reread)) {
      const { batch, codecs } = scanned;
      digests.begin(scanned);
      for (const row of batch.rows) {
        if (!digests.digest(batch, row) || !this.isOfShare(digests.key.low)) {
          continue;
        }
        const slot = table.find(digests.key.high, digests.key.low);
        if (slot >= 0 && table.markOf(slot) === HELD) {
          const { name } = codecs[row.stateId]!.state;
          options.counts.get(name)!.removed++;
          if (options.wantsDetails()) {
            const decoded = new EntryDecoder(scanned, row.stateId).decode(row);
            await this.show('removed', decoded, undefined, { state: name });
          }
        }
      }
    }
  }

  private async show(
    change: Change,
    before: KeyedEntry | TimerEntry | undefined,
    after: KeyedEntry | TimerEntry | undefined,
    { state }: { readonly state: string },
  ): Promise<void> {
    const entry = (after ?? before)!;
    await this.options.report({
      kind: 'entry',
      change,
      state,
      keyGroup: entry.keyGroup,
      key: entry.key,
      ...(entry.namespace === undefined ? {} : { namespace: entry.namespace }),
      ...('userKey' in entry && entry.userKey !== undefined ? { userKey: entry.userKey } : {}),
      ...(entry.kind === 'timer' ? { timestamp: entry.timestamp } : {}),
      ...valueUnder('before', before),
      ...valueUnder('after', after),
    });
  }
}

function valueUnder(
  name: 'before' | 'after',
  entry: KeyedEntry | TimerEntry | undefined,
): { readonly before?: JsonValue; readonly after?: JsonValue } {
  return entry?.kind === 'keyed' ? { [name]: shownValue(entry) } : {};
}

function shownValue(entry: KeyedEntry): JsonValue {
  const { value, lastAccessTimestamp } = entry;
  return lastAccessTimestamp === undefined ? value : { value, lastAccessTimestamp };
}
