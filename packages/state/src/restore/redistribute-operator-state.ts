/**
 * Deals out operator state to the subtasks of a new parallelism.
 *
 * Invariants:
 * - Every item of a split list goes to one subtask; every item of a union list goes to all.
 * - Every subtask gets one copy of a broadcast state, if there is any.
 * - With an unchanged parallelism split lists and broadcast copies stay where they were.
 *
 * Flink: RoundRobinOperatorStateRepartitioner. Same results, state by state.
 */
import type {
  OperatorStateDistributionMode,
  OperatorStateHandle,
  OperatorStateMetaInfo,
} from '../snapshot/operator-state-handle.ts';
import type { StreamStateHandle } from '../snapshot/stream-state-handle.ts';

/** What one old subtask wrote of one state. */
interface StatePart {
  readonly oldSubtask: number;
  readonly handle: OperatorStateHandle;
  readonly offsets: readonly number[];
}

/**
 * @param oldHandles - by old subtask; `undefined` where a subtask had none, or was finished
 * @returns the handles of each new subtask
 */
export function redistributeOperatorState(
  oldHandles: readonly (OperatorStateHandle | undefined)[],
  newParallelism: number,
): OperatorStateHandle[][] {
  const result = Array.from({ length: newParallelism }, () => new SubtaskHandles());
  const sameParallelism = oldHandles.length === newParallelism;
  let startSubtask = 0;
  for (const [name, parts] of partsByName(oldHandles, 'split-distribute')) {
    if (sameParallelism) {
      for (const part of parts) {
        result[part.oldSubtask]?.add(name, 'split-distribute', part, part.offsets);
      }
    } else {
      startSubtask = dealOut(name, parts, { result, startSubtask });
    }
  }
  for (const [name, parts] of partsByName(oldHandles, 'union')) {
    for (const subtask of result) {
      for (const part of parts) {
        subtask.add(name, 'union', part, part.offsets);
      }
    }
  }
  for (const [name, parts] of partsByName(oldHandles, 'broadcast')) {
    for (const [subtask, handles] of result.entries()) {
      // With all copies there this is `subtask` itself when the parallelism is unchanged.
      const copy = parts[subtask % parts.length];
      if (copy !== undefined) {
        handles.add(name, 'broadcast', copy, copy.offsets);
      }
    }
  }
  return result.map((subtask) => subtask.handles());
}

/** In the order of old subtasks; names in the order of their first appearance. */
function partsByName(
  oldHandles: readonly (OperatorStateHandle | undefined)[],
  mode: OperatorStateDistributionMode,
): Map<string, StatePart[]> {
  const byName = new Map<string, StatePart[]>();
  for (const [oldSubtask, handle] of oldHandles.entries()) {
    for (const [name, metaInfo] of handle?.stateNameToPartitionOffsets ?? []) {
      if (handle !== undefined && metaInfo.mode === mode) {
        const parts = byName.get(name) ?? [];
        parts.push({ oldSubtask, handle, offsets: metaInfo.offsets });
        byName.set(name, parts);
      }
    }
  }
  return byName;
}

/**
 * Contiguous runs of all items, the first `n mod p` subtasks one more, beginning at `startSubtask`.
 * Gives where the next state begins, so that the odd items do not all go to subtask 0.
 */
function dealOut(
  name: string,
  parts: readonly StatePart[],
  to: { result: readonly SubtaskHandles[]; startSubtask: number },
): number {
  const { result, startSubtask } = to;
  const parallelism = result.length;
  const total = parts.reduce((sum, part) => sum + part.offsets.length, 0);
  const odd = total % parallelism;
  let partIndex = 0;
  let offsetIndex = 0;
  for (let i = 0; i < parallelism; i++) {
    const subtask = result[(i + startSubtask) % parallelism];
    let wanted = Math.floor(total / parallelism) + (i < odd ? 1 : 0);
    while (wanted > 0) {
      const part = parts[partIndex];
      if (part === undefined) {
        break;
      }
      const run = part.offsets.slice(offsetIndex, offsetIndex + wanted);
      if (run.length > 0) {
        subtask?.add(name, 'split-distribute', part, run);
      }
      wanted -= run.length;
      offsetIndex += run.length;
      if (offsetIndex === part.offsets.length) {
        partIndex++;
        offsetIndex = 0;
      }
    }
  }
  return (odd + startSubtask) % parallelism;
}

/** One handle for each stream that the subtask reads from. */
class SubtaskHandles {
  private readonly byStream: Map<
    StreamStateHandle,
    { old: OperatorStateHandle; states: Map<string, OperatorStateMetaInfo> }
  > = new Map();

  add(
    name: string,
    mode: OperatorStateDistributionMode,
    part: StatePart,
    offsets: readonly number[],
  ): void {
    const { delegate } = part.handle;
    const found = this.byStream.get(delegate) ?? { old: part.handle, states: new Map() };
    found.states.set(name, { mode, offsets });
    this.byStream.set(delegate, found);
  }

  handles(): OperatorStateHandle[] {
    return [...this.byStream.values()].map(({ old, states }) => ({
      ...old,
      stateNameToPartitionOffsets: states,
    }));
  }
}
