/**
 * The log of the process: on the terminal, in a file, and its tail in memory for who asks by REST.
 *
 * Invariants:
 * - Embedded it is quiet: warnings and errors go to the standard error stream, and nothing else goes
 *   anywhere but to the tail.
 * - There is one of a process. The last job that sets any `log.*` key says how it is.
 * - pino is loaded only where a file or JSON is asked for.
 *
 * Design: docs/guide/observability.md
 */
import {
  type Configuration,
  type LogRecord,
  type LogSink,
  processLog,
  severity,
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
    const library =
      settings.file !== undefined || settings.format === 'JSON'
        ? (await import('pino')).pino
        : undefined;
    const file = settings.file && library && new LogFile(settings.file, library.destination);
    this.file?.close();
    this.file = file;
    this.settings = settings;
    this.applied = signature;
    this.consoleSeverity = severity(settings.consoleLevel);
    this.toFile = file && writerTo(file, settings.format, library);
    this.toConsole =
      settings.format === 'JSON' && library !== undefined
        ? writerTo(process.stderr, 'JSON', library)
        : plainToConsole;
    processLog.configure({ levels: settings.levels, sink: this });
  }

  append(record: LogRecord): void {
    this.tail.append(`${logText(record)}\n`, record.time);
    this.toFile?.(record);
    if (severity(record.level) >= this.consoleSeverity) {
      this.toConsole(record);
    }
  }

  /** Of the log file; `undefined` without one. */
  get filePath(): string | undefined {
    return this.settings?.file?.path;
  }
}

type Writer = Pick<LogFile, 'write'> | NodeJS.WriteStream;

function writerTo(
  target: Writer,
  format: 'TEXT' | 'JSON',
  library: typeof pino | undefined,
): (record: LogRecord) => void {
  if (format === 'TEXT' || library === undefined) {
    return (record) => void target.write(`${logText(record)}\n`);
  }
  const logger: Pino = library(
    {
      level: 'trace',
      base: { pid: process.pid },
      timestamp: false,
      messageKey: 'message',
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
    },
    { write: (line: string) => void target.write(line) },
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
  'metrics',
  'operators',
  'server',
  'taskmanager',
]);

/** As warnings have always read here. Loggers of a program say their names. */
function plainToConsole({ level, logger, message }: LogRecord): void {
  const isOurs = ROOMS.has(logger);
  const severityText = level === 'WARN' || isOurs ? '' : `${level} `;
  process.stderr.write(`${isOurs ? 'millrace' : logger}: ${severityText}${message}\n`);
}

export const jobLog: JobLog = new JobLog();
