/** What a program gives as its state backend, which plain JavaScript does not check. */
import { ConfigError } from '@millrace/core';
import type { ExecuteJobOptions } from '@millrace/runtime';

type StateBackend = NonNullable<ExecuteJobOptions['stateBackend']>;

/** @throws ConfigError `CONFIG_VALUE_INVALID` */
export function checkedStateBackend(given: unknown): StateBackend {
  if (
    typeof given === 'object' &&
    given !== null &&
    typeof (given as Partial<StateBackend>).createKeyedStateBackend === 'function'
  ) {
    return given as StateBackend;
  }
  throw new ConfigError(
    'CONFIG_VALUE_INVALID',
    `setStateBackend was given ${described(given)}, which is no state backend; give it an object such as ` +
      'new HashMapStateBackend() or new EmbeddedRocksDBStateBackend(), or name one in state.backend.type',
  );
}

function described(given: unknown): string {
  switch (typeof given) {
    case 'string':
      return `'${given}'`;
    case 'function':
      return `the class or function ${given.name} (is \`new\` missing?)`;
    case 'object':
      return given === null ? 'null' : 'an object without createKeyedStateBackend';
    default:
      return String(given);
  }
}
