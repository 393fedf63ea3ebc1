import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ViewUpdater } from './view-updater.ts';

function told(): { at: number[]; view: { updateView(now: number): void } } {
  const at: number[] = [];
  return { at, view: { updateView: (now) => void at.push(now) } };
}

describe('views', () => {
  it('hear of each end of an interval that is over, however late somebody looks', () => {
    const updater = new ViewUpdater(1000, () => {});
    const { at, view } = told();
    updater.add(view);

    updater.advanceTo(5999);
    updater.advanceTo(6000);
    updater.advanceTo(17_000);

    assert.deepEqual(at, [6000, 11_000, 16_000]);
    assert.equal(updater.nextUpdateAt, 21_000);
  });

  it('hear nothing any more once they are removed', () => {
    const updater = new ViewUpdater(0, () => {});
    const { at, view } = told();
    updater.add(view);

    updater.remove(view);
    updater.advanceTo(60_000);

    assert.deepEqual(at, []);
  });

  it('hear after a day of silence of its first interval and of the last hour', () => {
    const updater = new ViewUpdater(0, () => {});
    const { at, view } = told();
    updater.add(view);
    const day = 24 * 60 * 60 * 1000;

    updater.advanceTo(day);

    assert.equal(at[0], 5000);
    assert.equal(at.at(-1), day);
    assert.equal(at.length, 722);
    assert.equal(updater.nextUpdateAt, day + 5000);
  });

  it('are told though one before them throws, of which it warns once', () => {
    const warnings: string[] = [];
    const updater = new ViewUpdater(0, (message) => void warnings.push(message));
    const { at, view } = told();
    updater.add({
      updateView: () => {
        throw new Error('planted');
      },
    });
    updater.add(view);

    updater.advanceTo(10_000);

    assert.deepEqual(at, [5000, 10_000]);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /updateView of a metric failed.*planted/);
  });
});
