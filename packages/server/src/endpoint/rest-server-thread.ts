/**
 * The thread of the REST endpoint, as the main thread of a process sees it.
 *
 * Invariants:
 * - It never keeps the process alive, but while `keepAlive` was asked for, or while a client is about to
 *   read the result of what it triggered.
 * - An end that nobody asked for is reported. Where the process is to stay for the endpoint, a new thread
 *   takes the same port, after a pause and `RESTARTS_MAX` times at most.
 */
import type { Worker } from 'node:worker_threads';
import { type Clock, decodeError, errorMessage, FatalError, type Timer } from '@millrace/core';
import type { RestServer } from '@millrace/runtime';
import type { FromRestThread } from './server-messages.ts';

export interface RestThread {
  readonly worker: Worker;
  /** That of the gateway. */
  closePort(): void;
}

export interface RestServerThreadOptions {
  /** @param port - that of the thread before; `undefined`: as configured */
  start(port: number | undefined): RestThread;
  /** Whether another one is started for one that ended by itself. */
  readonly restarts: boolean;
  readonly clock: Clock;
  report(message: string): void;
}

export const RESTARTS_MAX = 5;
const RESTART_PAUSE_MS = 1000;

export class RestServerThread implements RestServer {
  readonly url: Promise<string>;
  readonly ended: Promise<void>;
  private readonly options: RestServerThreadOptions;
  private thread: RestThread;
  /** Settle `url`, once, and `ended`. */
  private listens: (url: string) => void = () => {};
  private cannotListen: (error: unknown) => void = () => {};
  private hasEnded: () => void = () => {};
  private listeningAt: string | undefined;
  private numberOfRestarts = 0;
  private pause: Timer | undefined;
  private isClosed = false;
  private heldForResults = false;
  private onResultsRead: (() => void)[] = [];
  private keptAlive = false;

  constructor(options: RestServerThreadOptions) {
    this.options = options;
    this.url = new Promise((resolve, reject) => {
      this.listens = resolve;
      this.cannotListen = reject;
    });
    // Who wants to know waits for it; else it is no unhandled rejection.
    this.url.catch(() => {});
    this.ended = new Promise((resolve) => {
      this.hasEnded = resolve;
    });
    this.thread = this.startThread();
  }

  async resultsRead(): Promise<void> {
    if (this.heldForResults) {
      await new Promise<void>((resolve) => this.onResultsRead.push(resolve));
    }
  }

  keepAlive(): void {
    this.keptAlive = true;
    this.holdOrLetGo();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.keptAlive = false;
    this.pause?.cancel();
    this.thread.closePort();
    await this.thread.worker.terminate();
    this.hasEnded();
  }

  private startThread(): RestThread {
    const { listeningAt } = this;
    const thread = this.options.start(
      listeningAt === undefined ? undefined : portOf(new URL(listeningAt)),
    );
    let cause: unknown;
    thread.worker
      .on('message', (message: FromRestThread) => {
        if (message.kind === 'failed') {
          cause = decodeError(message.error);
          void thread.worker.terminate();
        } else {
          this.heard(message);
        }
      })
      .on('error', (error) => {
        cause = endedBy(error);
      })
      .once('exit', (code) => {
        thread.closePort();
        this.exited(cause ?? endedBy(new Error(`its thread exited with ${code}`)));
      });
    // Last: a listener of messages takes the reference up again.
    thread.worker.unref();
    return thread;
  }

  private heard(message: Exclude<FromRestThread, { readonly kind: 'failed' }>): void {
    if (message.kind === 'listening') {
      this.listeningAt = message.url;
      this.listens(message.url);
    } else if (message.kind === 'hold') {
      this.holdForResults(message.hold);
    } else {
      void this.close();
    }
  }

  private exited(cause: unknown): void {
    this.holdForResults(false); // They are gone with it.
    if (this.isClosed) {
      return;
    }
    if (this.listeningAt === undefined) {
      this.cannotListen(cause);
      this.isClosed = true;
      this.hasEnded();
      return;
    }
    const { options } = this;
    const what = `REST_ENDPOINT_FAILED: ${this.listeningAt}: ${errorMessage(cause)}`;
    if (options.restarts && this.numberOfRestarts < RESTARTS_MAX) {
      const pauseMs = RESTART_PAUSE_MS * 2 ** this.numberOfRestarts;
      this.numberOfRestarts++;
      options.report(
        `${what}; it is started again in ${pauseMs} ms (${this.numberOfRestarts} of ${RESTARTS_MAX} times)`,
      );
      this.pause = options.clock.setTimer(pauseMs, () => {
        this.thread = this.startThread();
        this.holdOrLetGo();
      });
      return;
    }
    options.report(
      `${what}; jobs run on without it` +
        (options.restarts ? `, it was started again ${RESTARTS_MAX} times` : ''),
    );
    this.isClosed = true;
    this.hasEnded();
  }

  private holdForResults(hold: boolean): void {
    this.heldForResults = hold;
    for (const tell of hold ? [] : this.onResultsRead.splice(0)) {
      tell();
    }
    this.holdOrLetGo();
  }

  private holdOrLetGo(): void {
    if (this.keptAlive || this.heldForResults) {
      this.thread.worker.ref();
    } else {
      this.thread.worker.unref();
    }
  }
}

function endedBy(cause: unknown): FatalError {
  return new FatalError('REST_ENDPOINT_FAILED', `the REST endpoint ended: ${errorMessage(cause)}`, {
    cause,
  });
}

function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === 'https:' ? 443 : 80));
}
