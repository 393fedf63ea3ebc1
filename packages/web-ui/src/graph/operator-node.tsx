/** One operator of the graph: its name, what flows through, how busy it is, its watermark. */

import type { VNode } from 'preact';
import { memo } from 'preact/compat';
import { formatCount, formatPercent, formatRate } from '../format/numbers.ts';
import { formatDuration, formatWatermark, watermarkLag } from '../format/times.ts';
import { nowMs } from '../live/browser-clock.ts';
import type { JobVertex } from '../rest/jobs.ts';
import { toneOf } from '../widgets/status-badge.tsx';
import { loadOf, shortName } from './graph-model.ts';
import { NODE_HEIGHT, NODE_WIDTH, type PlacedNode } from './placed-graph.ts';
import type { VertexFacts } from './vertex-facts.ts';

interface OperatorNodeProps {
  readonly node: PlacedNode;
  readonly vertex: JobVertex;
  readonly facts: VertexFacts;
  readonly isChosen: boolean;
  readonly isTabStop: boolean;
  /** Too far for words. */
  readonly isFar: boolean;
  readonly onOpen: (vertexId: string) => void;
  readonly onFocus: (node: PlacedNode) => void;
}

const NAME_CHARS_MAX = 25;
const DAY_MS = 86_400_000;
const BAR_WIDTH = NODE_WIDTH - 24;

function DrawnOperator(props: OperatorNodeProps): VNode {
  const { node, vertex, facts, isChosen, isTabStop, isFar, onOpen, onFocus } = props;
  const { busy, backPressured } = facts;
  const load = vertex.status === 'RUNNING' ? loadOf(busy, backPressured) : 'unknown';
  return (
    // biome-ignore lint/a11y/useSemanticElements: SVG has no button.
    <g
      class={`operator load-${load} tone-${toneOf(vertex.status)}${isChosen ? ' chosen' : ''}`}
      transform={`translate(${node.x} ${node.y})`}
      role="button"
      tabIndex={isTabStop ? 0 : -1}
      data-vertex={node.id}
      aria-label={spoken(vertex, facts)}
      aria-pressed={isChosen}
      onClick={() => onOpen(node.id)}
      onFocus={() => onFocus(node)}
      onKeyDown={() => {
        // The graph hears the keys of all its operators.
      }}
    >
      <title>{vertex.name}</title>
      <rect class="box" width={NODE_WIDTH} height={NODE_HEIGHT} rx="7" />
      {!isFar && <Words vertex={vertex} facts={facts} />}
    </g>
  );
}

function Words({ vertex, facts }: { vertex: JobVertex; facts: VertexFacts }): VNode {
  const { busy, backPressured, rates } = facts;
  const isOver = ['done', 'idle', 'bad'].includes(toneOf(vertex.status));
  return (
    <g>
      <text class="name" x="12" y="20">
        {shortName(vertex.name, NAME_CHARS_MAX)}
      </text>
      <text x="12" y="40">
        {isOver ? whole(vertex.metrics) : flow(rates.recordsIn, rates.recordsOut)}
      </text>
      <text class="end" x={NODE_WIDTH - 12} y="40">
        ×{vertex.parallelism}
      </text>
      <text class="quiet" x="12" y="57">
        {vertex.status === 'RUNNING' ? watermarkText(facts.watermark) : vertex.status.toLowerCase()}
      </text>
      <text class="quiet end" x={NODE_WIDTH - 12} y="57">
        {isOver ? '' : busyText(busy, backPressured)}
      </text>
      <rect class="bar" x="12" y="70" width={BAR_WIDTH} height="6" rx="3" />
      <rect class="bar busy" x="12" y="70" width={BAR_WIDTH * (busy ?? 0)} height="6" rx="3" />
      <rect
        class="bar pressed"
        x={12 + BAR_WIDTH * (1 - (backPressured ?? 0))}
        y="70"
        width={BAR_WIDTH * (backPressured ?? 0)}
        height="6"
        rx="3"
      />
    </g>
  );
}

export const OperatorNode: typeof DrawnOperator = memo(DrawnOperator) as typeof DrawnOperator;

/** A source reads no records and a sink writes none, so that side is left out. */
function flow(recordsIn: number | undefined, recordsOut: number | undefined): string {
  if (recordsIn === undefined && recordsOut === undefined) {
    return 'measuring…';
  }
  const sides = [
    recordsIn === 0 && recordsOut !== 0 ? '' : `in ${formatRate(recordsIn)}`,
    recordsOut === 0 && recordsIn !== 0 ? '' : `out ${formatRate(recordsOut)}`,
  ];
  return sides.filter((side) => side !== '').join(' · ');
}

/** Of one that runs no more nothing is measured; what it did in all is kept. */
function whole(metrics: JobVertex['metrics']): string {
  const read = metrics['read-records'];
  const written = metrics['write-records'];
  return `in ${formatCount(read)} · out ${formatCount(written)} in all`;
}

function watermarkText(watermark: string | undefined): string {
  const lag = watermarkLag(watermark, nowMs());
  if (watermark === undefined) {
    return '';
  }
  if (lag === undefined) {
    return `watermark ${formatWatermark(watermark)}`;
  }
  // Of a job that works through the past the day says more than the lag.
  return lag > DAY_MS
    ? `watermark ${formatWatermark(watermark).slice(0, 'yyyy-mm-dd'.length)}`
    : `watermark −${formatDuration(lag)}`;
}

function busyText(busy: number | undefined, backPressured: number | undefined): string {
  return (backPressured ?? 0) >= 0.1
    ? `pressed ${formatPercent(backPressured)}`
    : `busy ${formatPercent(busy)}`;
}

function spoken(vertex: JobVertex, { rates, busy, backPressured }: VertexFacts): string {
  return [
    vertex.name,
    vertex.status.toLowerCase(),
    `parallelism ${vertex.parallelism}`,
    `in ${formatRate(rates.recordsIn)}`,
    `out ${formatRate(rates.recordsOut)}`,
    `busy ${formatPercent(busy)}`,
    `back-pressured ${formatPercent(backPressured)}`,
  ].join(', ');
}
