/**
 * Lines of a log with their levels: Flink's log4j lines, JSON lines of a structured logger, and
 * anything else, which belongs to the line before it (a trace) or has no level.
 */

export const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
export type Level = (typeof LEVELS)[number];

export interface LogLine {
  readonly level: Level | undefined;
  readonly text: string;
}

const LOG4J = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\S*\s+\[?(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\b/;
/** Numbers of the levels in the JSON lines of bunyan and pino. */
const JSON_LEVELS: Readonly<Record<number, Level>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'ERROR',
};

export function parseLog(text: string): LogLine[] {
  const lines: LogLine[] = [];
  let level: Level | undefined;
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const parsed = line.startsWith('{') ? parseJsonLine(line) : undefined;
    const found = parsed?.level ?? levelOf(LOG4J.exec(line)?.[1]);
    level = found ?? level;
    lines.push({ level, text: parsed?.text ?? line });
  }
  return text === '' ? [] : lines;
}

/** Lines of that level and above that hold all the words; those without a level always count. */
export function chosenLines(
  lines: readonly LogLine[],
  least: Level,
  isWanted: (text: string) => boolean,
): LogLine[] {
  const rank = LEVELS.indexOf(least);
  return lines.filter(({ level, text }) => {
    return (level === undefined || LEVELS.indexOf(level) >= rank) && isWanted(text);
  });
}

function levelOf(word: string | undefined): Level | undefined {
  return word === 'FATAL' ? 'ERROR' : LEVELS.find((level) => level === word);
}

function parseJsonLine(line: string): LogLine | undefined {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { level, time, msg, name, pid: _pid, hostname: _hostname, v: _v, ...others } = fields;
  const word =
    typeof level === 'number' ? JSON_LEVELS[level] : levelOf(String(level).toUpperCase());
  const rest = Object.entries(others).map(([key, value]) => {
    return `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
  });
  const at = typeof time === 'number' ? new Date(time).toISOString() : time;
  const parts = [at, word, name, msg, ...rest].filter((part) => part !== undefined && part !== '');
  return { level: word, text: parts.join(' ') };
}
