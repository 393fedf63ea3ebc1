/** Makes a worker thread that runs the program once more. */
import { existsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { type ResourceLimits, Worker, type WorkerOptions } from 'node:worker_threads';
import { TASK_MANAGER } from './task-manager-thread.ts';
import { WORKER_COLLECTIONS } from './worker-collections.ts';
import type { TaskManagerStart } from './worker-messages.ts';

/** V8's own for a thread of a 64-bit process: 16 MB of new objects are collected at a time. */
const V8_YOUNG_MB = 48;
/** 64 MB at a time: V8 takes a third of it for what is new, and two for what it copies. */
const YOUNG_MB_MAX = 192;
const NEW_OBJECTS_SHARE = 3;
/** The young generation is at most this part of a heap whose size is set. */
const YOUNG_SHARE = 4;

/** The young generations of all workers of a job are at most this part of the memory. */
const MEMORY_SHARE = 16;
const BYTES_PER_MB = 2 ** 20;

/** What a worker may have of memory. */
export interface WorkerMemory {
  /** `undefined`: what Node gives a worker. */
  readonly heapSizeMb: number | undefined;
  /** Of its young generation: `youngShareMb`. */
  readonly youngShareMb: number;
}

/** Options of Node that say what it runs, with their argument. */
const EVAL_OPTIONS: ReadonlySet<string> = new Set(['-e', '--eval', '-p', '--print', '-pe']);

export function createWorkerThread(start: TaskManagerStart, memory: WorkerMemory): Worker {
  const { program, taskManagerId, port } = start;
  const file =
    program.entryPoint === undefined
      ? pathToFileURL(program.file)
      : new URL('./worker-entry-point.js', import.meta.url);
  const resourceLimits = heapLimits(memory);
  const options: WorkerOptions = {
    argv: process.argv.slice(2),
    name: `millrace-${taskManagerId}`,
    workerData: { [TASK_MANAGER]: start },
    transferList: [port],
    resourceLimits,
  };
  const preload = new URL('./worker-preload.js', import.meta.url);
  // A program that was bundled into one file has no such file; it holds back output a little later.
  const loaders = existsSync(fileURLToPath(preload)) ? ['--import', preload.href] : [];
  const worker = withRoomAtOnce(roomAtOnceMb(memory), () =>
    createWith(file, options, [...ownExecArgv(), ...loaders], loaders),
  );
  WORKER_COLLECTIONS.workerStarts();
  return worker.once('exit', () => WORKER_COLLECTIONS.workerEnded());
}

/**
 * What lives while records go by - those in flight, V8's cache of numbers as text, windows that are
 * open - is copied at each collection of new objects, and the threads that help with it take cores
 * from other slots. Four times the room are a quarter of the collections.
 *
 * All workers of a job together take no more of the memory than `youngShareMb` says, and none less than
 * V8 gives.
 */
export function heapLimits({ heapSizeMb, youngShareMb }: WorkerMemory): ResourceLimits {
  const most = Math.min(youngShareMb, (heapSizeMb ?? Infinity) / YOUNG_SHARE);
  // V8 rounds a third of it up to a power of two.
  let young = YOUNG_MB_MAX;
  while (young > V8_YOUNG_MB && young > most) {
    young /= 2;
  }
  return {
    ...(heapSizeMb === undefined ? {} : { maxOldGenerationSizeMb: heapSizeMb }),
    maxYoungGenerationSizeMb: young,
  };
}

/** What a worker begins with for new objects; 0: V8's own choice, which grows from 1 MB. */
export function roomAtOnceMb(memory: WorkerMemory): number {
  const { maxYoungGenerationSizeMb = 0 } = heapLimits(memory);
  if (maxYoungGenerationSizeMb > memory.youngShareMb) {
    return 0; // More than its part already.
  }
  return maxYoungGenerationSizeMb / NEW_OBJECTS_SHARE;
}

/**
 * A worker's part of the sixteenth of the memory that young generations may take.
 *
 * @param workers - of the job, from 1
 * @param memoryBytes - of the machine, or of the container that is smaller
 */
export function youngShareMb(workers: number, memoryBytes: number = memoryBytesAtHand()): number {
  return memoryBytes / MEMORY_SHARE / workers / BYTES_PER_MB;
}

/** Node says 0, nothing or an immense number where nothing constrains the process. */
function memoryBytesAtHand(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Infinity);
}

/** Workers whose heaps are being made. */
let starting = 0;

/**
 * V8 begins with 1 MB for new objects and doubles it each time that as much has outlived collections:
 * the first seconds of a job would go by with many small ones. How much it begins with can only be
 * said of the process, so it is said while the heap of a worker is made; V8 takes less where the worker
 * may not have as much. Whoever set such an option for the process is obeyed.
 */
export function withRoomAtOnce(semiSpaceMb: number, create: () => Worker): Worker {
  if (setsSemiSpace([...process.execArgv, process.env.NODE_OPTIONS ?? ''])) {
    return create();
  }
  setFlagsFromString(`--min-semi-space-size=${semiSpaceMb}`);
  starting++;
  let isStarting = true;
  const hasStarted = (): void => {
    if (isStarting) {
      isStarting = false;
      starting--;
      if (starting === 0) {
        setFlagsFromString('--min-semi-space-size=0'); // V8's own choice.
      }
    }
  };
  try {
    return create().once('online', hasStarted).once('exit', hasStarted);
  } catch (error) {
    hasStarted();
    throw error;
  }
}

/** @param options - of the process, each one or several in one text */
export function setsSemiSpace(options: readonly string[]): boolean {
  return options.some((option) => /--(min|max)[-_]semi[-_]space[-_]size/.test(option));
}

/** Options of the whole process are refused for a worker, which has them anyway. */
function createWith(
  file: URL,
  options: WorkerOptions,
  execArgv: readonly string[],
  loaders: readonly string[],
): Worker {
  try {
    return new Worker(file, { ...options, execArgv: [...execArgv] });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_WORKER_INVALID_EXEC_ARGV' || execArgv.length === loaders.length) {
      throw error;
    }
    const refused = new Set(message.slice(message.indexOf(':') + 2).split(', '));
    const taken = execArgv.filter((arg) => !refused.has(arg));
    const next = taken.length < execArgv.length ? taken : loaders;
    return createWith(file, options, next, loaders);
  }
}

function ownExecArgv(): string[] {
  const kept: string[] = [];
  for (let i = 0; i < process.execArgv.length; i++) {
    const arg = process.execArgv[i] as string;
    if (EVAL_OPTIONS.has(arg)) {
      i++;
    } else {
      kept.push(arg);
    }
  }
  return kept;
}
