/** Keys of Flink 1.20 that Millrace knows by name, and does not use. */
import {
  boolOption,
  type ConfigOption,
  type ConfigValueType,
  doubleOption,
  durationOption,
  intOption,
  listOption,
  longOption,
  mapOption,
  memoryOption,
  stringOption,
} from '@millrace/core';
import { FLINK_CLUSTER_KEYS } from './flink-cluster-keys.ts';
import { FLINK_JOB_KEYS } from './flink-job-keys.ts';

export interface FlinkKey {
  readonly option: ConfigOption<unknown>;
  /** Flink itself advises against it. */
  readonly isDeprecated: boolean;
  /** Of a key with a part of the user's choice, such as `metrics.reporter.<name>.port`. */
  readonly pattern: RegExp | undefined;
}

const BUILDERS: Readonly<
  Partial<Record<ConfigValueType, (spec: { key: string; description: string }) => unknown>>
> = {
  bool: boolOption,
  int: intOption,
  long: longOption,
  double: doubleOption,
  duration: durationOption,
  memory: memoryOption,
  list: listOption,
  map: mapOption,
};

let keys: readonly FlinkKey[] | undefined;

export function flinkKeys(): readonly FlinkKey[] {
  keys ??= `${FLINK_CLUSTER_KEYS}${FLINK_JOB_KEYS}`
    .split('\n')
    .filter((line) => line !== '')
    .map(readLine);
  return keys;
}

function readLine(line: string): FlinkKey {
  const [head = '', older = ''] = line.split(' < ');
  const [key = '', type = 'string', flag] = head.split(' ');
  const build = BUILDERS[type as ConfigValueType] ?? stringOption;
  const spec = {
    key,
    description: '',
    deprecatedKeys: older.split(' ').filter((each) => each !== ''),
  };
  return {
    option: build(spec) as ConfigOption<unknown>,
    isDeprecated: flag === 'deprecated',
    pattern: key.includes('<') ? patternOf(key) : undefined,
  };
}

function patternOf(key: string): RegExp {
  const escaped = key.replace(/[.]/g, '\\.').replace(/<\w+>/g, '[^.]+');
  return new RegExp(`^${escaped}$`);
}
