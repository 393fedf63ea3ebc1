/** The drawn graph: operators with their load, edges with what flows along them. */
import { useSignal } from '@preact/signals';
import type { TargetedKeyboardEvent, VNode } from 'preact';
import { memo } from 'preact/compat';
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import { formatRate } from '../format/numbers.ts';
import { later } from '../live/browser-clock.ts';
import { GraphCanvas } from './graph-canvas.ts';
import { listenToGestures } from './graph-gestures.ts';
import type { GraphModel } from './graph-model.ts';
import { nearestNode } from './nearest-node.ts';
import { OperatorNode } from './operator-node.tsx';
import {
  type GraphLayout,
  middleOf,
  type PlacedEdge,
  type PlacedNode,
  smoothPath,
} from './placed-graph.ts';
import { edgeRate } from './rate-meter.ts';
import type { VertexFacts } from './vertex-facts.ts';

interface GraphViewProps {
  readonly model: GraphModel;
  readonly layout: GraphLayout;
  readonly facts: ReadonlyMap<string, VertexFacts>;
  readonly chosen: string | undefined;
  readonly onOpen: (vertexId: string) => void;
  readonly onSight: (vertexIds: ReadonlySet<string>) => void;
}

const SETTLED_MS = 300;

export function GraphView(props: GraphViewProps): VNode {
  const { model, layout, facts, chosen, onOpen, onSight } = props;
  const canvas = useMemo(() => new GraphCanvas(), []);
  const svg = useRef<SVGSVGElement>(null);
  const drawing = useRef<SVGGElement>(null);
  const focused = useSignal(layout.nodes[0]?.id ?? '');
  useEffect(() => {
    const detach = canvas.attach(svg.current!, drawing.current!);
    const deafen = listenToGestures(svg.current!, canvas);
    return () => {
      detach();
      deafen();
    };
  }, [canvas]);
  useEffect(() => canvas.show(layout), [canvas, layout]);
  const inSight = canvas.inSight.value;
  const isFar = canvas.isFar.value;
  // What is only passed by needs no closer look.
  useEffect(() => later(SETTLED_MS, () => onSight(inSight)), [inSight, onSight]);
  const onFocus = useCallback(
    (node: PlacedNode) => {
      focused.value = node.id;
      canvas.reveal(node);
    },
    [canvas, focused],
  );
  const tabStop = model.vertices.has(focused.value) ? focused.value : layout.nodes[0]?.id;
  return (
    <div class="graph">
      {/* biome-ignore lint/a11y/useSemanticElements: SVG has no fieldset. */}
      <svg
        ref={svg}
        class={isFar ? 'far' : undefined}
        role="group"
        aria-label={`Graph of ${layout.nodes.length} operators; arrow keys go from one to the next`}
        onKeyDown={(event) => moveByKey(event, props, canvas)}
      >
        <Arrowhead />
        <g ref={drawing}>
          <Edges layout={layout} model={model} facts={facts} inSight={inSight} isFar={isFar} />
          {layout.nodes
            .filter(({ id }) => inSight.has(id) || id === tabStop)
            .map((node) => (
              <OperatorNode
                key={node.id}
                node={node}
                vertex={model.vertices.get(node.id)!}
                facts={facts.get(node.id)!}
                isChosen={node.id === chosen}
                isTabStop={node.id === tabStop}
                onOpen={onOpen}
                isFar={isFar}
                onFocus={onFocus}
              />
            ))}
        </g>
      </svg>
      <ZoomButtons canvas={canvas} />
    </div>
  );
}

function Arrowhead(): VNode {
  return (
    <defs>
      <marker
        id="arrow"
        viewBox="0 0 8 8"
        refX="7"
        refY="4"
        markerWidth="8"
        markerHeight="8"
        markerUnits="userSpaceOnUse"
        orient="auto"
      >
        <path d="M0 0L8 4L0 8z" />
      </marker>
    </defs>
  );
}

function ZoomButtons({ canvas }: { canvas: GraphCanvas }): VNode {
  return (
    <div class="zoom">
      <button type="button" aria-label="Nearer" title="Nearer (+)" onClick={() => canvas.zoom(1.3)}>
        +
      </button>
      <button
        type="button"
        aria-label="Farther"
        title="Farther (−)"
        onClick={() => canvas.zoom(1 / 1.3)}
      >
        −
      </button>
      <button type="button" title="All of it (0)" onClick={() => canvas.fit()}>
        Fit
      </button>
    </div>
  );
}

function moveByKey(
  event: TargetedKeyboardEvent<SVGSVGElement>,
  { layout, onOpen }: GraphViewProps,
  canvas: GraphCanvas,
): void {
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  const id = (event.target as Element).closest<SVGGElement>('[data-vertex]')?.dataset.vertex;
  const acts: Record<string, () => void> = {
    '+': () => canvas.zoom(1.3),
    '=': () => canvas.zoom(1.3),
    '-': () => canvas.zoom(1 / 1.3),
    '0': () => canvas.fit(),
    ...(id === undefined ? {} : { Enter: () => onOpen(id), ' ': () => onOpen(id) }),
  };
  const next = id === undefined ? undefined : nearestNode(layout.nodes, id, event.key);
  const act = next === undefined ? acts[event.key] : () => focusNode(next.id, canvas, layout);
  if (act !== undefined) {
    event.preventDefault();
    event.stopPropagation();
    act();
  }
}

/** One that is out of sight is drawn first, in the frame after it is revealed. */
function focusNode(id: string, canvas: GraphCanvas, layout: GraphLayout): void {
  canvas.reveal(layout.nodes.find((node) => node.id === id)!);
  requestAnimationFrame(() => {
    requestAnimationFrame(() => {
      document.querySelector<SVGGElement>(`[data-vertex="${CSS.escape(id)}"]`)?.focus();
    });
  });
}

interface EdgesProps {
  readonly layout: GraphLayout;
  readonly model: GraphModel;
  readonly facts: ReadonlyMap<string, VertexFacts>;
  readonly inSight: ReadonlySet<string>;
  readonly isFar: boolean;
}

function Edges({ layout, model, facts, inSight, isFar }: EdgesProps): VNode {
  const rates = new Map([...facts].map(([id, one]) => [id, one.rates]));
  const all = model.edges;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in an edge takes the focus.
    <g class="edges" aria-hidden="true">
      {layout.edges.map((edge, index) => {
        const shown = inSight.has(edge.from) || inSight.has(edge.to);
        return shown ? (
          <EdgeLine
            key={index}
            edge={edge}
            isFar={isFar}
            rate={edgeRate(rates, edge, all)}
            strategy={all[index]?.shipStrategy ?? ''}
          />
        ) : null;
      })}
    </g>
  );
}

interface EdgeLineProps {
  readonly edge: PlacedEdge;
  readonly isFar: boolean;
  readonly rate: number | undefined;
  readonly strategy: string;
}

const EdgeLine = memo(function EdgeLine({ edge, isFar, rate, strategy }: EdgeLineProps): VNode {
  const { x, y } = middleOf(edge.points);
  const path = useMemo(() => smoothPath(edge.points), [edge]);
  // A thousand times the records make the line four times as thick.
  const width = rate === undefined || rate < 1 ? 1 : Math.min(6, 1 + Math.log10(rate));
  return (
    <g>
      <path
        d={path}
        style={{ strokeWidth: `${width}px` }}
        marker-end={isFar ? undefined : 'url(#arrow)'}
      />
      {!isFar && (
        <>
          <text x={x} y={y - 7}>
            {rate === undefined ? '' : formatRate(rate)}
          </text>
          <text class="quiet" x={x} y={y + 14}>
            {strategy.toLowerCase()}
          </text>
        </>
      )}
    </g>
  );
});
