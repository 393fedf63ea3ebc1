/** One line of the log: plain values, so that it goes from thread to thread. */
import { inspect } from 'node:util';

/** `OFF` is a threshold only: nothing is logged at it. Flink: the levels of log4j. */
export const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'OFF'] as const;

export type LogThreshold = (typeof LOG_LEVELS)[number];
export type LogLevel = Exclude<LogThreshold, 'OFF'>;

/** What is known beside the message: `jobId`, `task`, `checkpointId`, `code` and the like. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface LogRecord {
  /** Ms since the epoch. */
  readonly time: number;
  readonly level: LogLevel;
  /** Name of the logger: a room (`checkpoint`), or what a program calls its own. */
  readonly logger: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, LogValue>>;
  /** `main`, or the worker thread. */
  readonly thread: string;
}

export type LogValue = number | string | boolean | null | LoggedError;

/** An error in a field. */
export interface LoggedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
}

/** How much of a value that is neither a number nor a string is written. */
const VALUE_LENGTH_MAX = 2000;

/** What a field holds as plain values: errors with their code and stack, all else as text. */
export function plainFields(fields: LogFields): Record<string, LogValue> {
  const plain: Record<string, LogValue> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) {
      plain[name] = plainValue(value);
    }
  }
  return plain;
}

function plainValue(value: unknown): LogValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') {
    return value;
  }
  if (typeof value === 'number') {
    return Number.isFinite(value) ? value : String(value); // JSON has no infinity.
  }
  if (value instanceof Error) {
    const { code } = value as { readonly code?: unknown };
    return {
      name: value.name,
      message: value.message,
      ...(typeof code === 'string' && { code }),
      ...(value.stack !== undefined && { stack: value.stack }),
    };
  }
  const text =
    typeof value === 'bigint' ? String(value) : inspect(value, { breakLength: Infinity });
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}...` : text;
}
