import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SlicingClock } from '@millrace/state/conformance';
import { WriteBatch } from '../database/write-batch.ts';
import { contents, MemoryCopy, MemoryDatabase, MemoryWrites, Outcome } from './barrier-fixture.ts';
import { DatabaseBarrier } from './database-barrier.ts';

function barrierOverMemory() {
  const database = new MemoryDatabase();
  const clock = new SlicingClock();
  clock.runsFreely = false;
  const barrier = new DatabaseBarrier({ database, clock, snapshotSliceMs: 1 });
  const writes = new MemoryWrites('');
  barrier.register(writes);
  return { database, clock, barrier, writes };
}

/** More than one slice. */
function setMany(writes: MemoryWrites, value: string): Map<string, string> {
  const rows = new Map(Array.from({ length: 100 }, (_, i) => [`${i}`, value]));
  for (const [key, each] of rows) {
    writes.set(key, each);
  }
  return rows;
}

describe('a barrier of a database', () => {
  it('writes nothing when a version is fixed, and then slice by slice with turns between', async () => {
    const { database, clock, barrier, writes } = barrierOverMemory();
    setMany(writes, 'old');

    const version = barrier.fix(new MemoryCopy(database));
    assert.equal(database.writes, 0);
    const outcome = new Outcome(version.write());

    const sizes = [database.rows.size];
    for (let i = 0; i < 3; i++) {
      await clock.nextSlice();
      sizes.push(database.rows.size);
    }
    assert.deepEqual(sizes, [32, 64, 96, 100]);
    assert.equal(outcome.text, 'pending');
  });

  it('holds newer writes back until the copy is made, and no longer', async () => {
    const { database, clock, barrier, writes } = barrierOverMemory();
    const copy = new MemoryCopy(database);
    const expected = setMany(writes, 'old');

    const outcome = new Outcome(barrier.fix(copy).write());
    setMany(writes, 'new');
    await clock.runFreely();
    assert.equal(barrier.isFixed, true);
    assert.deepEqual(database.rows, expected);
    copy.finish();
    await clock.nextSlice();

    assert.equal(outcome.text, 'copied');
    assert.equal(barrier.isFixed, false);
    assert.deepEqual(copy.rows, expected);
    assert.equal(writes.dirtyEntries, 100);
  });

  it('completes at once for who cannot wait, and tells the outcome later', async () => {
    const { database, clock, barrier, writes } = barrierOverMemory();
    const copy = new MemoryCopy(database);
    const expected = setMany(writes, 'old');
    const version = barrier.fix(copy);

    barrier.complete();

    assert.equal(barrier.isFixed, false);
    assert.deepEqual(copy.rows, expected);
    const outcome = new Outcome(version.write());
    await clock.nextSlice();
    assert.equal(outcome.text, 'copied');
    assert.equal(copy.starts, 1);
  });

  it('writes 500 entries at a time where batches have no size', () => {
    const { database, barrier, writes } = barrierOverMemory();
    for (let i = 0; i < 1001; i++) {
      writes.set(`${i}`, 'old');
    }
    barrier.fix(new MemoryCopy(database));

    barrier.complete();

    assert.deepEqual([database.writes, database.rows.size], [3, 1001]);
  });

  it('completes the older version before it fixes a newer', async () => {
    const { database, clock, barrier, writes } = barrierOverMemory();
    const [first, second] = [new MemoryCopy(database), new MemoryCopy(database)];
    const old = setMany(writes, 'old');
    const outcome = new Outcome(barrier.fix(first).write());
    const newer = setMany(writes, 'newer');

    const newerOutcome = new Outcome(barrier.fix(second).write());
    setMany(writes, 'newest');
    await clock.runFreely();
    second.finish();
    await clock.nextSlice();

    assert.deepEqual([outcome.text, newerOutcome.text], ['copied', 'copied']);
    assert.deepEqual([first.rows, second.rows], [old, newer]);
  });

  it('leaves a version out that was given up, with nothing lost of what it held', async () => {
    const { database, clock, barrier, writes } = barrierOverMemory();
    const copy = new MemoryCopy(database);
    const expected = setMany(writes, 'old');
    const version = barrier.fix(copy);
    const outcome = new Outcome(version.write());

    version.cancel();
    await clock.runFreely();
    barrier.flush();

    assert.match(outcome.text, /given up/);
    assert.equal(copy.starts, 0);
    assert.deepEqual(database.rows, expected);
  });

  it('makes one copy at a time, also after one of a version that was given up', async () => {
    const { database, clock, barrier, writes } = barrierOverMemory();
    const [first, second] = [new MemoryCopy(database), new MemoryCopy(database)];
    clock.runsFreely = true;
    setMany(writes, 'old');
    const version = barrier.fix(first);
    const outcome = new Outcome(version.write());
    await clock.nextSlice();
    version.cancel();

    void barrier.fix(second).write();
    await clock.nextSlice();
    assert.deepEqual([first.starts, second.starts], [1, 0]);
    first.finish();
    await clock.nextSlice();

    assert.equal(second.starts, 1);
    assert.match(outcome.text, /given up/);
  });
});

describe('a barrier of a database whose work fails', () => {
  it('lets the job go on when a copy failed', async () => {
    const { database, clock, barrier, writes } = barrierOverMemory();
    const copy = new MemoryCopy(database);
    clock.runsFreely = true;
    setMany(writes, 'old');
    const outcome = new Outcome(barrier.fix(copy).write());
    await clock.nextSlice();

    copy.failure = new Error('no links here');
    copy.finish();
    await clock.nextSlice();

    assert.equal(outcome.text, 'no links here');
    assert.equal(barrier.isFixed, false);
    barrier.flush();
  });

  it('tells of a copy that failed while it was completed at once', async () => {
    const { database, clock, barrier, writes } = barrierOverMemory();
    const copy = new MemoryCopy(database);
    copy.failure = new Error('no links here');
    setMany(writes, 'old');
    const version = barrier.fix(copy);

    barrier.complete();
    const outcome = new Outcome(version.write());
    await clock.nextSlice();

    assert.equal(outcome.text, 'no links here');
  });

  it('fails the version of an entry that cannot be written, which stays dirty', async () => {
    const { database, clock, barrier, writes } = barrierOverMemory();
    clock.runsFreely = true;
    const expected = setMany(writes, 'old');
    writes.failure = new Error('not of its type');

    const outcome = new Outcome(barrier.fix(new MemoryCopy(database)).write());
    await clock.nextSlice();
    writes.failure = undefined;
    barrier.flush();

    assert.equal(outcome.text, 'not of its type');
    assert.deepEqual(database.rows, expected);
  });

  it('refuses all work after a write failed, which may have lost entries', async () => {
    const { database, clock, barrier, writes } = barrierOverMemory();
    clock.runsFreely = true;
    setMany(writes, 'old');
    database.failure = new Error('disk full');

    const outcome = new Outcome(barrier.fix(new MemoryCopy(database)).write());
    await clock.nextSlice();
    database.failure = undefined;

    assert.equal(outcome.text, 'disk full');
    assert.equal(barrier.isFixed, false);
    assert.throws(() => barrier.fix(new MemoryCopy(database)), /disk full/);
    assert.throws(() => barrier.flush(), /disk full/);
    assert.throws(() => barrier.complete(), /disk full/);
    assert.equal(contents(database, [writes]).size, 100);
  });

  it('releases all participants when one cannot be, and is of no use after that', async () => {
    const { database, clock, barrier, writes } = barrierOverMemory();
    const other = new MemoryWrites('other-');
    barrier.register(other);
    setMany(writes, 'old');
    setMany(other, 'old');
    writes.releaseFailure = new Error('disk full');
    const version = barrier.fix(new MemoryCopy(database));
    const outcome = new Outcome(version.write());

    version.cancel();
    await clock.runFreely();

    assert.match(outcome.text, /given up/);
    assert.equal(barrier.isFixed, false);
    assert.equal(other.isFixed, false);
    assert.equal(barrier.failure, writes.releaseFailure);
    assert.throws(() => barrier.fix(new MemoryCopy(database)), /disk full/);
    barrier.dispose();
  });

  it('keeps the first of several participants that cannot be released', () => {
    const { database, barrier, writes } = barrierOverMemory();
    const other = new MemoryWrites('other-');
    barrier.register(other);
    writes.releaseFailure = new Error('disk full');
    other.releaseFailure = new Error('disk still full');
    barrier.fix(new MemoryCopy(database));

    barrier.dispose();

    assert.equal(barrier.failure, writes.releaseFailure);
  });

  it('tells whoever completes a version that a participant cannot be released', () => {
    const { database, barrier, writes } = barrierOverMemory();
    const copy = new MemoryCopy(database);
    writes.releaseFailure = new Error('disk full');
    barrier.fix(copy);

    assert.throws(() => barrier.complete(), /disk full/);

    assert.equal(copy.starts, 1);
  });

  it('refuses all work after a participant failed to write by itself', () => {
    const { database, barrier, writes } = barrierOverMemory();
    setMany(writes, 'old');
    const batch = new WriteBatch();
    writes.writeAll(batch);
    database.failure = new Error('disk full');
    assert.throws(() => database.write(batch), /disk full/);
    database.failure = undefined;

    assert.match(String(barrier.failure), /disk full/);
    assert.throws(() => barrier.fix(new MemoryCopy(database)), /disk full/);
    assert.throws(() => barrier.flush(), /disk full/);
    assert.throws(() => barrier.complete(), /disk full/);
  });

  it('writes what was given to the batch before an entry that cannot be written', () => {
    const { database, barrier, writes } = barrierOverMemory();
    const other = new MemoryWrites('other-');
    barrier.register(other);
    const expected = setMany(writes, 'old');
    other.set('1', 'old');
    other.writeAll = (batch) => {
      MemoryWrites.prototype.writeAll.call(other, batch);
      throw new Error('not of its type');
    };

    assert.throws(() => barrier.flush(), /not of its type/);

    assert.deepEqual(database.rows, new Map([...expected, ['other-1', 'old']]));
  });

  it('fails whoever completes a version that cannot be written', () => {
    const { database, barrier, writes } = barrierOverMemory();
    setMany(writes, 'old');
    barrier.fix(new MemoryCopy(database));
    database.failure = new Error('disk full');

    assert.throws(() => barrier.complete(), /disk full/);
    assert.equal(barrier.isFixed, false);
  });
});
