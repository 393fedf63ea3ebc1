/**
 * The settings that `millrace run` gives a program, as `-D key=value` behind its own arguments: so these have the places
 * that they have under `node`.
 *
 * Invariants:
 * - A later one wins of what the command adds by itself, its options, `-D`; what the program's arguments set wins over
 *   all of these, which are left out then.
 * - What the command adds by itself never wins over a configuration file.
 *
 * Pure.
 */
import { checkSettings } from './check-settings.ts';

export interface RunSettings {
  readonly parallelism?: number;
  readonly fromSavepoint?: string;
  readonly claimMode?: string;
  readonly allowNonRestored?: boolean;
  /** `-D`: each `key=value`, or the key of a boolean, which is true then. */
  readonly settings?: readonly string[];
}

interface Default {
  /** Any of them set means that the user has decided. */
  readonly keys: readonly string[];
  readonly setting: string;
}

const DEFAULTS: readonly Default[] = [
  {
    keys: ['rest.bind-port', 'rest.port', 'jobmanager.web.port', 'web.port'],
    setting: 'rest.bind-port=8081-8181',
  },
  {
    keys: ['execution.shutdown-on-attached-exit'],
    setting: 'execution.shutdown-on-attached-exit=true',
  },
];

/**
 * @param configured - the keys of the configuration file
 * @param args - the program's own
 * @throws UsageError for a `-D` that names no key, or no value of a key that is no boolean
 */
export function programArguments(
  options: RunSettings,
  configured: readonly string[],
  args: readonly string[],
): string[] {
  const own = options.settings ?? [];
  checkSettings(own);
  const given = new Set(dynamicKeys(args));
  const set = new Set([...configured, ...own.map(keyOf), ...given]);
  const added = DEFAULTS.filter(({ keys }) => !keys.some((key) => set.has(key)));
  const settings = [...added.map(({ setting }) => setting), ...optionSettings(options), ...own];
  const left = settings.filter((setting) => !given.has(keyOf(setting)));
  return [...args, ...left.flatMap((setting) => ['-D', setting])];
}

function optionSettings(options: RunSettings): string[] {
  const { parallelism, fromSavepoint, claimMode, allowNonRestored } = options;
  return [
    ...(parallelism === undefined ? [] : [`parallelism.default=${parallelism}`]),
    ...(fromSavepoint === undefined ? [] : [`execution.state-recovery.path=${fromSavepoint}`]),
    ...(claimMode === undefined ? [] : [`execution.state-recovery.claim-mode=${claimMode}`]),
    ...(allowNonRestored === true ? ['execution.state-recovery.ignore-unclaimed-state=true'] : []),
  ];
}

function dynamicKeys(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    if (!arg.startsWith('-D')) {
      return [];
    }
    return [keyOf(arg === '-D' ? (args[index + 1] ?? '') : arg.slice(2))];
  });
}

function keyOf(setting: string): string {
  return setting.split('=', 1)[0]!.trim();
}
