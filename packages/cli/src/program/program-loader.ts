/** What makes this Node load a program: nothing for JavaScript, a loader for TypeScript where it strips no types. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/**
 * Options of `node` for the program. `tsx` is looked for beside the program.
 *
 * @param path - absolute
 * @returns what to do where there is no way, as text
 */
export function programLoader(path: string): readonly string[] | string {
  const isTypeScript = /\.[cm]?tsx?$/.test(path);
  const features = process.features as { readonly typescript?: unknown };
  if (!isTypeScript || features.typescript) {
    return [];
  }
  try {
    return ['--import', pathToFileURL(createRequire(path).resolve('tsx')).href];
  } catch {
    // The remedy is told.
  }
  return (
    `Node ${process.versions.node} does not load TypeScript: npm install tsx beside the program, ` +
    'compile it and give the .js, or use Node 22.18 or later'
  );
}
