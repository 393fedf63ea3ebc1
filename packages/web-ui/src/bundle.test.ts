import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const PACKAGE = new URL('../', import.meta.url);
const DIST = fileURLToPath(new URL('dist/', PACKAGE));
const GZIPPED_BYTES_MAX = 200_000;

describe('the bundle', () => {
  it('weighs less than 200 kB gzipped, in all', async () => {
    const files = await bundledFiles();

    const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);

    assert.ok(bytes < GZIPPED_BYTES_MAX, `${bytes} bytes`);
  });

  it('is named by the page, by paths relative to it, and loads nothing from elsewhere', async () => {
    const files = await bundledFiles();
    const page = readFileSync(`${DIST}index.html`, 'utf8');

    const named = [...page.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(([, path]) => path);

    assert.equal(named.length, 2);
    for (const path of named) {
      assert.match(path!, /^\.\/assets\/ui-[A-Z0-9]{8}\.(js|css)$/);
      assert.ok(files.includes(DIST + path!.slice(2)), path);
    }
  });

  it('carries the licences of what is in it', async () => {
    await bundledFiles();
    const licences = readFileSync(`${DIST}assets/licenses.txt`, 'utf8');

    for (const name of ['preact', '@preact/signals', 'uplot', '@dagrejs/dagre', 'openapi-fetch']) {
      assert.match(licences, new RegExp(`^${name}$`, 'm'));
    }
  });
});

/** Of the sources as they are now: what is up to date is left as it is. */
async function bundledFiles(): Promise<string[]> {
  const { bundleWebUi } = (await import(new URL('bundle.mjs', PACKAGE).href)) as {
    bundleWebUi: () => Promise<boolean>;
  };
  await bundleWebUi();
  const assets = readdirSync(`${DIST}assets`).map((name) => `${DIST}assets/${name}`);
  return [`${DIST}index.html`, ...assets];
}
