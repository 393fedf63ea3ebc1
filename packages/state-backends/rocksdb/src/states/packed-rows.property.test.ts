/** Packed rows against a plain map: any accesses, hardly any memory, and versions at any moment. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PackedRowsFixture } from './packed-rows-fixture.ts';

const KEYS = Array.from({ length: 60 }, (_, i) => `k${'y'.repeat(i % 7)}${i}`);
const key = fc.constantFrom(...KEYS);
const bytes = fc.oneof(
  { weight: 20, arbitrary: fc.nat(20) },
  { weight: 2, arbitrary: fc.integer({ min: 40, max: 120 }) },
  { weight: 1, arbitrary: fc.integer({ min: 500, max: 20_000 }) }, // more than a row may have
);
const STEP = fc.oneof(
  { weight: 40, arbitrary: fc.record({ kind: fc.constant('put' as const), key, bytes }) },
  { weight: 30, arbitrary: fc.record({ kind: fc.constant('append' as const), key, bytes }) },
  { weight: 30, arbitrary: fc.record({ kind: fc.constant('read' as const), key }) },
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant('delete' as const), key, isKept: fc.boolean() }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('decoded' as const), key, bytes }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('decodedDelete' as const), key }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('writeNow' as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('writeAllNow' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('fix' as const) }) },
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('step' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('writeAll' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('resize' as const),
      to: fc.constantFrom(0, 1100, 2500, 8000, 100_000),
    }),
  },
);
type Step = typeof STEP extends fc.Arbitrary<infer S> ? S : never;

describe('packed rows', () => {
  it('hold what a plain map holds, and a fixed version reaches the database as it was', () => {
    fc.assert(
      fc.property(
        fc.array(STEP, { minLength: 100, maxLength: 900, size: 'max' }),
        fc.constantFrom(1100, 1500, 2500, 8000, 100_000),
        fc.constantFrom(1, 200, 1 << 16),
        (steps, capacityBytes, batchBytes) => {
          const modelled = new ModelledRows(capacityBytes, batchBytes);
          for (const step of steps) {
            modelled.take(step);
          }
          modelled.end();
        },
      ),
      { numRuns: 300 },
    );
  });
});

class ModelledRows {
  private readonly rows: PackedRowsFixture;
  private readonly model: Map<string, string> = new Map();
  /** What is held decoded: it is as new or newer than what is packed. */
  private readonly decoded: Map<string, string | undefined> = new Map();
  /** The fixed version; of it, what is still decoded. */
  private fixed: Record<string, string> | undefined;
  private decodedOfFixed: Map<string, string | undefined> = new Map();
  private writes = 0;

  constructor(capacityBytes: number, batchBytes: number) {
    this.rows = new PackedRowsFixture(capacityBytes, batchBytes);
  }

  take(step: Step): void {
    const { rows, model } = this;
    this.makeRoom();
    switch (step.kind) {
      case 'put': {
        const value = this.value(step.bytes);
        model.set(step.key, value);
        this.change(step.key, value, true);
        break;
      }
      case 'append': {
        const more = this.value(step.bytes);
        const before = model.get(step.key);
        if (!this.decoded.has(step.key) && rows.append(step.key, more)) {
          model.set(step.key, before === undefined ? more : `${before},${more}`);
        }
        break;
      }
      case 'read':
        if (!this.decoded.has(step.key)) {
          assert.equal(rows.read(step.key), model.get(step.key));
        }
        break;
      case 'delete':
        model.delete(step.key);
        this.change(step.key, undefined, step.isKept);
        break;
      case 'decoded':
      case 'decodedDelete': {
        const value = step.kind === 'decoded' ? this.value(step.bytes) : undefined;
        this.leaveToDecoded(step.key, value);
        break;
      }
      case 'writeNow':
        this.checkWrittenNow(rows.writeNow(step.key), [step.key]);
        break;
      case 'writeAllNow':
        this.checkWrittenNow(rows.writeAllNow('k'), KEYS);
        break;
      case 'fix':
        this.complete();
        this.fixed = Object.fromEntries(model);
        this.decodedOfFixed = new Map(this.decoded);
        rows.rows.versions.fixVersion();
        break;
      case 'step':
        if (this.fixed !== undefined && this.writeDecoded() && rows.step()) {
          this.copy();
        }
        break;
      case 'cancel':
        this.fixed = undefined;
        this.decodedOfFixed.clear();
        rows.rows.versions.releaseVersion();
        break;
      case 'writeAll':
        this.flush();
        break;
      case 'resize':
        rows.rows.setCapacity(step.to);
    }
    assert.ok(rows.rows.versions.dirtyRows <= rows.rows.size);
  }

  end(): void {
    for (const key of KEYS) {
      if (!this.decoded.has(key)) {
        assert.equal(this.rows.read(key), this.model.get(key), key);
      }
    }
    this.flush();
    assert.equal(this.rows.rows.versions.dirtyRows, 0);
    assert.deepEqual(this.rows.stored(KEYS), sorted(this.model));
  }

  /** Of a row that is packed, or that cannot be. */
  private change(key: string, value: string | undefined, isKept: boolean): void {
    const { rows } = this;
    if (this.decoded.has(key)) {
      this.leaveToDecoded(key, value);
      return;
    }
    const isPacked = value === undefined ? rows.delete(key, { isKept }) : rows.put(key, value);
    if (!isPacked) {
      this.leaveToDecoded(key, value);
    }
  }

  /** As an entry of the cache: what is of the fixed version goes out before it changes. */
  private leaveToDecoded(key: string, value: string | undefined): void {
    if (this.decodedOfFixed.has(key)) {
      this.writeOut(key, this.decodedOfFixed.get(key));
      this.decodedOfFixed.delete(key);
    }
    this.decoded.set(key, value);
    if (value === undefined) {
      this.model.delete(key);
    } else {
      this.model.set(key, value);
    }
  }

  private writeOut(key: string, value: string | undefined): void {
    if (value === undefined) {
      this.rows.deleteDecoded(key);
    } else {
      this.rows.writeDecoded(key, value);
    }
  }

  /** What is decoded of the fixed version, all at once. */
  private writeDecoded(): boolean {
    for (const [key, value] of this.decodedOfFixed) {
      this.writeOut(key, value);
      if (this.decoded.get(key) === value) {
        this.decoded.delete(key);
      }
    }
    this.decodedOfFixed.clear();
    return true;
  }

  private checkWrittenNow(isWritten: boolean, keys: readonly string[]): void {
    if (!isWritten) {
      assert.ok(this.fixed !== undefined, 'only a fixed version is in the way');
      return;
    }
    const stored = this.rows.stored(keys);
    for (const key of keys) {
      if (!this.decoded.has(key) && !this.decodedOfFixed.has(key)) {
        assert.equal(stored[key], this.model.get(key));
      }
    }
  }

  private makeRoom(): void {
    const { rows } = this.rows;
    if (!rows.makeRoom()) {
      this.complete();
      assert.ok(rows.makeRoom());
    }
    assert.ok(rows.allocatedBytes <= Math.max(rows.capacityBytes, 0));
  }

  private complete(): void {
    while (this.fixed !== undefined) {
      this.writeDecoded();
      if (this.rows.step()) {
        this.copy();
      }
    }
  }

  /** The database holds the fixed version and nothing newer. */
  private copy(): void {
    assert.deepEqual(this.rows.stored(KEYS), sorted(new Map(Object.entries(this.fixed!))));
    this.fixed = undefined;
    this.rows.rows.versions.releaseVersion();
  }

  private flush(): void {
    this.complete();
    for (const [key, value] of this.decoded) {
      this.writeOut(key, value);
    }
    this.decoded.clear();
    this.rows.writeAll();
    assert.deepEqual(this.rows.stored(KEYS), sorted(this.model));
  }

  private value(bytes: number): string {
    return `${this.writes++}`.padEnd(bytes, '.');
  }
}

/** In the order of `KEYS`, as the database is asked for them. */
function sorted(contents: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries(
    KEYS.flatMap((key) => (contents.has(key) ? [[key, contents.get(key)!]] : [])),
  );
}
