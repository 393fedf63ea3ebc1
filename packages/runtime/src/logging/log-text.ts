/** A line of the log for people. Flink: the pattern of its log4j files. */
import type { LoggedError, LogRecord, LogValue } from '@millrace/core';

const LOGGER_WIDTH = 24;

/** `2026-11-21 10:06:43,285 WARN  checkpoint [main] - message {jobId=…}`, with a stack below it. */
export function logText(record: LogRecord): string {
  const { time, level, logger, thread, message, fields } = record;
  const stacks = Object.values(fields).filter(isError);
  const known = Object.entries(fields).map(([name, value]) => `${name}=${valueText(value)}`);
  const line =
    `${timeText(time)} ${level.padEnd(5)} ${logger.padEnd(LOGGER_WIDTH)} [${thread}] - ${message}` +
    (known.length === 0 ? '' : ` {${known.join(', ')}}`);
  return [line, ...stacks.map(({ stack = '' }) => stack)].filter((part) => part !== '').join('\n');
}

/** Of this time zone, as operators read their clocks. */
function timeText(time: number): string {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  return (
    `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())},` +
    String(date.getMilliseconds()).padStart(3, '0')
  );
}

function valueText(value: LogValue): string {
  return isError(value) ? (value.code ?? value.name) : String(value);
}

function isError(value: LogValue): value is LoggedError {
  return typeof value === 'object' && value !== null;
}
