/**
 * What writes to the log: by name, at levels, with fields.
 *
 * Invariants:
 * - A level that is not wanted costs one comparison: build no text before it.
 * - Never throws.
 *
 * Flink programs take slf4j's `LoggerFactory.getLogger` for this.
 */
import { type LogFields, type LogLevel, plainFields } from './log-record.ts';
import { processLog, severity } from './process-log.ts';

export interface Logger {
  readonly name: string;
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Whether what is logged at this level is written anywhere; ask it before costly messages. */
  isEnabled(level: LogLevel): boolean;
  /** The same logger, with these fields in every record beside its own. */
  child(fields: LogFields): Logger;
}

/**
 * A logger of that name. In a worker thread what it writes appears in the log of the process.
 *
 * `log.level` and `log.level.<name>` say what is written; names above it, between dots, count for it too.
 */
export function getLogger(name: string): Logger {
  return new NamedLogger(name, {});
}

class NamedLogger implements Logger {
  readonly name: string;
  private readonly fields: LogFields;
  private version = -1;
  private severityMin = 0;

  constructor(name: string, fields: LogFields) {
    this.name = name;
    this.fields = fields;
  }

  trace(message: string, fields?: LogFields): void {
    this.log('TRACE', message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    this.log('DEBUG', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.log('INFO', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.log('WARN', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.log('ERROR', message, fields);
  }

  isEnabled(level: LogLevel): boolean {
    if (this.version !== processLog.version) {
      this.version = processLog.version;
      this.severityMin = processLog.severityOf(this.name);
    }
    return severity(level) >= this.severityMin;
  }

  child(fields: LogFields): Logger {
    return new NamedLogger(this.name, { ...this.fields, ...fields });
  }

  private log(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (this.isEnabled(level)) {
      processLog.append({
        time: processLog.now(),
        level,
        logger: this.name,
        message: String(message),
        fields: plainFields({ ...this.fields, ...fields }),
        thread: processLog.threadName,
      });
    }
  }
}
