import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from './manual-clock.ts';

describe('manual clock', () => {
  it('fires timers in the order of their time, then of their making', () => {
    const clock = new ManualClock({ startMs: 1000 });
    const fired: string[] = [];
    const note = (name: string) => () => void fired.push(`${name}@${clock.now()}`);
    clock.setTimer(20, note('late'));
    clock.setTimer(10, note('first'));
    clock.setTimer(10, note('second'));

    clock.advance(20);

    assert.deepEqual(fired, ['first@1010', 'second@1010', 'late@1020']);
    assert.equal(clock.now(), 1020);
  });

  it('fires a timer that another one sets within the time passed', () => {
    const clock = new ManualClock();
    const fired: number[] = [];
    clock.setTimer(5, () => void clock.setTimer(5, () => void fired.push(clock.now())));

    clock.advanceTo(10);

    assert.deepEqual(fired, [10]);
  });

  it('forgets a timer that was cancelled', () => {
    const clock = new ManualClock();
    const timer = clock.setTimer(5, () => assert.fail('cancelled'));

    timer.cancel();
    clock.advance(10);

    assert.equal(clock.numberOfTimers, 0);
  });

  it('refuses to go back', () => {
    const clock = new ManualClock({ startMs: 10 });

    assert.throws(() => clock.advanceTo(9), RangeError);
  });

  it('gives turns in the order of asking', async () => {
    assert.deepEqual(await turnOrder(new ManualClock()), [0, 1, 2, 3, 4]);
  });

  it('gives turns in the order that the seed decides, the same each time', async () => {
    const first = await turnOrder(new ManualClock({ seed: 42 }));
    const again = await turnOrder(new ManualClock({ seed: 42 }));

    assert.deepEqual(first, again);
    assert.notDeepEqual(first, [0, 1, 2, 3, 4]);
    assert.deepEqual(first.toSorted(), [0, 1, 2, 3, 4]);
  });

  it('gives no turn, and is not settled, while work outside of its time is under way', async () => {
    const seen: string[] = [];
    let work: Promise<void> | undefined;
    const clock = new ManualClock({ outsideWork: () => work });
    const turn = clock.yieldTurn().then(() => void seen.push('turn'));
    let end = (): void => {};
    work = new Promise((resolve) => {
      end = () => {
        seen.push('work');
        work = undefined;
        resolve();
      };
    });
    const settled = clock.settle().then(() => void seen.push('settled'));
    for (let i = 0; i < 5; i++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(seen, []);

    end();
    await Promise.all([turn, settled]);

    assert.deepEqual(seen, ['work', 'turn', 'settled']);
  });

  it('lets what waits for a turn go on before each timer', async () => {
    const clock = new ManualClock();
    const seen: number[] = [];
    const loop = async (): Promise<void> => {
      for (let i = 0; i < 3; i++) {
        await new Promise<void>((resolve) => clock.setTimer(10, resolve));
        await clock.yieldTurn();
        seen.push(clock.now());
      }
    };
    const running = loop();

    await clock.advanceAsync(100);
    await running;

    assert.deepEqual(seen, [10, 20, 30]);
    assert.equal(clock.now(), 100);
  });
});

async function turnOrder(clock: ManualClock): Promise<number[]> {
  const order: number[] = [];
  const take = async (i: number): Promise<void> => {
    await clock.yieldTurn();
    order.push(i);
  };
  await Promise.all([0, 1, 2, 3, 4].map(take));
  return order;
}
