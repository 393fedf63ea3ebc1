/** The plots of the section `scaling`, out of its lines. */
import { type Chart, type ChartSeries, chartSvg } from './chart.ts';
import {
  bestOfFlink,
  type ComparedLine,
  type Measured,
  type PlotName,
  spreadOf,
} from './compared-line.ts';

export interface Plot {
  readonly name: PlotName;
  /** For those who do not see it. */
  readonly caption: string;
  readonly svg: string;
}

const BACKENDS = { heap: 'heap', rocksdb: 'RocksDB' } as const;
const COST = 'CPU time of all cores for each record, ns';

const CHARTS: Readonly<Record<PlotName, Pick<Chart, 'title' | 'x' | 'y'>>> = {
  'scaling-keys': {
    title: 'Cost of a record of a keyed count as keys grow, parallelism 1',
    x: { title: 'keys', scale: 'log' },
    y: { title: COST, scale: 'log' },
  },
  'scaling-parallelism': {
    title: 'Cost of a record of a keyed count by parallelism, worker threads',
    x: { title: 'parallelism', scale: 'linear' },
    y: { title: COST, scale: 'log' },
  },
};

/** `note`: of what run they are. A plot without points is left out. */
export function plotsOf(lines: readonly ComparedLine[], note: string): Plot[] {
  return (Object.keys(CHARTS) as PlotName[]).flatMap((name) => {
    const own = lines.filter(({ plotted }) => plotted?.plot === name);
    if (own.length === 0) {
      return [];
    }
    const chart = { ...CHARTS[name], note, series: seriesOf(own) };
    return [{ name, caption: `${chart.title}: ${COST}`, svg: chartSvg(chart) }];
  });
}

function seriesOf(lines: readonly ComparedLine[]): ChartSeries[] {
  const series = new Map<string, ChartSeries>();
  for (const line of lines) {
    const { backend, ours, limit } = line;
    const dashed = backend === 'rocksdb';
    const flink = bestOfFlink(line);
    const add = (name: string, hue: ChartSeries['hue'], measured: Measured | undefined): void => {
      if (measured !== undefined) {
        const before = series.get(name)?.points ?? [];
        const point = { x: line.plotted?.at ?? Number.NaN, y: spreadOf(measured) };
        series.set(name, { name, hue, dashed, points: [...before, point] });
      }
    };
    add(`Millrace, ${BACKENDS[backend]}`, 'ours', ours);
    add(`Flink, ${BACKENDS[backend]}`, 'flink', flink);
    add('loop by hand', 'limit', limit);
  }
  return [...series.values()];
}
