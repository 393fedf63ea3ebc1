/**
 * A program's own word on the options of RocksDB.
 *
 * Flink: RocksDBOptionsFactory, ConfigurableRocksDBOptionsFactory.
 */
import { ConfigError, type Configuration, errorMessage } from '@millrace/core';
import type { NativeMetricOptions } from './native-metric-options.ts';
import type { ColumnFamilyOptions, DBOptions } from './option-records.ts';

/**
 * Its records are those that hold, but for shared memory, which replaces block caches and write buffer
 * managers. Give what is `current` back with what is to be different.
 *
 * The merge operator, the comparator, checksums and the format of files are not open: Flink reads them.
 */
export interface RocksDBOptionsFactory {
  createDBOptions?(current: DBOptions): DBOptions;
  /** Of each state alike. */
  createColumnOptions?(current: ColumnFamilyOptions): ColumnFamilyOptions;
  createNativeMetricsOptions?(current: NativeMetricOptions): NativeMetricOptions;
}

/** One that reads keys of its own; it is asked before its options are. */
export interface ConfigurableRocksDBOptionsFactory extends RocksDBOptionsFactory {
  /** Gives the factory that holds: itself, as a rule. */
  configure(configuration: Configuration): RocksDBOptionsFactory;
}

export function configureFactory(
  factory: RocksDBOptionsFactory | ConfigurableRocksDBOptionsFactory,
  configuration: Configuration,
): RocksDBOptionsFactory {
  if (!('configure' in factory) || typeof factory.configure !== 'function') {
    return factory;
  }
  return recordOf(factory.configure(configuration), 'configure') as RocksDBOptionsFactory;
}

/**
 * What the factory makes of the current options; these where it has no such method.
 *
 * @throws ConfigError `CONFIG_VALUE_INVALID` when it throws, gives none, or a promise
 */
export function askFactory<T extends object>(
  factory: RocksDBOptionsFactory,
  method: keyof RocksDBOptionsFactory,
  current: T,
): T {
  if (factory[method] === undefined) {
    return current;
  }
  let options: unknown;
  try {
    options = (factory as Record<typeof method, (current: T) => unknown>)[method](current);
  } catch (cause) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${method} of the options factory of RocksDB failed: ${errorMessage(cause)}`,
      { cause },
    );
  }
  return recordOf(options, method) as T;
}

function recordOf(given: unknown, method: string): object {
  const isPromise = typeof (given as PromiseLike<unknown> | undefined | null)?.then === 'function';
  if (typeof given !== 'object' || given === null || Array.isArray(given) || isPromise) {
    const what = isPromise ? 'a promise' : Array.isArray(given) ? 'an array' : String(given);
    const wanted = method === 'configure' ? 'the factory' : 'the options, changed or not';
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${method} of the options factory of RocksDB gave ${what}; give back ${wanted}` +
        (isPromise ? ', from a method that is not async' : ''),
    );
  }
  return given;
}
