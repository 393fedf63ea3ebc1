import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { type StartedProgram, startProgram } from '../child-program.ts';
import { launchBrowser, openPage, WITHOUT_BROWSER } from './browser.ts';

const FLIGHTS = fileURLToPath(
  new URL('../../../examples/flights/dist/flights.js', import.meta.url),
);

describe('the web UI over a job of ours', { skip: WITHOUT_BROWSER }, () => {
  let browser: Browser;
  let program: StartedProgram;
  let folder: string;
  let address: string;

  before(async () => {
    browser = await launchBrowser();
    folder = mkdtempSync(join(tmpdir(), 'millrace-ui-'));
    program = startProgram(FLIGHTS, ['--ui', '-D', 'rest.bind-port=0'], { cwd: folder });
    address = await new Promise<string>((resolve, reject) => {
      let text = '';
      const listen = (chunk: Buffer): void => {
        text += chunk.toString();
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
        if (found !== undefined) {
          resolve(found);
        }
      };
      program.child.stdout?.on('data', listen);
      program.child.stderr?.on('data', listen);
      program.ended.then(() => reject(new Error(`it ended early: ${text}`)), reject);
    });
  });
  after(async () => {
    program.child.kill('SIGTERM');
    await program.ended;
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows its rates and checkpoints, takes a savepoint, and stops it', async () => {
    const { page, complaints } = await openPage(browser, { width: 1600 });
    await page.goto(`${address}/`);
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

    assert.deepEqual(
      complaints.filter((line) => !/status of 404/.test(line)),
      [],
    );
  });
});
