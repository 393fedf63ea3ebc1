import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPage, overflowing, WITHOUT_BROWSER } from './browser.ts';
import { type ServedProgram, serveProgram } from './served-program.ts';

const FLIGHTS = fileURLToPath(
  new URL('../../../examples/flights/dist/flights.js', import.meta.url),
);

const BLOCKING = fileURLToPath(new URL('blocking-program.js', import.meta.url));

describe('the web UI over a job of ours', { skip: WITHOUT_BROWSER }, () => {
  let browser: Browser;
  let program: ServedProgram;

  before(async () => {
    browser = await launchBrowser();
    program = await serveProgram(FLIGHTS, ['--ui', '-D', 'rest.bind-port=0']);
  });
  after(async () => {
    await program.close();
    await browser.close();
  });

  it('gives its whole log by a plain link where it asks for no token', async () => {
    const { page, complaints } = await openPage(browser, { width: 380 });
    await page.goto(`${program.address}/#/job-manager`);

    const saved = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Whole file' }).click();
    const file = await (await saved).createReadStream();
    const text = (await file.toArray()).join('');
    const wide = await overflowing(page);
    await page.context().close();

    assert.match(text, /flights/);
    assert.deepEqual([wide, complaints], [[], []]);
  });

  it('shows its rates and checkpoints, takes a savepoint, and stops it', async () => {
    const { page, complaints } = await openPage(browser, { width: 1600 });
    await page.goto(`${program.address}/`);
    await page.getByRole('row', { name: /flights/ }).click();
    await page
      .locator('.operator text', { hasText: /out [1-9]/ })
      .first()
      .waitFor();
    await page.getByRole('link', { name: 'Checkpoints' }).click();
    await page.getByRole('cell', { name: 'completed' }).first().click();
    await page.getByText('Last to acknowledge').waitFor();
    await page.getByRole('button', { name: 'Savepoint…' }).click();
    await page.getByRole('button', { name: 'Take the savepoint' }).click();
    await page.getByText(/savepoints\/savepoint-/).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Stop…' }).click();
    await page.getByRole('button', { name: 'Stop the job' }).click();
    await page.getByText('Done in').waitFor();
    await page.keyboard.press('Escape');

    await page.getByText('finished', { exact: true }).first().waitFor();
    await page.context().close();

    assert.deepEqual(complaints, []);
  });

  it('shows jobs as they began, and since when it waits, to who first looks while their thread is held', async () => {
    const held = await serveProgram(BLOCKING, []);
    try {
      await untilHeld(held);
      const { page, complaints } = await openPage(browser, { width: 380 });

      await page.goto(held.address);
      await page.getByText(/The thread of the jobs has been busy for/).waitFor();
      await page.getByRole('row', { name: /held up running/ }).click();
      await page.locator('.operator', { hasText: 'numbers' }).first().waitFor();
      const wide = await overflowing(page);
      const isStillHeld = await page.getByText(/has been busy for/).isVisible();
      await page.getByText(/has been busy for/).waitFor({ state: 'detached' });
      await page
        .locator('.operator', { hasText: /(in|out) [1-9]/ })
        .first()
        .waitFor();
      await page.context().close();

      assert.deepEqual([isStillHeld, wide, complaints], [true, [], []]);
    } finally {
      await held.close();
    }
  });

  it('tells a server as away that ends while the thread of the jobs is held', async () => {
    const held = await serveProgram(BLOCKING, []);
    try {
      await untilHeld(held);
      const { page } = await openPage(browser, { width: 1600 });
      await page.goto(held.address);
      await page.getByText(/The thread of the jobs has been busy for/).waitFor();

      await held.kill();
      await page.getByText(/The server has not answered for/).waitFor();

      assert.equal(await page.getByText(/has been busy for/).count(), 0);
      await page.context().close();
    } finally {
      await held.close();
    }
  });

  it('asks for the token of rest.auth.token, says when it is wrong, and does all with the right one', async () => {
    const guarded = await serveProgram(FLIGHTS, [
      ...['--ui', '-D', 'rest.bind-port=0', '-D', 'rest.auth.token=s3cret', '--rate', '500'],
    ]);
    try {
      const { page, complaints } = await openPage(browser, { width: 380 });
      await page.goto(`${guarded.address}/#/job-manager`);
      const field = page.getByLabel('token');

      await field.fill('wrong');
      await page.getByRole('button', { name: 'Use it' }).click();
      await page.getByText('That is not its token').waitFor();
      const wide = await overflowing(page);
      await field.fill('s3cret');
      await page.getByRole('button', { name: 'Use it' }).click();
      await page.locator('.log', { hasText: 'flights' }).waitFor();
      const isAsked = await field.isVisible();
      const saved = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Whole file' }).click();
      const file = await (await saved).createReadStream();
      const text = (await file.toArray()).join('');
      await page.reload(); // The token is kept as long as the tab is.
      await page.locator('.log', { hasText: 'flights' }).waitFor();
      await page.getByRole('link', { name: 'Jobs' }).click();
      await page.getByRole('row', { name: /flights/ }).click();
      await page.getByRole('button', { name: 'Cancel…' }).click();
      await page.getByRole('button', { name: 'Cancel the job' }).click();
      await page.getByText('canceled', { exact: true }).first().waitFor();
      await page.context().close();

      assert.deepEqual([isAsked, wide], [false, []]);
      assert.match(text, /flights/);
      assert.deepEqual(
        complaints.filter((line) => !/status of 401/.test(line)),
        [],
      );
    } finally {
      await guarded.close();
    }
  });
});

async function untilHeld(program: ServedProgram): Promise<void> {
  for (let isHeld = false; !isHeld; ) {
    const answer = await fetch(`${program.address}/jobs-thread`);
    isHeld = ((await answer.json()) as { busySince: number | null }).busySince !== null;
  }
}
