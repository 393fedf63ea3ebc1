import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage, WITHOUT_BROWSER } from './browser.ts';
import { demoCluster } from './demo-cluster.ts';
import { flightsJob } from './demo-job.ts';
import { type Site, startSite } from './site-server.ts';

const NAME = 'standalonesession-ü.log';
/** All there are, most of which are no UTF-8 one after the other. */
const BYTES = Buffer.from(Uint8Array.from({ length: 4096 }, (_, index) => index % 256));

describe('a whole log', { skip: WITHOUT_BROWSER }, () => {
  let browser: Browser;
  let site: Site;

  before(async () => {
    browser = await launchBrowser();
    const { cluster } = demoCluster(flightsJob());
    const logs = [{ name: NAME, size: BYTES.length, mtime: 0 }];
    site = await startSite((asked) => {
      switch (asked.path) {
        case 'jobmanager/logs':
          return { status: 200, body: { logs } };
        case `jobmanager/logs/${encodeURIComponent(NAME)}`:
          return { status: 200, body: BYTES };
        default:
          return cluster(asked);
      }
    }, '/behind/a/proxy/');
  });
  after(async () => {
    await browser.close();
    await site.close();
  });

  it('is saved byte by byte by a plain link, which the browser follows by itself', async () => {
    const { page, complaints } = await openPage(browser, { width: 1200 });
    await page.goto(`${site.address}#/job-manager`);

    const saved = await savedBy(page, 'link');
    await page.context().close();

    assert.deepEqual(saved, { name: NAME, bytes: BYTES });
    assert.deepEqual(complaints, []);
  });

  it('is saved byte by byte where a token is set, which no link could carry', async () => {
    const { page, complaints } = await openPage(browser, { width: 1200 });
    await page.addInitScript(() => sessionStorage.setItem('millrace.token', 's3cret'));
    await page.goto(`${site.address}#/job-manager`);

    const saved = await savedBy(page, 'button');
    await page.context().close();

    assert.deepEqual(saved, { name: NAME, bytes: BYTES });
    assert.deepEqual(complaints, []);
  });
});

async function savedBy(page: Page, role: 'link' | 'button') {
  const download = page.waitForEvent('download');
  await page.getByRole(role, { name: 'Whole file' }).click();
  const file = await download;
  const bytes = Buffer.concat(await (await file.createReadStream()).toArray());
  return { name: file.suggestedFilename(), bytes };
}
