/**
 * Writes each record as one line to standard output or standard error.
 *
 * With several subtasks each line begins with the number of the subtask, from 1, as Flink's does.
 * At least once: after a failure lines may come again.
 *
 * Flink: PrintSink, PrintSinkOutputWriter.
 */
import { type InspectOptions, inspect } from 'node:util';
import type { Sink, SinkWriter, WriterInitContext } from '../sink.ts';

/** What a print sink writes to: `process.stdout`, or anything like it. */
export interface PrintTarget {
  /** False when the target is full, until it says `drain`. */
  write(text: string): boolean;
  once(event: 'drain' | 'close', listener: () => void): unknown;
}

export interface PrintSinkOptions {
  /** Put before each line. */
  readonly sinkIdentifier?: string;
  readonly standardError?: boolean;
  /** In place of the standard streams. */
  readonly target?: PrintTarget;
}

export class PrintSink<T> implements Sink<T> {
  private readonly options: PrintSinkOptions;

  constructor(options: PrintSinkOptions = {}) {
    this.options = options;
  }

  createWriter(context: WriterInitContext): SinkWriter<T> {
    const { sinkIdentifier = '', standardError = false } = this.options;
    const subtask = context.numberOfParallelSubtasks > 1 ? String(context.subtaskId + 1) : '';
    const prefix = [sinkIdentifier, subtask].filter((part) => part !== '').join(':');
    const target = this.options.target ?? (standardError ? process.stderr : process.stdout);
    return new PrintWriter(target, prefix === '' ? '' : `${prefix}> `);
  }
}

class PrintWriter<T> implements SinkWriter<T> {
  private readonly target: PrintTarget;
  private readonly prefix: string;
  private drained: Promise<void> | undefined = undefined;

  constructor(target: PrintTarget, prefix: string) {
    this.target = target;
    this.prefix = prefix;
  }

  write(element: T): void {
    if (!this.target.write(`${this.prefix}${textOf(element)}\n`)) {
      this.drained ??= this.waitForDrain();
    }
  }

  isAvailable(): Promise<void> | undefined {
    return this.drained;
  }

  flush(_endOfInput: boolean): Promise<void> | undefined {
    return this.drained;
  }

  close(): void {}

  private waitForDrain(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.drained = undefined;
        resolve();
      };
      this.target.once('drain', done);
      this.target.once('close', done); // A reader that went away must not stop the job.
    });
  }
}

/** Text as it is, what has a `toString` of its own by that, all else as a literal on one line. */
function textOf(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  const plain =
    typeof value !== 'object' ||
    value === null ||
    value instanceof Date ||
    value instanceof Uint8Array ||
    Array.isArray(value) ||
    value.toString === Object.prototype.toString;
  return plain ? inspect(value, ON_ONE_LINE) : String(value);
}

const ON_ONE_LINE: InspectOptions = {
  breakLength: Number.POSITIVE_INFINITY,
  compact: true,
  depth: null,
  maxArrayLength: null,
  maxStringLength: null,
};
