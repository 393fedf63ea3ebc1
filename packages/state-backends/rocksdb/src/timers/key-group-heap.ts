/**
 * The key groups of a queue that have timers, the one with the earliest first; of those with one time
 * the lowest key group.
 *
 * Flink: KeyGroupPartitionedPriorityQueue.
 */
// Hot path.
import type { TimerGroup } from './timer-group.ts';

export class KeyGroupHeap<K, N> {
  private readonly heap: TimerGroup<K, N>[] = [];

  get first(): TimerGroup<K, N> | undefined {
    return this.heap[0];
  }

  /** Call it when the head of `group` is another, or gone. */
  headChanged(group: TimerGroup<K, N>): void {
    if (group.head === undefined) {
      if (group.heapIndex >= 0) {
        this.remove(group);
      }
      return;
    }
    if (group.heapIndex < 0) {
      this.heap.push(group);
      this.siftUp(group, this.heap.length - 1);
      return;
    }
    this.siftUp(group, group.heapIndex);
    this.siftDown(group, group.heapIndex);
  }

  private remove(group: TimerGroup<K, N>): void {
    const at = group.heapIndex;
    group.heapIndex = -1;
    const last = this.heap.pop() as TimerGroup<K, N>;
    if (last !== group) {
      this.siftUp(last, at);
      this.siftDown(last, last.heapIndex);
    }
  }

  private siftUp(group: TimerGroup<K, N>, from: number): void {
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.heap[parentAt] as TimerGroup<K, N>;
      if (!isBefore(group, parent)) {
        break;
      }
      this.place(parent, at);
      at = parentAt;
    }
    this.place(group, at);
  }

  private siftDown(group: TimerGroup<K, N>, from: number): void {
    const { length } = this.heap;
    let at = from;
    for (let childAt = 2 * at + 1; childAt < length; childAt = 2 * at + 1) {
      let child = this.heap[childAt] as TimerGroup<K, N>;
      const right = this.heap[childAt + 1];
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        childAt++;
      }
      if (!isBefore(child, group)) {
        break;
      }
      this.place(child, at);
      at = childAt;
    }
    this.place(group, at);
  }

  private place(group: TimerGroup<K, N>, at: number): void {
    this.heap[at] = group;
    group.heapIndex = at;
  }
}

/** Both have a head. */
function isBefore<K, N>(a: TimerGroup<K, N>, b: TimerGroup<K, N>): boolean {
  const timeA = a.head!.timestamp;
  const timeB = b.head!.timestamp;
  return timeA < timeB || (timeA === timeB && a.keyGroup < b.keyGroup);
}
