/**
 * What the threads of the process do, sampled by V8 in each of them, as Node's inspector reaches them: the
 * main thread from here, and the workers through it. A function that blocks a thread is seen too, as the
 * inspector interrupts it.
 *
 * Invariants:
 * - Nothing is sampled but while somebody asks, and then for `durationMs`.
 * - A function is in the samples as itself, however it was compiled: what is compiled is given up when
 *   sampling begins, and compiled again without inlining; when it ends, once more with it. V8's flags are
 *   those of the process, so all its threads are slower meanwhile. docs/decisions/0011-rest-server-in-a-thread.md
 * - A thread that does not answer in time (it is in a call into native code) is told as such, and keeps
 *   nobody waiting.
 */
import {
  type InspectorNotification,
  type NodeWorker,
  type Profiler,
  Session,
} from 'node:inspector';
import type { Clock } from '@millrace/core';
import { inliningCompilers, resumeInlining, stopInlining } from './inlining.ts';

export interface InspectedThread {
  /** Node's; 0 is the main thread. */
  readonly id: number;
  readonly name: string;
}

export interface ThreadProfile {
  readonly thread: InspectedThread;
  /** `undefined` where the thread did not answer. */
  readonly profile: Profiler.Profile | undefined;
}

export interface ProfileRequest {
  readonly intervalMs: number;
  readonly durationMs: number;
  /** How long a thread has to answer. */
  readonly patienceMs: number;
  wants(thread: InspectedThread): boolean;
}

export interface ThreadProfiler {
  profile(request: ProfileRequest): Promise<readonly ThreadProfile[]>;
}

const MAIN: InspectedThread = { id: 0, name: 'main' };
const NAMED_WORKER = /^\[worker \d+\] (.+)$/;

/** To be used in a worker thread. */
export class InspectorThreadProfiler implements ThreadProfiler {
  private readonly clock: Clock;
  private readonly inlining: readonly string[];

  /** @param inlining - `inliningCompilers` of the process */
  constructor(clock: Clock, inlining = inliningCompilers(process.execArgv)) {
    this.clock = clock;
    this.inlining = inlining;
  }

  async profile(request: ProfileRequest): Promise<readonly ThreadProfile[]> {
    const connection = new InspectorConnection(this.clock, request.patienceMs);
    let answering: readonly InspectedThread[] = [];
    stopInlining(this.inlining);
    try {
      const all = await connection.threads();
      const wanted = all.filter((thread) => request.wants(thread));
      const begun = await Promise.all(
        wanted.map((thread) => this.begin(connection, thread, request.intervalMs)),
      );
      answering = all.filter((thread) => begun[wanted.indexOf(thread)] !== false);
      if (begun.some((hasBegun) => hasBegun)) {
        await after(this.clock, request.durationMs);
      }
      return await Promise.all(
        wanted.map(async (thread, index) => ({
          thread,
          profile: begun[index] ? await this.end(connection, thread) : undefined,
        })),
      );
    } finally {
      resumeInlining(this.inlining);
      await Promise.all(answering.flatMap((thread) => giveUpCompiled(connection, thread)));
      connection.close();
    }
  }

  private async begin(
    connection: InspectorConnection,
    thread: InspectedThread,
    intervalMs: number,
  ): Promise<boolean> {
    const interval = Math.max(1, Math.round(1000 * intervalMs));
    const answers = await Promise.all([
      connection.post(thread, 'Profiler.enable'),
      connection.post(thread, 'Profiler.setSamplingInterval', { interval }),
      connection.post(thread, 'Profiler.start'),
      ...giveUpCompiled(connection, thread),
    ]);
    return answers.every((answer) => answer !== undefined);
  }

  private async end(
    connection: InspectorConnection,
    thread: InspectedThread,
  ): Promise<Profiler.Profile | undefined> {
    const answer = await connection.post(thread, 'Profiler.stop');
    return (answer as Profiler.StopReturnType | undefined)?.profile;
  }
}

/**
 * Whatever a thread has compiled is compiled anew once it is hot again. V8 does so when coverage begins; what
 * it was that is covered is of no interest.
 */
function giveUpCompiled(
  connection: InspectorConnection,
  thread: InspectedThread,
): Promise<object | undefined>[] {
  if (process.env.NODE_V8_COVERAGE !== undefined) {
    return []; // Somebody else's coverage would end with this one.
  }
  return [
    connection.post(thread, 'Profiler.enable'),
    connection.post(thread, 'Profiler.startPreciseCoverage', { callCount: false, detailed: false }),
    connection.post(thread, 'Profiler.stopPreciseCoverage'),
  ];
}

/** To all threads of the process. */
class InspectorConnection {
  private readonly session = new Session();
  private readonly clock: Clock;
  private readonly patienceMs: number;
  private readonly sessionIds = new Map<InspectedThread, string>();
  private readonly answers = new Map<number, (answer: object | undefined) => void>();
  private lastRequest = 0;

  constructor(clock: Clock, patienceMs: number) {
    this.clock = clock;
    this.patienceMs = patienceMs;
    this.session.connectToMainThread();
    this.session.on(
      'NodeWorker.attachedToWorker',
      ({ params }: InspectorNotification<NodeWorker.AttachedToWorkerEventDataType>) => {
        const { workerId, title } = params.workerInfo;
        const name = NAMED_WORKER.exec(title)?.[1] ?? title;
        this.sessionIds.set(
          { id: Number(/^\[worker (\d+)\]/.exec(title)?.[1] ?? workerId), name },
          params.sessionId,
        );
      },
    );
    this.session.on(
      'NodeWorker.receivedMessageFromWorker',
      ({ params }: InspectorNotification<NodeWorker.ReceivedMessageFromWorkerEventDataType>) => {
        const { id, result } = JSON.parse(params.message) as { id?: number; result?: object };
        this.answers.get(id ?? -1)?.(result);
      },
    );
  }

  /** In the order of their ids. */
  async threads(): Promise<readonly InspectedThread[]> {
    await this.answer((resolve) =>
      this.session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, () => resolve({})),
    );
    return [MAIN, ...this.sessionIds.keys()].sort((a, b) => a.id - b.id);
  }

  /** @returns `undefined` where the thread does not answer in time, or refuses */
  post(thread: InspectedThread, method: string, params?: object): Promise<object | undefined> {
    const sessionId = this.sessionIds.get(thread);
    return this.answer((resolve) => {
      if (sessionId === undefined) {
        this.session.post(method, params, (error, answer) =>
          resolve(error === null ? (answer ?? {}) : undefined),
        );
        return;
      }
      const id = ++this.lastRequest;
      this.answers.set(id, resolve);
      const message = JSON.stringify({ id, method, params });
      this.session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
    });
  }

  /** What was begun ends with it. */
  close(): void {
    this.session.disconnect();
  }

  private answer(
    ask: (resolve: (answer: object | undefined) => void) => void,
  ): Promise<object | undefined> {
    return new Promise((resolve) => {
      const timer = this.clock.setTimer(this.patienceMs, () => resolve(undefined));
      ask((answer) => {
        timer.cancel();
        resolve(answer);
      });
    });
  }
}

function after(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(ms, resolve);
  });
}
