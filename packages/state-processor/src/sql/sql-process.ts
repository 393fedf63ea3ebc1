/**
 * A process of its own for each query. DuckDB works on the pool of threads that all file access of a
 * process goes through: beside a job, a few queries would stop its checkpoints, sources and sinks.
 *
 * Invariants:
 * - One request is under way at a time; each ends with an answer, or with why the process ended.
 * - Once `close` is over, so is the process.
 * - The process ends with the one that started it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { decodeError, invariant, TaskError } from '@millrace/core';
import type { SqlAnswer, SqlRequestName, SqlRequests } from './sql-messages.ts';
import { outOfMemory } from './sql-refusal.ts';

/** What the process holds beside DuckDB's memory is a part of a result or of a table. */
const HEAP_MB = 512;
const LAST_WORDS_CHARS = 2000;
/** By the heap's limit, and by a system that has no memory left. */
const SIGNALS_OF_MEMORY: readonly unknown[] = ['SIGABRT', 'SIGKILL'];

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export class SqlProcess {
  private readonly memoryMb: number;
  private readonly child: ChildProcess;
  private readonly exited: Promise<void>;
  private waiting: Waiting | undefined;
  private ended: unknown;
  private lastWords = '';

  /** Begins; the first request is `open`. @param memoryMb - of DuckDB */
  constructor(memoryMb: number) {
    this.memoryMb = memoryMb;
    this.child = fork(fileURLToPath(new URL('./sql-process-main.js', import.meta.url)), [], {
      execArgv: [`--max-old-space-size=${HEAP_MB}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.lastWords = (this.lastWords + text).slice(-LAST_WORDS_CHARS);
    });
    this.child.on('message', (message) => this.receive(message as SqlAnswer));
    this.exited = new Promise((resolve) => {
      this.child.on('error', (error) => {
        this.end(error);
        if (this.child.pid === undefined) {
          resolve(); // It never began.
        }
      });
      this.child.on('exit', (code, signal) => {
        this.end(this.exitError(code, signal));
        resolve();
      });
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** @throws what the request throws there; TaskError `SQL_LIMIT_EXCEEDED`, `SQL_PROCESS_ENDED` */
  call<Name extends SqlRequestName>(
    name: Name,
    ...args: Parameters<SqlRequests[Name]>
  ): ReturnType<SqlRequests[Name]> {
    return this.request(name, args) as ReturnType<SqlRequests[Name]>;
  }

  /** Ends what is under way with `reason`. */
  kill(reason: unknown): void {
    this.end(reason);
    this.child.kill('SIGKILL');
  }

  async close(): Promise<void> {
    this.kill(new TaskError('SQL_PROCESS_ENDED', 'the query is over'));
    await this.exited;
  }

  private request(name: SqlRequestName, args: readonly unknown[]): Promise<unknown> {
    invariant(this.waiting === undefined, 'one request is under way at a time');
    return new Promise((resolve, reject) => {
      if (this.ended !== undefined) {
        reject(this.ended);
        return;
      }
      this.waiting = { resolve, reject };
      this.child.send({ name, args }, (error) => {
        if (error !== null && !this.child.connected) {
          return; // Its exit says why.
        }
        if (error !== null) {
          this.kill(error);
        }
      });
    });
  }

  private receive(answer: SqlAnswer): void {
    const { waiting } = this;
    this.waiting = undefined;
    if ('error' in answer) {
      waiting?.reject(decodeError(answer.error));
    } else {
      waiting?.resolve(answer.value);
    }
  }

  private end(reason: unknown): void {
    this.ended ??= reason;
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.reject(this.ended);
  }

  private exitError(code: number | null, signal: string | null): TaskError {
    if (SIGNALS_OF_MEMORY.includes(signal)) {
      return outOfMemory(this.memoryMb);
    }
    const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
    const words = this.lastWords.trim();
    return new TaskError(
      'SQL_PROCESS_ENDED',
      `the process of the query ended ${how}${words === '' ? '' : `: ${words}`}`,
    );
  }
}
