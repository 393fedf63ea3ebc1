/** Loads the addon: the one place that does. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { ConfigError, errorMessage } from '@millrace/core';
import { BINDING_VERSION, type NativeAddon } from './native-addon.ts';

/** Another file may be named: one that was built elsewhere, or with a sanitizer. */
const ADDON =
  process.env.MILLRACE_ROCKSDB_ADDON ??
  fileURLToPath(new URL('../../native/build/millrace_rocksdb.node', import.meta.url));
const REMEDY = 'build it with `npm run build:rocksdb`, or use state.backend.type: hashmap';

let loaded: NativeAddon | undefined;
let inPlaceOfIt: NativeAddon | undefined;

/** @throws ConfigError `ROCKSDB_NOT_BUILT` */
export function loadNativeAddon(): NativeAddon {
  loaded ??= load();
  return inPlaceOfIt ?? loaded;
}

/**
 * For a test that has a hand in the addon's calls: databases that are opened from now on are opened by
 * what `wrap` makes of the addon; without it by the addon itself.
 *
 * @throws ConfigError `ROCKSDB_NOT_BUILT`
 */
export function wrapNativeAddon(wrap: ((addon: NativeAddon) => NativeAddon) | undefined): void {
  loaded ??= load();
  inPlaceOfIt = wrap?.(loaded);
}

/**
 * For a test that needs it: why it is skipped.
 *
 * @throws ConfigError `ROCKSDB_NOT_BUILT` with `CI=true`, where no test may be left out in silence
 */
export function whyNoNativeAddon(): string | undefined {
  try {
    loadNativeAddon();
    return undefined;
  } catch (error) {
    if (process.env.CI === 'true') {
      throw error;
    }
    return errorMessage(error);
  }
}

function load(): NativeAddon {
  if (!existsSync(ADDON)) {
    throw notBuilt(`there is no ${ADDON}`);
  }
  let addon: NativeAddon;
  try {
    addon = createRequire(import.meta.url)(ADDON) as NativeAddon;
  } catch (cause) {
    throw notBuilt(errorMessage(cause), cause);
  }
  if (addon.bindingVersion !== BINDING_VERSION) {
    throw notBuilt(`it has version ${addon.bindingVersion}, and ${BINDING_VERSION} is needed`);
  }
  return addon;
}

function notBuilt(why: string, cause?: unknown): ConfigError {
  const message = `the native addon of RocksDB cannot be used: ${why}; ${REMEDY}`;
  return new ConfigError('ROCKSDB_NOT_BUILT', message, { cause });
}
