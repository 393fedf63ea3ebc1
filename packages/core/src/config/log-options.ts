/**
 * What is logged, and where to. The keys are ours: Flink leaves this to the files of log4j.
 */
import { LOG_LEVELS, type LogThreshold } from '../logging/log-record.ts';
import { type ConfigOption, configOption } from './config-option.ts';
import { enumOption, intOption, memoryOption, stringOption } from './option-builders.ts';

const THRESHOLDS = `${LOG_LEVELS.slice(0, -1).join(', ')} or OFF`;

/** By name of a logger; `''` stands for all others. */
export const LEVEL: ConfigOption<Readonly<Record<string, LogThreshold>>> = configOption(
  {
    key: 'log.level',
    defaultValue: { '': 'INFO' } as Readonly<Record<string, LogThreshold>>,
    description:
      'From which level on a message is logged; log.level.<name> says it for one logger and those below it, such as log.level.checkpoint.',
  },
  {
    type: 'map',
    allowed: `one of ${THRESHOLDS}`,
    parse: (raw) => {
      const levels = typeof raw === 'object' && raw !== null ? raw : { '': raw };
      const parsed = Object.entries(levels).map(
        ([name, level]) => [name, thresholdOf(level)] as const,
      );
      return parsed.every(([, level]) => level !== undefined)
        ? (Object.fromEntries(parsed) as Record<string, LogThreshold>)
        : undefined;
    },
    format: (levels) => levels[''] ?? 'INFO',
  },
) as ConfigOption<Readonly<Record<string, LogThreshold>>>;

export const CONSOLE_LEVEL: ConfigOption<LogThreshold> = enumOption({
  key: 'log.console.level',
  defaultValue: 'WARN',
  constants: LOG_LEVELS,
  description: 'From which level on the log appears on the standard error stream, too.',
});

export const FORMAT: ConfigOption<'TEXT' | 'JSON'> = enumOption({
  key: 'log.format',
  defaultValue: 'TEXT',
  constants: ['TEXT', 'JSON'],
  description: 'Whether lines are for people, or JSON with a field for each thing that is known.',
});

export const FILE: ConfigOption<string | undefined> = stringOption({
  key: 'log.file',
  description: 'The file that the log is appended to; its folder is made.',
});

export const FILE_MAX_SIZE: ConfigOption<number> = memoryOption({
  key: 'log.file.max-size',
  defaultValue: 100 * 1024 * 1024,
  min: 4096,
  description: 'When a log file has this size it is renamed to <name>.1 and a new one begins.',
});

export const FILE_MAX_FILES: ConfigOption<number> = intOption({
  key: 'log.file.max-files',
  defaultValue: 10,
  min: 1,
  description: 'How many files of the log there are at most, the one that grows among them.',
});

function thresholdOf(raw: unknown): LogThreshold | undefined {
  const text = String(raw).trim().toUpperCase();
  return LOG_LEVELS.find((level) => level === text);
}
