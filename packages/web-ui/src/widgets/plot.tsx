/** Lines over time, drawn by uPlot in the colours of the theme. */
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { formatByteRate, formatBytes, formatCount } from '../format/numbers.ts';
import { formatTime } from '../format/times.ts';
import { nowMs } from '../live/browser-clock.ts';
import { appliedTheme } from './theme.ts';

export interface PlotSeries {
  readonly label: string;
  /** One for each time; `null` where nothing was measured. */
  readonly values: readonly (number | null)[];
}

interface PlotProps {
  /** Read by screen readers, with the last values. */
  readonly label: string;
  /** Milliseconds since the epoch, ascending. */
  readonly times: readonly number[];
  readonly series: readonly PlotSeries[];
  readonly format?: (value: number) => string;
  readonly heightPx?: number;
  /** What the x axis counts where it is no time, such as checkpoint ids. */
  readonly xFormat?: (value: number) => string;
  readonly points?: boolean;
}

const HEIGHT_PX = 150;
/** 1, 2, 5 … 500 of each unit from bytes on. */
const BYTE_STEPS = [0, 1, 2, 3, 4].flatMap((unit) =>
  [1, 2, 5, 10, 20, 50, 100, 200, 500].map((step) => step * 1024 ** unit),
);

export function Plot(props: PlotProps): VNode {
  const { label, times, series, format = formatCount, heightPx = HEIGHT_PX } = props;
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const data: uPlot.AlignedData = [
    props.xFormat === undefined ? times.map((ms) => ms / 1000) : [...times],
    ...series.map(({ values }) => [...values]),
  ];
  const names = series.map((one) => one.label).join('\n');
  const theme = appliedTheme.value;
  // The plot is made anew for other lines or colours only.
  useEffect(() => {
    const element = frame.current!;
    const made = new uPlot(optionsOf(props, element, theme), data, element);
    plot.current = made;
    const resized = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height: heightPx });
    });
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
    };
  }, [names, theme]);
  useEffect(() => plot.current?.setData(data));
  const last = series.map((one) => {
    const value = one.values.at(-1);
    return { label: one.label, text: value === null || value === undefined ? '–' : format(value) };
  });
  return (
    <figure class="plot">
      <figcaption>
        {last.map(({ label: name, text }, index) => (
          <span key={name} class={`line-${index % LINES}`}>
            <i aria-hidden="true" /> {name} <b>{text}</b>
          </span>
        ))}
      </figcaption>
      <div
        ref={frame}
        role="img"
        aria-label={`${label}: ${last.map((one) => `${one.label} ${one.text}`).join(', ')}`}
        style={{ height: `${heightPx}px` }}
      />
    </figure>
  );
}

const LINES = 8;
const SPAN_S_MIN = 20;

function optionsOf(props: PlotProps, element: HTMLElement, theme: string): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  // Which of the two colours of light-dark() holds is asked of the browser, by an element.
  const colour = (name: string): string => {
    const probe = document.createElement('i');
    probe.style.color = `var(${name})`;
    element.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  const { format = formatCount, xFormat } = props;
  const axis = {
    stroke: colour('--text-quiet'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: `11px ${style.fontFamily}`,
  };
  return {
    width: element.clientWidth,
    height: props.heightPx ?? HEIGHT_PX,
    class: theme,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: {
      x:
        xFormat === undefined
          ? { range: (_, first, last) => lately(first, last) }
          : { time: false },
      y: { range: (_, low, high) => fromZero(low, high) },
    },
    axes: [
      {
        ...axis,
        space: 90,
        size: 24,
        gap: 4,
        values: (_, ticks) =>
          ticks.map((tick) => (xFormat ?? ((at) => formatTime(at * 1000, at * 1000)))(tick)),
      },
      {
        ...axis,
        // Sizes have round steps of 1024.
        ...(format === formatBytes || format === formatByteRate ? { incrs: BYTE_STEPS } : {}),
        size: 62,
        gap: 6,
        space: 36,
        values: (_, ticks) => ticks.map(format),
      },
    ],
    series: [
      {},
      ...props.series.map(({ label }, index) => ({
        label,
        stroke: colour(`--line-${index % LINES}`),
        width: 1.5,
        points: { show: props.points === true, size: 4 },
      })),
    ],
  };
}

/** A moment is no range: what was measured once stands at the right edge. In seconds. */
function lately(first: number | null, last: number | null): [number, number] {
  const end = last ?? nowMs() / 1000;
  return [Math.min(first ?? end, end - SPAN_S_MIN), end];
}

/** From zero, since a small wave on a high level is calm; with some room where all is one level. */
function fromZero(low: number | null, high: number | null): [number, number] {
  const top = high ?? 1;
  return [Math.min(0, low ?? 0), top <= 0 ? 1 : top * 1.08];
}
