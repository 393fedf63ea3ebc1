/**
 * TypeScript in worker threads for `node --import tsx program.ts`.
 *
 * Node hands `--import` on to worker threads, but tsx takes part in the main thread only, so it is
 * asked once more there. A Node that strips types itself needs nothing, nor do loaders that register
 * in each thread.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface TsxManifest {
  readonly exports?: Readonly<Record<string, { readonly import?: { readonly default?: string } }>>;
}

/** @param execArgv - the options that Node was started with */
export async function registerTypeScriptLoader(execArgv: readonly string[]): Promise<void> {
  const tsx = tsxAmong(execArgv);
  if (tsx === undefined) {
    return;
  }
  const require = createRequire(
    tsx.startsWith('file:') ? tsx : pathToFileURL(join(process.cwd(), 'program.js')),
  );
  const manifest = require.resolve('tsx/package.json');
  const { exports = {} } = require(manifest) as TsxManifest;
  // By their files: resolved for `require` they are other files, which register nothing for `import`.
  for (const path of ['./esm/api', './cjs/api']) {
    const file = exports[path]?.import?.default;
    if (file !== undefined) {
      const api = (await import(new URL(file, pathToFileURL(manifest)).href)) as {
        register(): unknown;
      };
      api.register();
    }
  }
}

function tsxAmong(execArgv: readonly string[]): string | undefined {
  return execArgv
    .map((arg) => arg.replace(/^--(import|loader|experimental-loader|require)=/, ''))
    .find(
      (arg) =>
        arg === 'tsx' || /[\\/]tsx[\\/](dist[\\/]|esm|cjs)/.test(arg) || arg.startsWith('tsx/'),
    );
}
