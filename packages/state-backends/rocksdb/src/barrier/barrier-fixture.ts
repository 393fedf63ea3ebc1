/** For tests: a database in memory, writes that are held for it, and copies that end when told. */
import { errorMessage } from '@millrace/core';
import type { WriteBatch } from '../database/write-batch.ts';
import type { HeldWrites, VersionCopy } from './held-writes.ts';

const HEAD_BYTES = 13;
const PUT = 1; // as NativeDatabase.write takes them

export class MemoryDatabase {
  readonly rows: Map<string, string> = new Map();
  /** Thrown by the next writes. */
  failure: Error | undefined;
  writeFailure: unknown = undefined;
  writes = 0;

  write(batch: WriteBatch): void {
    if (batch.count === 0) {
      return;
    }
    if (this.failure !== undefined) {
      this.writeFailure ??= this.failure;
      throw this.failure;
    }
    this.writes++;
    const view = new DataView(batch.bytes.buffer);
    for (let at = 0; at < batch.end; ) {
      const keyBytes = view.getUint32(at + 5, true);
      const valueBytes = view.getUint32(at + 9, true);
      const key = text(batch.bytes, at + HEAD_BYTES, keyBytes);
      if (batch.bytes[at] === PUT) {
        this.rows.set(key, text(batch.bytes, at + HEAD_BYTES + keyBytes, valueBytes));
      } else {
        this.rows.delete(key);
      }
      at += HEAD_BYTES + keyBytes + valueBytes;
    }
    batch.clear();
  }
}

function text(bytes: Uint8Array, start: number, length: number): string {
  return Buffer.from(bytes.subarray(start, start + length)).toString();
}

interface Entry {
  value: string | undefined;
  isDirty: boolean;
  /** As it still has to be written out for the fixed version. */
  old: { readonly value: string | undefined } | undefined;
}

/** What a cache does, as plainly as it can be said. */
export class MemoryWrites implements HeldWrites {
  readonly entries: Map<string, Entry> = new Map();
  /** Thrown by the next entry that is written out. */
  failure: Error | undefined;
  /** Thrown by the next release, which is made all the same. */
  releaseFailure: Error | undefined;
  private readonly prefix: string;
  isFixed = false;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  get dirtyEntries(): number {
    return [...this.entries.values()].filter((entry) => entry.isDirty || entry.old).length;
  }

  set(key: string, value: string | undefined): void {
    const entry = this.entries.get(key);
    if (entry === undefined) {
      this.entries.set(key, { value, isDirty: true, old: undefined });
      return;
    }
    entry.value = value;
    entry.isDirty = true;
  }

  fixVersion(): void {
    this.isFixed = true;
    for (const entry of this.entries.values()) {
      if (entry.isDirty) {
        entry.old = { value: entry.value };
        entry.isDirty = false;
      }
    }
  }

  writeVersion(batch: WriteBatch, isOver: () => boolean): boolean {
    for (const [key, entry] of this.entries) {
      if (entry.old !== undefined) {
        if (this.failure !== undefined) {
          throw this.failure;
        }
        this.put(batch, key, entry.old.value);
        entry.old = undefined;
        if (isOver()) {
          return false;
        }
      }
    }
    return true;
  }

  releaseVersion(): void {
    this.isFixed = false;
    for (const entry of this.entries.values()) {
      entry.isDirty ||= entry.old !== undefined;
      entry.old = undefined;
    }
    if (this.releaseFailure !== undefined) {
      throw this.releaseFailure;
    }
  }

  writeAll(batch: WriteBatch): void {
    if (this.isFixed) {
      throw new Error('a version is fixed');
    }
    for (const [key, entry] of this.entries) {
      if (entry.isDirty) {
        this.put(batch, key, entry.value);
        entry.isDirty = false;
      }
    }
  }

  /** What is in memory goes before what is in the database. */
  readInto(rows: Map<string, string>): void {
    for (const [key, { value }] of this.entries) {
      if (value === undefined) {
        rows.delete(this.prefix + key);
      } else {
        rows.set(this.prefix + key, value);
      }
    }
  }

  private put(batch: WriteBatch, key: string, value: string | undefined): void {
    const keyBytes = Buffer.from(this.prefix + key);
    const bytes = Buffer.concat([keyBytes, Buffer.from(value ?? '')]);
    if (value === undefined) {
      batch.delete(0, keyBytes, 0, keyBytes.length);
    } else {
      batch.put(0, bytes, 0, keyBytes.length, bytes.length);
    }
  }
}

/** A copy that is made at its end: so it holds whatever was written since its start. */
export class MemoryCopy implements VersionCopy {
  rows: Map<string, string> | undefined;
  starts = 0;
  isMade = false;
  /** How it ends, in place of well. */
  failure: Error | undefined;
  private readonly database: MemoryDatabase;
  private settle: () => void = () => {};

  constructor(database: MemoryDatabase) {
    this.database = database;
  }

  start(): Promise<void> {
    this.starts++;
    return new Promise((resolve, reject) => {
      this.settle = () => {
        this.isMade = true;
        if (this.failure === undefined) {
          this.rows = new Map(this.database.rows);
          resolve();
        } else {
          reject(this.failure);
        }
      };
    });
  }

  wait(): void {
    this.finish();
  }

  /** Nothing before it was started, and the second time. */
  finish(): void {
    if (this.starts > 0 && !this.isMade) {
      this.settle();
    }
  }
}

/** `copied`, `pending`, or why it failed. */
export class Outcome {
  text = 'pending';

  constructor(promise: Promise<void>) {
    promise.then(
      () => {
        this.text = 'copied';
      },
      (error: unknown) => {
        this.text = errorMessage(error);
      },
    );
  }
}

/** All that `barrier`'s participants and the database hold together. */
export function contents(
  database: MemoryDatabase,
  participants: readonly MemoryWrites[],
): Map<string, string> {
  const rows = new Map(database.rows);
  for (const participant of participants) {
    participant.readInto(rows);
  }
  return rows;
}
