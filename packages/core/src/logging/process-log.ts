/**
 * Where the log of this thread goes, and what of it is wanted.
 *
 * Invariants:
 * - Until something is configured only warnings and errors are written, to the standard error stream.
 * - Logging never throws into the program: a sink that does is told nothing more until it is set anew.
 *
 * One for each thread: that of a worker thread sends its records to the main thread.
 */
import { Console } from 'node:console';
import { SystemClock } from '../time/clock.ts';
import { LOG_LEVELS, type LogRecord, type LogThreshold } from './log-record.ts';

export interface LogSink {
  append(record: LogRecord): void;
}

export interface LogLevels {
  readonly root: LogThreshold;
  /** By name of a logger; that of the longest name which is the logger's or above it counts. */
  readonly ofLoggers: ReadonlyMap<string, LogThreshold>;
}

const SEVERITY: ReadonlyMap<LogThreshold, number> = new Map(
  LOG_LEVELS.map((level, index) => [level, index]),
);

export class ProcessLog {
  /** Counts up with each change of the levels: loggers remember theirs. */
  version = 0;
  /** `main`, or the worker thread. */
  threadName = 'main';
  private readonly clock = new SystemClock();
  private levels: LogLevels = { root: 'WARN', ofLoggers: new Map() };
  private sink: LogSink = STANDARD_ERROR;

  now(): number {
    return this.clock.now();
  }

  configure(settings: { readonly levels: LogLevels; readonly sink: LogSink }): void {
    this.levels = settings.levels;
    this.sink = settings.sink;
    this.version++;
  }

  /** Below this severity nothing of a logger is wanted. */
  severityOf(logger: string): number {
    const { root, ofLoggers } = this.levels;
    for (let name = logger; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
      const level = ofLoggers.get(name);
      if (level !== undefined) {
        return severity(level);
      }
    }
    return severity(root);
  }

  append(record: LogRecord): void {
    try {
      this.sink.append(record);
    } catch (error) {
      this.sink = STANDARD_ERROR;
      const message = `the log failed: ${String(error)}`;
      STANDARD_ERROR.append({ ...record, level: 'ERROR', message });
      STANDARD_ERROR.append(record);
    }
  }
}

export function severity(level: LogThreshold): number {
  return SEVERITY.get(level) as number;
}

/** Loggers of our rooms are `millrace` to a user who reads a terminal; those of a program have names. */
const STANDARD_ERROR: LogSink = {
  append({ level, message }: LogRecord): void {
    if (severity(level) >= severity('WARN')) {
      writeToStandardError(`millrace: ${message}\n`);
    }
  },
};

const standardError = new Console({ stdout: process.stderr, ignoreErrors: true });

/** A stream that takes nothing, such as a full disk's, ends no program. @param text - with its end of line */
export function writeToStandardError(text: string): void {
  standardError.log(text.replace(/\n$/, ''));
}

export const processLog: ProcessLog = new ProcessLog();
