/**
 * A chart of lines as SVG, by d3's scales and shapes. Readable before a light and a dark page: it has a background of
 * its own, by the scheme that the reader prefers.
 *
 * Invariants:
 * - Each point is drawn, with its least and most, and says in words what it is.
 * - The same chart is the same text.
 */
import { scaleLinear, scaleLog } from 'd3-scale';
import { line, symbol, symbolCircle, symbolSquare } from 'd3-shape';
import type { Spread } from './compared-line.ts';
import { short } from './line-table.ts';

export interface Chart {
  readonly title: string;
  /** Under the title: of what run. */
  readonly note: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly ChartSeries[];
}

export interface Axis {
  /** With its unit. */
  readonly title: string;
  readonly scale: 'log' | 'linear';
}

export interface ChartSeries {
  readonly name: string;
  readonly hue: 'ours' | 'flink' | 'limit';
  /** And with squares. */
  readonly dashed: boolean;
  readonly points: readonly ChartPoint[];
}

export interface ChartPoint {
  readonly x: number;
  readonly y: Spread;
}

interface Scale {
  (value: number): number;
  ticks(): number[];
}

interface Scales {
  readonly x: Scale;
  readonly y: Scale;
}

const WIDTH = 760;
const HEIGHT = 460;
const LEFT = 80;
const RIGHT = WIDTH - 30;
const BOTTOM = HEIGHT - 60;
const LEGEND_TOP = 72;
const LEGEND_ROW = 20;
const LEGEND_COLUMNS = 3;
const LEGEND_WIDTH = (RIGHT - LEFT) / LEGEND_COLUMNS;
const SYMBOL_AREA = 48;

const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 }
.page { fill: #fff }
.grid { stroke: #d1d9e0 }
.series { fill: none; stroke-width: 2 }
.dashed { stroke-dasharray: 6 4 }
.spread { stroke-width: 1.5 }
.ours { stroke: #0969da } path.point.ours { fill: #0969da }
.flink { stroke: #bc4c00 } path.point.flink { fill: #bc4c00 }
.limit { stroke: #6e7781 } path.point.limit { fill: #6e7781 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.page { fill: #0d1117 }
.grid { stroke: #3d444d }
.ours { stroke: #4493f8 } path.point.ours { fill: #4493f8 }
.flink { stroke: #f0883e } path.point.flink { fill: #f0883e }
.limit { stroke: #9198a1 } path.point.limit { fill: #9198a1 }
}
`;

/** @throws Error when a figure cannot be drawn: it is no number, or not above 0 on an axis that is logarithmic */
export function chartSvg(chart: Chart): string {
  const points = chart.series.flatMap((series) => series.points);
  const xs = points.map(({ x }) => x);
  const ys = points.flatMap(({ y }) => [y.least, y.median, y.most]);
  checkFigures(xs, chart.x);
  checkFigures(ys, chart.y);
  const top = LEGEND_TOP + Math.ceil(chart.series.length / LEGEND_COLUMNS) * LEGEND_ROW;
  const scales = { x: xScale(xs, chart.x), y: yScale(ys, chart.y, top) };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    `<title>${escaped(`${chart.title}. ${chart.note}`)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    text({ x: LEFT, y: 28, anchor: 'start', class: 'title' }, chart.title),
    text({ x: LEFT, y: 48, anchor: 'start' }, chart.note),
    ...legend(chart.series),
    ...axes(chart, scales, { xs, top }),
    ...chart.series.flatMap((series) => seriesMarks(series, scales, chart.x.title)),
    '</svg>',
    '',
  ].join('\n');
}

function checkFigures(values: readonly number[], { title, scale }: Axis): void {
  if (values.length === 0) {
    throw new Error(`a chart needs points: ${title}`);
  }
  const wrong = values.find((value) => !Number.isFinite(value) || (scale === 'log' && value <= 0));
  if (wrong !== undefined) {
    throw new Error(`${wrong} cannot be drawn on a ${scale} axis: ${title}`);
  }
}

/** With room beside the first value and the last. */
function xScale(values: readonly number[], { scale }: Axis): Scale {
  const [from, to] = [Math.min(...values), Math.max(...values)];
  return scale === 'log'
    ? scaleLog([from / 1.6, to * 1.6], [LEFT, RIGHT])
    : scaleLinear([from - 0.5, to + 0.5], [LEFT, RIGHT]);
}

function yScale(values: readonly number[], { scale }: Axis, top: number): Scale {
  const [from, to] = [Math.min(...values), Math.max(...values)];
  return scale === 'log'
    ? scaleLog([from / 1.1, to * 1.1], [BOTTOM, top]).nice()
    : scaleLinear([Math.min(0, from), to > 0 ? to : 1], [BOTTOM, top]).nice();
}

function axes(
  { x, y }: Chart,
  scales: Scales,
  of: { readonly xs: readonly number[]; readonly top: number },
): string[] {
  const xTicks = [...new Set(of.xs)].sort((a, b) => a - b);
  return [
    ...yTicks(scales.y, y).flatMap((tick) => [
      rule('grid', [LEFT, scales.y(tick)], [RIGHT, scales.y(tick)]),
      text({ x: LEFT - 8, y: scales.y(tick) + 4, anchor: 'end' }, tick.toLocaleString('en')),
    ]),
    ...xTicks.flatMap((tick) => [
      rule('grid', [scales.x(tick), of.top], [scales.x(tick), BOTTOM]),
      text({ x: scales.x(tick), y: BOTTOM + 20, anchor: 'middle' }, tick.toLocaleString('en')),
    ]),
    text({ x: (LEFT + RIGHT) / 2, y: HEIGHT - 16, anchor: 'middle' }, x.title),
    `<g transform="translate(18 ${rounded((of.top + BOTTOM) / 2)}) rotate(-90)">`,
    text({ x: 0, y: 0, anchor: 'middle' }, y.title),
    '</g>',
  ];
}

/** Of a logarithmic axis 1, 2 and 5 of each power of ten: more would not be legible. */
function yTicks(scale: Scale, { scale: kind }: Axis): number[] {
  const ticks = scale.ticks();
  return kind === 'log' ? ticks.filter((tick) => /^[125]/.test(tick.toExponential())) : ticks;
}

function legend(series: readonly ChartSeries[]): string[] {
  return series.flatMap((one, index) => {
    const x = LEFT + (index % LEGEND_COLUMNS) * LEGEND_WIDTH;
    const y = LEGEND_TOP + Math.floor(index / LEGEND_COLUMNS) * LEGEND_ROW;
    return [
      rule(classesOf('series', one), [x, y], [x + 28, y]),
      text({ x: x + 36, y: y + 4, anchor: 'start' }, one.name),
    ];
  });
}

function seriesMarks(series: ChartSeries, { x, y }: Scales, xTitle: string): string[] {
  const { points, dashed, name } = series;
  const byX = [...points].sort((a, b) => a.x - b.x);
  const path = line<ChartPoint>()
    .x((point) => x(point.x))
    .y((point) => y(point.y.median))
    .digits(1);
  const mark = symbol(dashed ? symbolSquare : symbolCircle, SYMBOL_AREA).digits(1)() ?? '';
  return [
    `<path class="${classesOf('series', series)}" d="${path(byX) ?? ''}"/>`,
    ...byX.flatMap(({ x: at, y: { least, median, most } }) => [
      rule(`spread ${series.hue}`, [x(at), y(least)], [x(at), y(most)]),
      `<path class="point ${series.hue}" transform="translate(${rounded(x(at))} ${rounded(y(median))})" d="${mark}">` +
        `<title>${escaped(`${name}, ${xTitle} ${at.toLocaleString('en')}: ${short(median)} (${short(least)} - ${short(most)})`)}</title></path>`,
    ]),
  ];
}

function classesOf(kind: string, { hue, dashed }: ChartSeries): string {
  return `${kind} ${hue}${dashed ? ' dashed' : ''}`;
}

type Place = readonly [x: number, y: number];

function rule(classes: string, from: Place, to: Place): string {
  const [x1, y1] = from.map(rounded);
  const [x2, y2] = to.map(rounded);
  return `<line class="${classes}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
}

function text(
  of: {
    readonly x: number;
    readonly y: number;
    readonly anchor: 'start' | 'middle' | 'end';
    readonly class?: string;
  },
  content: string,
): string {
  const classes = of.class === undefined ? '' : ` class="${of.class}"`;
  return `<text${classes} x="${rounded(of.x)}" y="${rounded(of.y)}" text-anchor="${of.anchor}">${escaped(content)}</text>`;
}

function rounded(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
