/**
 * By which ids the worker threads of a job are known, also in their metrics.
 *
 * Invariants:
 * - No two slots of jobs that run at the same time in this process have the same id.
 * - A slot keeps its id until the job is over, whatever becomes of its worker.
 */

/** The numbers of all jobs of the process that are not over. */
const taken = new Set<number>();

export class TaskManagerIds {
  private readonly bySlot = new Map<number, number>();

  /** `taskmanager-1`: with the smallest number, from 1, that no other slot has. */
  ofSlot(slot: number): string {
    const known = this.bySlot.get(slot);
    if (known !== undefined) {
      return idOf(known);
    }
    let free = 1;
    while (taken.has(free)) {
      free++;
    }
    taken.add(free);
    this.bySlot.set(slot, free);
    return idOf(free);
  }

  /** The job is over: jobs to come may have the numbers. */
  release(): void {
    for (const number of this.bySlot.values()) {
      taken.delete(number);
    }
    this.bySlot.clear();
  }
}

function idOf(number: number): string {
  return `taskmanager-${number}`;
}
