/**
 * The view of the graph while it is dragged and zoomed: the drawing is moved without rendering it
 * anew, and which operators are in sight is told after the movement.
 *
 * Invariants:
 * - A frame changes one transform. What is in sight, and whether it is near enough for words, is told
 *   a moment later, so components render a few times a second at most.
 */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { later } from '../live/browser-clock.ts';
import { type GraphLayout, NODE_HEIGHT, NODE_WIDTH, type PlacedNode } from './placed-graph.ts';
import {
  fit,
  isSeen,
  keepInSight,
  panBy,
  reveal,
  type Size,
  type View,
  zoomAt,
} from './viewport.ts';

/** Below it the words of an operator could not be read: it is drawn as a box in its colour. */
const WORDS_SCALE_MIN = 0.42;
const ALL_IN_SIGHT = 40; // So few are drawn all the time.
const LOOK_EVERY_MS = 120;

export class GraphCanvas {
  readonly inSight: ReadonlySignal<ReadonlySet<string>>;
  /** Too far for words. */
  readonly isFar: ReadonlySignal<boolean>;
  private readonly seen: Signal<ReadonlySet<string>> = signal(new Set());
  private readonly far: Signal<boolean> = signal(true);
  private lookDue = false;
  private stopLooking: () => void = () => {};
  private view: View = { x: 0, y: 0, scale: 1 };
  private size: Size = { width: 1, height: 1 };
  private svg: SVGSVGElement | undefined;
  private drawing: SVGGElement | undefined;
  private layout: GraphLayout | undefined;
  private frame = 0;
  private touched = false;

  constructor() {
    this.inSight = this.seen;
    this.isFar = this.far;
  }

  attach(svg: SVGSVGElement, drawing: SVGGElement): () => void {
    this.svg = svg;
    this.drawing = drawing;
    const resized = new ResizeObserver(() => this.resize());
    resized.observe(svg);
    return () => {
      resized.disconnect();
      cancelAnimationFrame(this.frame);
      this.frame = 0;
      this.stopLooking();
      this.lookDue = false;
    };
  }

  show(layout: GraphLayout): void {
    this.layout = layout;
    this.touched = false;
    this.resize();
    this.lookAround();
  }

  fit(): void {
    if (this.layout !== undefined) {
      this.touched = false;
      this.change(fit(this.layout, this.size));
    }
  }

  zoom(factor: number, x: number = this.size.width / 2, y: number = this.size.height / 2): void {
    this.touched = true;
    this.change(zoomAt(this.view, factor, x, y));
  }

  pan(dx: number, dy: number): void {
    this.touched = true;
    this.change(panBy(this.view, dx, dy));
  }

  reveal(node: PlacedNode): void {
    this.change(reveal(this.view, boxOf(node), this.size));
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.svg!;
    this.size = { width: clientWidth || 1, height: clientHeight || 1 };
    if (this.touched) {
      this.change(this.view);
    } else {
      this.fit();
    }
  }

  private change(view: View): void {
    this.view = this.layout === undefined ? view : keepInSight(view, this.layout, this.size);
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    this.frame = 0;
    const { x, y, scale } = this.view;
    this.drawing?.setAttribute('transform', `translate(${x} ${y}) scale(${scale})`);
    if (!this.lookDue) {
      this.lookDue = true;
      this.stopLooking = later(LOOK_EVERY_MS, () => this.lookAround());
    }
  }

  private lookAround(): void {
    this.lookDue = false;
    this.far.value = this.view.scale < WORDS_SCALE_MIN;
    const nodes = this.layout?.nodes ?? [];
    const all = nodes.length <= ALL_IN_SIGHT;
    const seen = nodes.filter((node) => all || isSeen(this.view, boxOf(node), this.size));
    const before = this.seen.peek();
    if (seen.length !== before.size || seen.some(({ id }) => !before.has(id))) {
      this.seen.value = new Set(seen.map(({ id }) => id));
    }
  }
}

function boxOf({ x, y }: PlacedNode): { x: number; y: number; width: number; height: number } {
  return { x, y, width: NODE_WIDTH, height: NODE_HEIGHT };
}
