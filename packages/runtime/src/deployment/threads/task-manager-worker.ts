/**
 * One worker thread, as the JobManager sees it: from its start to its end, whichever way it ends.
 *
 * Invariants:
 * - It is lost at most once, and never after `terminate`.
 * - Nothing comes from it any more once it is lost or terminated. Its thread may still run until
 *   `ended`: nothing breaks off a call into native code.
 */
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import {
  type Clock,
  ConfigError,
  decodeError,
  type EncodedError,
  encodeError,
  type MetricDump,
  type MillraceError,
  markThreadEnded,
  processLog,
  TaskError,
  type Timer,
  thrownText,
} from '@millrace/core';
import { firstGraphDifference, type GraphFact } from '../../graph/job-graph-facts.ts';
import { allocateLoopPulse, LoopPulse } from '../../taskmanager/loop-pulse.ts';
import type { AccumulatorPart } from './accumulator-messages.ts';
import type {
  FromTaskManager,
  SlotReport,
  TaskManagerStart,
  ToTaskManager,
} from './worker-messages.ts';
import { createWorkerThread, type WorkerMemory } from './worker-thread.ts';

/** For what a worker does at the end of its job. */
const CLOSE_TIMEOUT_MS = 5000;

export interface MergeAnswer {
  readonly value: unknown;
  readonly error: EncodedError | undefined;
}

/** What comes of one attempt. */
export type MessageOfAttempt = Extract<FromTaskManager, { readonly attempt: number }>;

export interface TaskManagerListener {
  /** What concerns the attempt. */
  handle(message: MessageOfAttempt): void;
  /** Its numbers, now and then. */
  reported(report: SlotReport): void;
  lost(error: MillraceError): void;
}

export interface TaskManagerWorkerOptions {
  readonly start: Omit<TaskManagerStart, 'port' | 'pulse'>;
  /** Of the graph that the main thread built. */
  readonly facts: readonly GraphFact[];
  readonly clock: Clock;
  readonly memory: WorkerMemory;
  readonly registrationTimeoutMs: number;
  /** For messages: the tasks of the slot. */
  readonly tasks: string;
  /** What the program writes to its standard error stream before its `execute()`. */
  earlyError(text: string): void;
  warn(message: string): void;
}

export class TaskManagerWorker {
  readonly pulse: LoopPulse;
  /** Resolves when the program has come to the `execute()` of the job. */
  readonly registered: Promise<void>;
  /** Resolves when its thread has come to its end. */
  readonly ended: Promise<void>;
  /** How long nothing came from it; whoever watches it adds to it. */
  silentMs = 0;
  isRegistered = false;
  isOver = false;
  /** Of the slot, as they were told last. */
  metrics: readonly MetricDump[] = [];
  private readonly options: TaskManagerWorkerOptions;
  private readonly worker: Worker;
  private readonly port: MessagePort;
  private readonly registrationTimer: Timer;
  private register: () => void = () => {};
  private refuse: (error: unknown) => void = () => {};
  private closed: () => void = () => {};
  private hasTidiedUp = false;
  /** By attempt: where regions of the job fail alone, several run there at a time. */
  private readonly listeners = new Map<number, TaskManagerListener>();
  private lossOf: MillraceError | undefined;
  private closing: Promise<void> | undefined;
  private readonly merges = new Map<number, (answer: MergeAnswer) => void>();
  private lastMerge = 0;

  constructor(options: TaskManagerWorkerOptions) {
    this.options = options;
    const pulse = allocateLoopPulse();
    this.pulse = new LoopPulse(pulse);
    this.registered = new Promise<void>((resolve, reject) => {
      this.register = resolve;
      this.refuse = reject;
    });
    this.registered.catch(() => {}); // Told to whoever deploys to it.
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.port.on('message', (message: FromTaskManager) => this.handle(message));
    this.worker = createWorkerThread({ ...options.start, port: port2, pulse }, options.memory);
    this.worker.on('error', (error) => this.lose(this.errorOf(error)));
    const { threadId } = this.worker;
    this.ended = new Promise((resolve) => {
      this.worker.on('exit', (code) => {
        if (!this.hasTidiedUp) {
          markThreadEnded(threadId);
        }
        this.lose(this.exitError(code));
        resolve();
      });
    });
    const { registrationTimeoutMs } = options;
    this.registrationTimer = options.clock.setTimer(registrationTimeoutMs, () => {
      this.lose(notRegistered(this.name, this.executeCall, registrationTimeoutMs));
      void this.worker.terminate();
    });
  }

  get slot(): number {
    return this.options.start.slot;
  }

  /** `worker thread 2`. */
  get name(): string {
    return `worker thread ${this.slot + 1}`;
  }

  /** For messages: what it runs. */
  get tasks(): string {
    return this.options.tasks;
  }

  /** Who hears of an attempt until `detach`, also that the worker is lost already. */
  attach(attempt: number, listener: TaskManagerListener): void {
    this.listeners.set(attempt, listener);
    if (this.lossOf !== undefined) {
      listener.lost(this.lossOf);
    }
  }

  detach(attempt: number): void {
    this.listeners.delete(attempt);
  }

  send(message: ToTaskManager): void {
    if (!this.isOver) {
      this.port.postMessage(message);
    }
  }

  /** What accumulators of a class of the program come to together. */
  merge(parts: readonly AccumulatorPart[]): Promise<MergeAnswer> {
    return new Promise((resolve) => {
      const request = this.lastMerge++;
      this.merges.set(request, resolve);
      this.send({ kind: 'merge', request, parts });
      if (this.isOver) {
        this.refuseMerges();
      }
    });
  }

  /** It is over for a reason from outside: no sign of life. */
  async expel(error: MillraceError): Promise<void> {
    this.lose(error);
    await this.worker.terminate();
  }

  /**
   * The job is over: it tidies up, if it still does anything, and ends. A thread that does not is left,
   * with a warning. A second call waits for the same.
   */
  close(): Promise<void> {
    this.closing ??= this.tidyUpAndEnd();
    return this.closing;
  }

  private async tidyUpAndEnd(): Promise<void> {
    if (this.isRegistered && !this.isOver) {
      const closed = new Promise<void>((resolve) => {
        this.closed = resolve;
      });
      this.send({ kind: 'close' });
      await this.inTime(closed);
    }
    if (!(await this.inTime(this.terminate()))) {
      this.options.warn(
        `${this.name} is in the middle of a call that cannot be broken off, and has not ended with its ` +
          `job: the process cannot end before it does; find what blocks in ${this.tasks}`,
      );
    }
  }

  /** False when it takes longer than what is given for the end of a job. */
  private async inTime(end: Promise<void>): Promise<boolean> {
    let timer: Timer | undefined;
    const tooLate = new Promise<boolean>((resolve) => {
      timer = this.options.clock.setTimer(CLOSE_TIMEOUT_MS, () => resolve(false));
    });
    const isInTime = await Promise.race([end.then(() => true), tooLate]);
    timer?.cancel();
    return isInTime;
  }

  /** Nobody needs it any more. */
  async terminate(): Promise<void> {
    this.end();
    await this.worker.terminate();
  }

  private handle(message: FromTaskManager): void {
    this.silentMs = 0;
    switch (message.kind) {
      case 'registered':
        this.compare(message.facts);
        return;
      case 'not-registered':
        this.lose(decodeError(message.error) as MillraceError);
        void this.worker.terminate();
        return;
      case 'early-stderr':
        this.options.earlyError(message.text);
        return;
      case 'warn':
        this.options.warn(message.message);
        return;
      case 'log':
        processLog.append(message.record);
        return;
      case 'closed':
        this.hasTidiedUp = true;
        this.closed();
        return;
      case 'merged':
        this.merges.get(message.request)?.(message);
        this.merges.delete(message.request);
        return;
      case 'report':
        this.metrics = message.metrics;
        for (const [attempt, report] of message.reports) {
          this.listeners.get(attempt)?.reported(report);
        }
        return;
      default:
        this.metrics = 'metrics' in message ? message.metrics : this.metrics;
        this.listeners.get(message.attempt)?.handle(message);
    }
  }

  private compare(facts: readonly GraphFact[]): void {
    const names = { expected: 'the main thread', actual: this.name };
    const difference = firstGraphDifference(this.options.facts, facts, names);
    if (difference === undefined) {
      this.isRegistered = true;
      this.registrationTimer.cancel();
      this.register();
      return;
    }
    this.lose(
      new ConfigError(
        'GRAPH_MISMATCH',
        `the program built another job graph in ${this.name} than in the main thread: ${difference}; ` +
          'the program must build the same graph each time that it runs, so let nothing of it ' +
          'depend on chance, the time, or on what it finds outside',
      ),
    );
    void this.worker.terminate();
  }

  private lose(error: MillraceError): void {
    if (this.isOver) {
      return;
    }
    this.lossOf = error;
    this.end();
    this.refuse(error);
    for (const listener of [...this.listeners.values()]) {
      listener.lost(error);
    }
  }

  private end(): void {
    this.isOver = true;
    this.registrationTimer.cancel();
    this.port.close();
    this.closed();
    this.refuseMerges();
  }

  private refuseMerges(): void {
    const error = encodeError(
      new TaskError('TASK_MANAGER_LOST', `${this.name} ended before it merged accumulators`),
    );
    for (const resolve of this.merges.values()) {
      resolve({ value: undefined, error });
    }
    this.merges.clear();
  }

  private errorOf(error: unknown): MillraceError {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      const { heapSizeMb } = this.options.memory;
      const size = heapSizeMb === undefined ? '' : ` of ${heapSizeMb} mb`;
      // The program alone needs more: that would happen each time.
      const ErrorClass = this.isRegistered ? TaskError : ConfigError;
      return new ErrorClass(
        'TASK_MANAGER_LOST',
        `${this.name} ran out of its heap${size} while it ran ${this.tasks}; give it more with ` +
          'taskmanager.memory.task.heap.size, or keep less in memory (state.backend.type: rocksdb)',
        { cause: error },
      );
    }
    const what = thrownText(error);
    return this.isRegistered
      ? new TaskError(
          'TASK_MANAGER_LOST',
          `${this.name}, which ran ${this.tasks}, died of an error that nothing caught: ${what}; ` +
            'await the promise or catch the error in the callback where ' +
            'it comes up: a function has returned by then',
          { cause: error },
        )
      : notRepeatable(`the program threw there, though not in the main thread: ${what}`, {
          name: this.name,
          call: this.executeCall,
          cause: error,
        });
  }

  private exitError(code: number): MillraceError {
    if (this.isRegistered) {
      return new TaskError(
        'TASK_MANAGER_LOST',
        `${this.name}, which ran ${this.tasks}, was ended by process.exit(${code}); let a function ` +
          'throw where the job is to fail',
      );
    }
    return notRepeatable(
      code === 0 || code === 13 // 13: a promise that the module waits for never resolves.
        ? 'the program came to its end there without it'
        : `it ended there with the exit code ${code}: by process.exit, or after it caught an error of its own and set process.exitCode`,
      { name: this.name, call: this.executeCall, cause: undefined },
    );
  }

  /** `execute() number 2`. */
  private get executeCall(): string {
    return `execute() number ${this.options.start.jobIndex + 1}`;
  }
}

function notRepeatable(
  why: string,
  { name, call, cause }: { readonly name: string; readonly call: string; readonly cause: unknown },
): ConfigError {
  return new ConfigError(
    'PROGRAM_NOT_REPEATABLE',
    `${name} runs the program once more, up to ${call} of it, and did not get there: ${why}; what ` +
      'the program does before must work in each thread (no check for the main thread, no server ' +
      'that needs a port for itself), or set execution.target to local',
    cause === undefined ? {} : { cause },
  );
}

function notRegistered(name: string, call: string, timeoutMs: number): TaskError {
  return new TaskError(
    'TASK_MANAGER_NOT_REGISTERED',
    `${name} runs the program once more and did not come to ${call} of it within ${timeoutMs} ms; ` +
      'find what the program waits for before, or raise taskmanager.registration.timeout',
  );
}
