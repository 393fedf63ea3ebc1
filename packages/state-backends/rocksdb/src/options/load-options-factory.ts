/** The factory that `state.backend.rocksdb.options-factory` names. Flink: a class name. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError, type Configuration, errorMessage, RocksDBOptions } from '@millrace/core';
import type { RocksDBOptionsFactory } from './rocksdb-options-factory.ts';

const KEY = RocksDBOptions.OPTIONS_FACTORY.key;
const METHODS = [
  'createDBOptions',
  'createColumnOptions',
  'createNativeMetricsOptions',
  'configure',
];
/** It did what the keys do. */
const OLD_DEFAULT =
  /^(org\.apache\.flink\.contrib\.streaming\.state\.)?Default(Configurable)?OptionsFactory$/;

/**
 * `module`, whose default export it is, or `module#export`; a path is taken from the working folder. The
 * export is a factory, a class of factories or a function that gives one.
 *
 * @throws ConfigError `CONFIG_VALUE_INVALID`
 */
export async function loadOptionsFactory(
  configuration: Configuration,
): Promise<RocksDBOptionsFactory | undefined> {
  const name = configuration.get(RocksDBOptions.OPTIONS_FACTORY);
  if (name === undefined) {
    return undefined;
  }
  if (OLD_DEFAULT.test(name)) {
    configuration.addNotice({
      level: 'warn',
      message: `${KEY} names Flink's old default factory, which is passed over: the keys are read without it`,
    });
    return undefined;
  }
  const [specifier, exportName = 'default'] = name.split('#') as [string, string?];
  let module: Record<string, unknown>;
  try {
    module = (await import(moduleUrl(specifier))) as Record<string, unknown>;
  } catch (cause) {
    throw invalid(name, `that module cannot be imported (${errorMessage(cause)})`, cause);
  }
  const exported = module[exportName];
  let factory: unknown;
  try {
    factory = typeof exported === 'function' ? instanceOf(exported) : exported;
  } catch (cause) {
    throw invalid(name, `making it failed (${errorMessage(cause)})`, cause);
  }
  if (!isFactory(factory)) {
    throw invalid(
      name,
      `'${exportName}' of that module is no options factory: it has none of ${METHODS.join(', ')}`,
    );
  }
  return factory;
}

function moduleUrl(specifier: string): string {
  return /^\.{0,2}\//.test(specifier) ? pathToFileURL(resolve(specifier)).href : specifier;
}

function instanceOf(exported: unknown): unknown {
  return /^class\b/.test(Function.prototype.toString.call(exported))
    ? new (exported as new () => unknown)()
    : (exported as () => unknown)();
}

function isFactory(factory: unknown): factory is RocksDBOptionsFactory {
  return (
    typeof factory === 'object' &&
    factory !== null &&
    METHODS.some((name) => typeof (factory as Record<string, unknown>)[name] === 'function')
  );
}

function invalid(name: string, why: string, cause?: unknown): ConfigError {
  return new ConfigError(
    'CONFIG_VALUE_INVALID',
    `${KEY} is '${name}', but ${why}; name a module as 'package', './file.js' or './file.js#MyFactory'`,
    { cause },
  );
}
