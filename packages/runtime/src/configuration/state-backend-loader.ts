/**
 * Turns `state.backend.type` into a state backend. The one place that names backends, by text.
 *
 * Flink: StateBackendLoader.
 */
import { ConfigError, type Configuration, errorMessage, StateBackendOptions } from '@millrace/core';
import type { StateBackend } from '@millrace/state';

/** What the module of a backend exports. Flink: StateBackendFactory. */
export interface StateBackendModule {
  createStateBackend(configuration: Configuration): StateBackend | Promise<StateBackend>;
}

const HASHMAP_MODULE = '@millrace/state-backend-heap';

/** Short names, older names and Flink's class names of factories, lower case. */
const MODULES: ReadonlyMap<string, string> = new Map([
  ['hashmap', HASHMAP_MODULE],
  ['jobmanager', HASHMAP_MODULE],
  ['filesystem', HASHMAP_MODULE],
  ['org.apache.flink.runtime.state.hashmap.hashmapstatebackendfactory', HASHMAP_MODULE],
]);

/** @throws ConfigError `CONFIG_VALUE_INVALID` when there is no such backend */
export async function loadStateBackend(configuration: Configuration): Promise<StateBackend> {
  const name = configuration.get(StateBackendOptions.STATE_BACKEND);
  const specifier = MODULES.get(name.toLowerCase()) ?? name;
  let module: Partial<StateBackendModule>;
  try {
    module = (await import(specifier)) as Partial<StateBackendModule>;
  } catch (cause) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `state.backend.type is '${name}'; use hashmap, or the specifier of a module that can be ` +
        `imported (${errorMessage(cause)})`,
      { cause },
    );
  }
  if (typeof module.createStateBackend !== 'function') {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `state.backend.type is '${name}', but that module exports no function createStateBackend`,
    );
  }
  return module.createStateBackend(configuration);
}
