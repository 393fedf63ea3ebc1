import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Chart, type ChartSeries, chartSvg } from './chart.ts';

function series(of: Partial<ChartSeries> = {}): ChartSeries {
  return {
    name: 'ours',
    hue: 'ours',
    dashed: false,
    points: [{ x: 10, y: { least: 1, median: 2, most: 3 } }],
    ...of,
  };
}

function chart(of: Partial<Chart> = {}): Chart {
  return {
    title: 'Cost',
    note: 'of a run',
    x: { title: 'keys', scale: 'log' },
    y: { title: 'ns', scale: 'log' },
    series: [series()],
    ...of,
  };
}

/** @throws AssertionError unless each tag is closed, in its order, and has each attribute once and quoted */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  const tag =
    /<(\/?)([a-z]+)((?:\s[\w-]+(?::\w+)?="[^"<&]*(?:&(?:amp|lt|quot);[^"<&]*)*")*)(\/?)>/gi;
  const rest = svg.replace(tag, (_, closing, name, attributes, selfClosing) => {
    const names = [...attributes.matchAll(/([\w-]+)=/g)].map(([, attribute]) => attribute);
    assert.equal(new Set(names).size, names.length, `an attribute twice in ${name}`);
    if (closing === '/') {
      assert.equal(open.pop(), name);
    } else if (selfClosing === '') {
      open.push(name);
    }
    return '';
  });
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest.replace(/&(?:amp|lt|quot);/g, ''), /[<&]/);
}

function occurrences(svg: string, what: RegExp): number {
  return [...svg.matchAll(what)].length;
}

const amount = fc.double({ min: 1e-3, max: 1e12, noNaN: true });
const spread = fc
  .tuple(amount, amount, amount)
  .map((three) => three.sort((a, b) => a - b))
  .map(
    ([least, median, most]) =>
      ({ least, median, most }) as { least: number; median: number; most: number },
  );
const scale = fc.constantFrom('log' as const, 'linear' as const);
const anySeries = fc.record({
  name: fc.string(),
  hue: fc.constantFrom('ours' as const, 'flink' as const, 'limit' as const),
  dashed: fc.boolean(),
  points: fc.array(fc.record({ x: amount, y: spread }), { minLength: 1, maxLength: 5 }),
});

describe('a chart', () => {
  it('is well-formed, has each point with its spread, and nothing that is no number', () => {
    fc.assert(
      fc.property(
        fc.array(anySeries, { minLength: 1, maxLength: 5 }),
        fc.tuple(scale, scale),
        fc.string(),
        (all, [x, y], title) => {
          const svg = chartSvg(
            chart({ series: all, title, x: { title: 'x', scale: x }, y: { title: 'y', scale: y } }),
          );

          const points = all.flatMap((one) => one.points).length;
          assertWellFormed(svg);
          assert.equal(occurrences(svg, /<path class="point /g), points);
          assert.equal(occurrences(svg, /<line class="spread /g), points);
          assert.equal(occurrences(svg, /<path class="series /g), all.length);
          const coordinates = [...svg.matchAll(/ (?:d|x|y|x1|x2|y1|y2|transform)="([^"]*)"/g)];
          for (const [, value] of coordinates) {
            assert.doesNotMatch(value as string, /NaN|Infinity|undefined/);
          }
        },
      ),
    );
  });

  it('has its axes with their units, and a legend', () => {
    const svg = chartSvg(chart({ series: [series(), series({ name: 'a < b & "c"' })] }));

    for (const words of ['>keys</text>', '>ns</text>', '>ours</text>']) {
      assert.ok(svg.includes(words), words);
    }
    assert.ok(svg.includes('>a &lt; b &amp; &quot;c&quot;</text>'));
  });

  it('puts ten times as much equally far away on a logarithmic axis', () => {
    const points = [10, 100, 1000].map((x) => ({ x, y: { least: x, median: x, most: x } }));

    const svg = chartSvg(chart({ series: [series({ points })] }));

    const places = [...svg.matchAll(/class="point[^>]*translate\(([\d.]+) ([\d.]+)\)/g)].map(
      ([, x, y]) => [Number(x), Number(y)],
    ) as [number, number][];
    const [a, b, c] = places as [[number, number], [number, number], [number, number]];
    assert.ok(Math.abs(b[0] - a[0] - (c[0] - b[0])) < 0.2);
    assert.ok(Math.abs(b[1] - a[1] - (c[1] - b[1])) < 0.2);
    assert.ok(a[0] < b[0] && a[1] > b[1]);
  });

  it('is readable before a dark page and a light one', () => {
    const [light = '', dark = ''] = chartSvg(chart()).split('@media (prefers-color-scheme: dark)');

    for (const selector of ['text {', '.page {', '.grid {', '.ours {', '.flink {', '.limit {']) {
      assert.ok(light.includes(selector) && dark.includes(selector), selector);
    }
  });

  for (const [what, y] of [
    ['no number', Number.NaN],
    ['endless', Number.POSITIVE_INFINITY],
    ['nothing, which has no logarithm', 0],
  ] as const) {
    it(`is refused with a figure that is ${what}`, () => {
      const points = [{ x: 10, y: { least: y, median: y, most: y } }];

      assert.throws(() => chartSvg(chart({ series: [series({ points })] })), /cannot be drawn/);
    });
  }
});
