/**
 * Where the loop of a slot is, in shared memory: another thread sees whether it goes on, and in which
 * task it is, also while a function blocks it.
 *
 * Written once before and once after a slice, by the thread of the slot alone; where regions of a job have
 * a loop each there, by whichever has its turn.
 */

const SLICES_WORD = 0;
const TASK_WORD = 1;
const ATTEMPT_WORD = 2;
const WORDS = 3;

export function allocateLoopPulse(): SharedArrayBuffer {
  return new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT);
}

export class LoopPulse {
  private readonly words: Int32Array;
  private readonly ofLoop: number;

  /** @param attempt - which one the loop that writes runs */
  constructor(shared: SharedArrayBuffer, attempt = 0) {
    this.words = new Int32Array(shared);
    this.ofLoop = attempt;
  }

  /** @param task - its index among the tasks of the loop */
  sliceBegins(task: number): void {
    this.words[ATTEMPT_WORD] = this.ofLoop; // Seen with the task that is stored after it.
    Atomics.store(this.words, TASK_WORD, task + 1);
  }

  sliceEnds(): void {
    const { words } = this;
    Atomics.store(words, TASK_WORD, 0);
    Atomics.store(words, SLICES_WORD, (words[SLICES_WORD] as number) + 1);
  }

  /** How many slices have ended; it wraps. */
  get slices(): number {
    return Atomics.load(this.words, SLICES_WORD);
  }

  /** The one whose loop began a slice last. */
  get attempt(): number {
    return this.words[ATTEMPT_WORD] as number;
  }

  /** Index of the task whose slice runs; `undefined` between slices. */
  get task(): number | undefined {
    const task = Atomics.load(this.words, TASK_WORD);
    return task === 0 ? undefined : task - 1;
  }
}
