/** Lays out graphs in a worker of the browser: 200 operators take a second, and the page goes on. */
import { layoutGraph } from './layout-graph.ts';
import type { Direction, Topology } from './placed-graph.ts';

export interface LayoutRequest {
  readonly topology: Topology;
  readonly direction: Direction;
}

addEventListener('message', ({ data }: MessageEvent<LayoutRequest>) => {
  postMessage(layoutGraph(data.topology, data.direction));
});
