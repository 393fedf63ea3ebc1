import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { endpointOf } from '../endpoint/gateway-fixture.ts';

const DIST = dirname(createRequire(import.meta.url).resolve('@millrace/web-ui/index.html'));

function get(url: string, headers: Readonly<Record<string, string>> = {}) {
  return endpointOf().app.inject({ method: 'GET', url, headers });
}

describe('the files of the web UI', () => {
  it('are kept for good by browsers where their names carry a hash, while the page that names them is asked for anew', async () => {
    const page = await get('/');
    const named = [...page.body.matchAll(/"\.(\/assets\/[^"]+)"/g)].map(([, path]) => path!);
    const licences = await get('/assets/licenses.txt');

    assert.equal(page.headers['cache-control'], 'no-cache');
    assert.equal(licences.headers['cache-control'], 'no-cache');
    assert.equal(named.length, 2);
    for (const path of named) {
      const file = await get(path);
      assert.equal(file.statusCode, 200, path);
      assert.equal(file.headers['cache-control'], 'public, max-age=31536000, immutable');
    }
  });

  it('are not sent again to a browser that has them', async () => {
    const { etag } = (await get('/index.html')).headers;

    const again = await get('/index.html', { 'if-none-match': String(etag) });

    assert.equal(again.statusCode, 304);
    assert.equal(again.body, '');
  });

  it('are those of the bundle alone: no test that was compiled beside them, nothing hidden', async () => {
    for (const file of ['bundle.test.js', 'bundle.test.js.map', 'main.js', '.bundled']) {
      assert.ok(existsSync(join(DIST, file)), `${file} is there to be refused`);
      const { statusCode, body } = await get(`/${file}`);
      assert.deepEqual([statusCode, body.includes('Unable to load')], [404, true], file);
    }
  });
});
