/**
 * The log of the process: on the terminal, in a file, and its tail in memory for who asks by REST.
 *
 * Invariants:
 * - Embedded it is quiet: warnings and errors go to the standard error stream, and nothing else goes
 *   anywhere but to the tail.
 * - There is one of a process. The last job that sets any `log.*` key says how it is.
 * - A file that cannot be written is told once, on the standard error stream, and all goes on.
 * - pino is loaded only where JSON is asked for.
 *
 * Design: docs/guide/observability.md
 */
import {
  type Configuration,
  type ErrorCode,
  errorMessage,
  type LogRecord,
  type LogSink,
  processLog,
  severity,
  writeToStandardError,
} from '@millrace/core';
import type { Logger as Pino, pino } from 'pino';
import { LogFile } from './log-file.ts';
import { type LogSettings, logSettings } from './log-settings.ts';
import { LogTail } from './log-tail.ts';
import { logText } from './log-text.ts';

/** About as much as a person scrolls through. */
const TAIL_BYTES = 1024 * 1024;

export class JobLog implements LogSink {
  readonly tail: LogTail = new LogTail(TAIL_BYTES);
  private settings: LogSettings | undefined;
  private file: LogFile | undefined;
  private toFile: ((record: LogRecord) => void) | undefined;
  private toConsole: (record: LogRecord) => void = plainToConsole;
  private consoleSeverity = severity('WARN');
  private applied = '';

  /** @throws ConfigError `CONFIG_VALUE_INVALID` */
  async configure(configuration: Configuration): Promise<void> {
    const settings = logSettings(configuration);
    const isSet = configuration.keys().some((key) => key.startsWith('log.'));
    const signature = JSON.stringify([settings, [...settings.levels.ofLoggers]]);
    if (signature === this.applied || (this.settings !== undefined && !isSet)) {
      return;
    }
    const library = settings.format === 'JSON' ? (await import('pino')).pino : undefined;
    const file =
      settings.file &&
      new LogFile(settings.file, (error) => this.tellNotWritten(settings.file?.path, error));
    this.file?.close();
    this.file = file;
    this.settings = settings;
    this.applied = signature;
    this.consoleSeverity = severity(settings.consoleLevel);
    this.toFile = file && (library ? jsonTo(file, library) : textTo(file));
    this.toConsole = library ? jsonTo({ write: writeToStandardError }, library) : plainToConsole;
    processLog.configure({ levels: settings.levels, sink: this });
  }

  append(record: LogRecord): void {
    this.tail.append(`${logText(record)}\n`, record.time);
    this.toFile?.(record);
    if (severity(record.level) >= this.consoleSeverity) {
      this.toConsole(record);
    }
  }

  /** Whatever `log.console.level` is: else nobody knows that lines are missing. */
  private tellNotWritten(path: string | undefined, error: unknown): void {
    const code: ErrorCode = 'LOG_NOT_WRITTEN';
    const record: LogRecord = {
      ...{ time: processLog.now(), level: 'ERROR', logger: 'log', thread: processLog.threadName },
      message:
        `${code}: log.file ${path} cannot be written: ${errorMessage(error)}; all else goes on, and lines are ` +
        'missing in it until it can',
      fields: {},
    };
    this.tail.append(`${logText(record)}\n`, record.time);
    this.toConsole(record);
  }

  /** Of the log file; `undefined` without one. */
  get filePath(): string | undefined {
    return this.settings?.file?.path;
  }
}

type Writer = Pick<LogFile, 'write'>;

function textTo(target: Writer): (record: LogRecord) => void {
  return (record) => target.write(`${logText(record)}\n`);
}

function jsonTo(target: Writer, library: typeof pino): (record: LogRecord) => void {
  const logger: Pino = library(
    {
      level: 'trace',
      base: { pid: process.pid },
      timestamp: false,
      messageKey: 'message',
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
    },
    target,
  );
  return ({ level, message, time, logger: name, thread, fields }) =>
    logger[level.toLowerCase() as Lowercase<typeof level>](
      { time: new Date(time).toISOString(), logger: name, thread, ...fields },
      message,
    );
}

/** Names of our own loggers. */
const ROOMS: ReadonlySet<string> = new Set([
  'checkpoint',
  'configuration',
  'jobmanager',
  'log',
  'metrics',
  'operators',
  'server',
  'taskmanager',
]);

/** As warnings have always read here. Loggers of a program say their names. */
function plainToConsole({ level, logger, message }: LogRecord): void {
  const isOurs = ROOMS.has(logger);
  const severityText = level === 'WARN' || isOurs ? '' : `${level} `;
  writeToStandardError(`${isOurs ? 'millrace' : logger}: ${severityText}${message}\n`);
}

export const jobLog: JobLog = new JobLog();
