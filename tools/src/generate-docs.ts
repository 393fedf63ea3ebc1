/** Writes the generated pages: `npm run docs`. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedPages } from './docs/generated-pages.ts';
import { readRestApi } from './docs/rest-api/read-rest-api.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const read = (path: string): string | undefined =>
  existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), 'utf8') : undefined;

for (const { path, text } of generatedPages(read, await readRestApi())) {
  if (read(path) !== text) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
    process.stdout.write(`wrote ${path}\n`);
  }
}
