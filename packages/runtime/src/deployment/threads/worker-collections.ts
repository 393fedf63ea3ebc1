/**
 * Who collects the new objects of worker threads. V8 has other threads of the process help with each
 * collection. Where there are as many workers as cores, those take their time from another worker, and
 * the worker that collects waits for a helper that has lost its core in the middle of its part.
 *
 * V8 knows this for the whole process only, and asks at each collection.
 */
import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';

/** Workers of the process that live, of all jobs. */
export class WorkerCollections {
  private living = 0;
  private readonly cores: number;
  private readonly setFlag: (flag: string) => void;

  constructor(cores: number, setFlag: (flag: string) => void) {
    this.cores = cores;
    this.setFlag = setFlag;
  }

  workerStarts(): void {
    this.living++;
    if (this.living === this.cores) {
      this.setFlag('--no-parallel-scavenge');
    }
  }

  workerEnded(): void {
    if (this.living === this.cores) {
      this.setFlag('--parallel-scavenge');
    }
    this.living--;
  }
}

/** @param options - of the process, each one or several in one text */
export function setsCollections(options: readonly string[]): boolean {
  return options.some((option) =>
    /--(no[-_]?)?(parallel[-_]scavenge|single[-_]threaded)/.test(option),
  );
}

/** Whoever set such an option for the process is obeyed. */
export const WORKER_COLLECTIONS: WorkerCollections = new WorkerCollections(
  availableParallelism(),
  setsCollections([...process.execArgv, process.env.NODE_OPTIONS ?? ''])
    ? () => {}
    : setFlagsFromString,
);
