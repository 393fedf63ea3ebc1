/** A graph that is laid out: where its operators stand, and the ways of its edges. */

export interface Topology {
  readonly nodes: readonly string[];
  readonly edges: readonly TopologyEdge[];
}

export interface TopologyEdge {
  readonly from: string;
  readonly to: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PlacedNode extends Point {
  readonly id: string;
}

export interface PlacedEdge extends TopologyEdge {
  /** From the edge of one node to that of the other. */
  readonly points: readonly Point[];
}

/** Pixels at scale 1; `x` and `y` of a node are its upper left corner. */
export interface GraphLayout {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly width: number;
  readonly height: number;
}

export type Direction = 'LR' | 'TB';

export const NODE_WIDTH = 224;
export const NODE_HEIGHT = 88;

/** An SVG path through the points, rounded at each. */
export function smoothPath(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined || rest.length === 0) {
    return '';
  }
  const last = rest.at(-1)!;
  const between = rest.slice(0, -1);
  const curves = between.map((point, index) => {
    const next = rest[index + 1]!;
    const end = index === between.length - 1 ? last : middle(point, next);
    return `Q${text(point)} ${text(end)}`;
  });
  return `M${text(first)}${curves.join('') || `L${text(last)}`}`;
}

/** The point at half of an edge's way, for its label. */
export function middleOf(points: readonly Point[]): Point {
  const half = Math.floor((points.length - 1) / 2);
  const [at, next] = [points[half], points[half + 1]];
  if (at === undefined) {
    return { x: 0, y: 0 };
  }
  return points.length % 2 === 1 || next === undefined ? at : middle(at, next);
}

function middle(left: Point, right: Point): Point {
  return { x: (left.x + right.x) / 2, y: (left.y + right.y) / 2 };
}

function text({ x, y }: Point): string {
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}
