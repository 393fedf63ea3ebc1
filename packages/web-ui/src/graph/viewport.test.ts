import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fit, isSeen, keepInSight, reveal, zoomAt } from './viewport.ts';

const WINDOW = { width: 800, height: 400 };

describe('the view of a drawing', () => {
  it('fits all of it, in the middle, and does not blow up a small one', () => {
    assert.deepEqual(fit({ width: 1600, height: 400 }, WINDOW), { scale: 0.5, x: 0, y: 100 });
    assert.deepEqual(fit({ width: 200, height: 200 }, WINDOW), { scale: 1, x: 300, y: 100 });
  });

  it('keeps the point under the pointer where it is when zoomed', () => {
    const number = fc.double({ min: -5000, max: 5000, noNaN: true });
    const scale = fc.double({ min: 0.05, max: 2, noNaN: true });

    fc.assert(
      fc.property(number, number, scale, scale, (x, y, before, factor) => {
        const view = { x, y, scale: before };
        const next = zoomAt(view, factor, 100, 60);
        const pointBefore = (100 - view.x) / view.scale;
        const pointAfter = (100 - next.x) / next.scale;
        assert.ok(Math.abs(pointBefore - pointAfter) < 1e-6 * (1 + Math.abs(pointBefore)));
      }),
    );
  });

  it('moves no further than it takes to reveal a box', () => {
    const view = { x: 0, y: 0, scale: 1 };
    const box = { x: 780, y: 50, width: 100, height: 50 };

    assert.deepEqual(reveal(view, box, WINDOW), { x: -104, y: 0, scale: 1 });
    assert.deepEqual(reveal(view, { ...box, x: 100 }, WINDOW), view);
  });

  it('tells what is seen', () => {
    const view = { x: 0, y: 0, scale: 0.5 };
    const box = { width: 100, height: 100, y: 0 };

    assert.equal(isSeen(view, { ...box, x: 1500 }, WINDOW, 0), true);
    assert.equal(isSeen(view, { ...box, x: 1700 }, WINDOW, 0), false);
    assert.equal(isSeen(view, { ...box, x: -101 }, WINDOW, 0), false);
  });

  it('cannot be dragged away from the drawing', () => {
    const drawing = { width: 1000, height: 1000 };

    assert.equal(keepInSight({ x: -9999, y: 0, scale: 1 }, drawing, WINDOW).x, -920);
    assert.equal(keepInSight({ x: 9999, y: 0, scale: 1 }, drawing, WINDOW).x, 720);
  });
});
