import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RealWork } from './real-work.ts';

/** Pieces of work that end when they are told to. */
function pieces(work: RealWork, count: number) {
  const given: number[] = [];
  const ends: (() => void)[] = [];
  for (let i = 0; i < count; i++) {
    const piece = work.run(() => new Promise<void>((resolve) => ends.push(resolve)));
    piece.then(
      () => given.push(i),
      () => given.push(-1),
    );
  }
  return { given, end: (i: number) => ends[i]?.() };
}

async function turns(): Promise<void> {
  for (let i = 0; i < 10; i++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

describe('the real work of a simulated process', () => {
  it('is given in the order in which it was begun, however it ends', async () => {
    const work = new RealWork();
    const { given, end } = pieces(work, 3);
    end(2);
    end(1);
    await turns();
    assert.deepEqual(given, []);
    assert.ok(work.outsideWork());

    end(0);
    await turns();

    assert.deepEqual(given, [0, 1, 2]);
    assert.equal(work.outsideWork(), undefined);
  });

  it('comes to nothing once the process is dead, and is refused when all is tidied up', async () => {
    const work = new RealWork();
    const { given, end } = pieces(work, 2);
    work.abandon();
    end(0);
    await turns();
    assert.deepEqual(given, []);
    assert.equal(work.outsideWork(), undefined);
    await assert.rejects(
      work.run(() => assert.fail('a dead process began something')),
      /the process is dead/,
    );

    const finished = work.finish();
    end(1);
    await finished;
    await turns();

    assert.deepEqual(given, [-1, -1]);
  });
});
