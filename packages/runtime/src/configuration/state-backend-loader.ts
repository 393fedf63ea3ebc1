/**
 * Which state backend a job has: the program's, else that of `state.backend.type`. The one place that names
 * backends, by text.
 *
 * Flink: StateBackendLoader.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  ConfigError,
  type Configuration,
  errorMessage,
  nearestOf,
  StateBackendOptions,
} from '@millrace/core';
import type { StateBackend } from '@millrace/state';

/** What the module of a backend exports. Flink: StateBackendFactory. */
export interface StateBackendModule {
  createStateBackend(configuration: Configuration): StateBackend | Promise<StateBackend>;
}

const CREATE = 'createStateBackend';
const HASHMAP = `@millrace/state-backend-heap#${CREATE}`;
const MEMORY = '@millrace/state-backend-heap#createMemoryStateBackend';
const FS = '@millrace/state-backend-heap#createFsStateBackend';
const ROCKSDB = `@millrace/state-backend-rocksdb#${CREATE}`;
const OLD_ROCKSDB = '@millrace/state-backend-rocksdb#createRocksDBStateBackend';

/** Short names, older names, and Flink's class names of backends with or without `Factory`; lower case. */
const MODULES: ReadonlyMap<string, string> = new Map([
  ['hashmap', HASHMAP],
  ['rocksdb', ROCKSDB],
  ['jobmanager', MEMORY],
  ['filesystem', HASHMAP],
  ['org.apache.flink.runtime.state.hashmap.hashmapstatebackend', HASHMAP],
  ['org.apache.flink.runtime.state.memory.memorystatebackend', MEMORY],
  ['org.apache.flink.runtime.state.filesystem.fsstatebackend', FS],
  ['org.apache.flink.contrib.streaming.state.embeddedrocksdbstatebackend', ROCKSDB],
  ['org.apache.flink.contrib.streaming.state.rocksdbstatebackend', OLD_ROCKSDB],
]);

/**
 * @param ofProgram - wins over the configuration, which fills what it leaves open
 * @throws ConfigError `CONFIG_VALUE_INVALID` when there is no such backend; `ROCKSDB_NOT_BUILT`
 */
export async function loadStateBackend(
  configuration: Configuration,
  ofProgram?: StateBackend,
): Promise<StateBackend> {
  if (ofProgram !== undefined) {
    return (await ofProgram.configure?.(configuration)) ?? ofProgram;
  }
  const name = configuration.get(StateBackendOptions.STATE_BACKEND);
  const known = MODULES.get(name.toLowerCase().replace(/factory$/, ''));
  const [specifier, exportName] = specifierAndExport(known ?? name);
  let module: Record<string, unknown>;
  try {
    module = (await import(moduleUrl(specifier))) as Record<string, unknown>;
  } catch (cause) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      known === undefined
        ? `state.backend.type is '${name}' (from ${configuration.originOf(StateBackendOptions.STATE_BACKEND)}); ` +
            'use hashmap or rocksdb, or the specifier of a module that can be imported' +
            `${nearestName(name)} (${errorMessage(cause)})`
        : `state.backend.type is '${name}', whose package cannot be imported; run ` +
            `\`npm install ${specifier}\` (${errorMessage(cause)})`,
      { cause },
    );
  }
  const create = module[exportName];
  if (typeof create !== 'function') {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `state.backend.type is '${name}', but that module exports no function ${exportName}`,
    );
  }
  return (create as StateBackendModule['createStateBackend'])(configuration);
}

function nearestName(name: string): string {
  const nearest = nearestOf(
    name.toLowerCase(),
    ['hashmap', 'rocksdb'],
    Math.floor(name.length / 3),
  );
  return nearest === undefined ? '' : `; did you mean ${nearest}?`;
}

/** A path is taken from the working folder. */
function moduleUrl(specifier: string): string {
  return /^\.{0,2}\//.test(specifier) ? pathToFileURL(resolve(specifier)).href : specifier;
}

/** `module#export`; a `#` at the start is of the specifier, which is then a name of `imports` in package.json. */
function specifierAndExport(text: string): [specifier: string, exportName: string] {
  const at = text.indexOf('#', 1);
  return at < 0 ? [text, CREATE] : [text.slice(0, at), text.slice(at + 1)];
}
