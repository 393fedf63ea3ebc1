/** The layout of a graph, made in a worker; `undefined` until it is there. */
import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { LayoutRequest } from './layout-worker.ts';
import type { Direction, GraphLayout, Topology } from './placed-graph.ts';

/** The worker's file beside the bundle; put in by the bundler. */
declare const LAYOUT_WORKER: string;

/** Laid out anew when operators, edges or the direction change, not when numbers do. */
export function useLayout(
  topology: Topology,
  direction: Direction,
): ReadonlySignal<GraphLayout | undefined> {
  const layout = useSignal<GraphLayout | undefined>(undefined);
  const request: LayoutRequest = { topology, direction };
  const key = JSON.stringify(request);
  useEffect(() => {
    const worker = new Worker(new URL(LAYOUT_WORKER, import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<GraphLayout>) => {
      layout.value = data;
      worker.terminate();
    });
    worker.postMessage(JSON.parse(key));
    return () => worker.terminate();
  }, [key, layout]);
  return layout;
}
