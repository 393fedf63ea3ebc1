/**
 * A tree of what the tasks of a vertex did in samples of their threads.
 *
 * A task's share of its thread is what runs below the frame that bears its name (`taskFrameName`); what
 * other tasks of the thread do is none of it. Off the CPU is a thread that waits in its event loop.
 *
 * Flink: VertexFlameGraphFactory.
 */
import type { Profiler } from 'node:inspector';
import { taskFrameName } from '@millrace/runtime';

export type FlameGraphType = 'FULL' | 'ON_CPU' | 'OFF_CPU';

export interface FlameNode {
  readonly name: string;
  /** In how many samples. */
  readonly value: number;
  readonly children: readonly FlameNode[];
}

export interface SampledTask {
  readonly jobId: string;
  readonly vertexId: string;
  readonly subtask: number;
  /** Of its thread. */
  readonly profile: Profiler.Profile;
}

interface GrowingNode {
  value: number;
  readonly children: Map<string, GrowingNode>;
}

const IDLE = '(idle)';
const WAITING = '(the event loop waits)';

/** @param depthMax - `rest.flamegraph.stack-depth` */
export function flameGraph(
  tasks: readonly SampledTask[],
  { type, depthMax }: { readonly type: FlameGraphType; readonly depthMax: number },
): FlameNode {
  const root = growingNode();
  for (const { profile, ...task } of tasks) {
    const byId = new Map(profile.nodes.map((node) => [node.id, node]));
    const childrenOf = (node: Profiler.ProfileNode) =>
      (node.children ?? []).map((id) => byId.get(id) as Profiler.ProfileNode);
    const grow = (into: GrowingNode, node: Profiler.ProfileNode, depth: number): number => {
      let value = node.hitCount ?? 0;
      for (const child of childrenOf(node)) {
        value +=
          depth < depthMax
            ? grow(childOf(into, frameName(child)), child, depth + 1)
            : hits(child, childrenOf);
      }
      into.value += value;
      return value;
    };
    const frame = taskFrameName(task);
    for (const node of profile.nodes) {
      const { url, functionName } = node.callFrame;
      if (url === frame && type !== 'OFF_CPU') {
        grow(root, node, 0);
      } else if (functionName === IDLE && type !== 'ON_CPU') {
        const waits = node.hitCount ?? 0;
        root.value += waits;
        childOf(root, WAITING).value += waits;
      }
    }
  }
  return grown('root', root);
}

function hits(
  node: Profiler.ProfileNode,
  childrenOf: (node: Profiler.ProfileNode) => readonly Profiler.ProfileNode[],
): number {
  return childrenOf(node).reduce((sum, child) => sum + hits(child, childrenOf), node.hitCount ?? 0);
}

/** `StreamMap.processElement (…/stream-map.js:24)`, with the folder that it is in. */
function frameName({ callFrame: { functionName, url, lineNumber } }: Profiler.ProfileNode): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  const file = url.split('/').slice(-2).join('/');
  return file === '' ? name : `${name} ${file}:${lineNumber + 1}`;
}

function growingNode(): GrowingNode {
  return { value: 0, children: new Map() };
}

function childOf({ children }: GrowingNode, name: string): GrowingNode {
  const known = children.get(name) ?? growingNode();
  children.set(name, known);
  return known;
}

function grown(name: string, { value, children }: GrowingNode): FlameNode {
  const nodes = Array.from(children, ([child, node]) => grown(child, node));
  return { name, value, children: nodes.filter((node) => node.value > 0) };
}
