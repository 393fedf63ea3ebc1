/** Flink's own web UI, its files unchanged, in a browser before a job of ours. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, WITHOUT_BROWSER } from '../browser/browser.ts';
import { buildFlinkProject, FLINK_WEB_UI, whyNoFlink } from '../interop/flink.ts';
import { type OneOrigin, serveOneOrigin } from './one-origin.ts';
import { type ServedJob, startServedJob } from './served-job.ts';

const skip = whyNoFlink() ?? WITHOUT_BROWSER;
/** Each page, and a text that it shows of the job. */
const PAGES: readonly [route: string, shows: RegExp][] = [
  ['overview', /Running Jobs[\s\S]*served job/],
  ['job/running/JOB/overview', /served job[\s\S]*RUNNING/],
  ['job/running/JOB/overview/VERTEX/detail', /Detail/],
  ['job/running/JOB/overview/VERTEX/subtasks', /Bytes Received/],
  ['job/running/JOB/overview/VERTEX/taskmanagers', /Endpoint[\s\S]*localhost:/],
  ['job/running/JOB/overview/VERTEX/watermarks', /Watermark/],
  ['job/running/JOB/overview/VERTEX/accumulators', /Accumulators/],
  ['job/running/JOB/overview/VERTEX/backpressure', /Back Pressure/],
  ['job/running/JOB/overview/VERTEX/metrics', /Metrics/],
  ['job/running/JOB/overview/VERTEX/flamegraph', /Flame/],
  ['job/running/JOB/exceptions', /Exception/],
  ['job/running/JOB/timeline', /TimeLine/],
  ['job/running/JOB/checkpoints', /Completed: [1-9]/],
  ['job/running/JOB/configuration', /Execution Mode|Execution Configuration/],
  ['job-manager/metrics', /Heap/],
  ['job-manager/config', /rest\.bind-port/],
  ['job-manager/logs', /./],
  ['job-manager/stdout', /./],
  ['job-manager/log', /./],
  ['job-manager/thread-dump', /./],
  ['task-manager', /Slots/],
  ['completed', /Completed Jobs/],
  ['submit', /./],
];
/** They show text in an editor, which comes once all of it is there. */
const EDITOR_PAGES = /\/job-manager\/(logs|stdout|thread-dump)$/;
const SHOWN_WITHIN_MS = 30_000;

describe("Flink's web UI", { skip }, () => {
  let job: ServedJob;
  let browser: Browser;
  let origin: OneOrigin;
  before(async () => {
    await buildFlinkProject();
    job = await startServedJob();
    origin = await serveOneOrigin({ files: FLINK_WEB_UI, restAddress: job.address });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await origin?.close();
    await job?.close();
  });

  it('shows every page of a running job without an error', async () => {
    const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
    const troubles = troublesOf(page);
    const vertex = await firstVertexOf(job);

    const found: string[] = [];
    for (const [route, shows] of PAGES) {
      const path = route.replace('JOB', job.jobId).replace('VERTEX', vertex);
      await page.goto(`${origin.address}/#/${path}`);
      const missing = await whatIsMissing(page, shows);
      found.push(...[...missing, ...troubles()].map((trouble) => `${route}: ${trouble}`));
    }

    assert.deepEqual(found, []);
  });

  it('cancels the job when its button is pressed', async () => {
    const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
    await page.goto(`${origin.address}/#/job/running/${job.jobId}/overview`);

    await page.getByText('Cancel Job', { exact: true }).click();
    await page.getByRole('button', { name: /yes|ok/i }).click();

    while ((await job.status()) !== 'CANCELED') {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
});

async function whatIsMissing(page: Page, shows: RegExp): Promise<string[]> {
  try {
    await page.waitForFunction(
      ([source]) => new RegExp(source!).test(document.body.textContent),
      [shows.source],
      { timeout: SHOWN_WITHIN_MS },
    );
    await page.waitForLoadState('networkidle');
    if (EDITOR_PAGES.test(page.url())) {
      await page.waitForSelector('.ant-code-editor .monaco-editor', { timeout: SHOWN_WITHIN_MS });
    }
    await editorIsAtRest(page);
    return [];
  } catch {
    return [`does not show ${shows}: ${await page.textContent('body')}`];
  }
}

/**
 * Pages of logs and dumps hold an editor of ng-zorro's, which lays itself out 50 ms after its size changed
 * (twice in a row). Left within that time it does so at once, when it is no more: `Cannot read properties of
 * null (reading 'layout')`, whatever was answered: it ends its subscription before the debounce, which then
 * gives out what it still holds. So it is left when its size has not changed for longer.
 */
async function editorIsAtRest(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const atRestForMs = 500;
        let last: readonly unknown[] = [];
        let since = performance.now();
        const look = (): void => {
          const editor = document.querySelector('.ant-code-editor');
          const now = [editor, editor?.clientWidth, editor?.clientHeight];
          if (now.some((each, index) => each !== last[index])) {
            last = now;
            since = performance.now();
          }
          if (performance.now() - since >= atRestForMs) {
            resolve();
          } else {
            setTimeout(look, 20);
          }
        };
        look();
      }),
  );
}

/** What went wrong since it was asked last: errors told on the console, answers of failure. */
function troublesOf(page: Page): () => string[] {
  let troubles: string[] = [];
  page.on('console', (message) => {
    // The browser tells an answer of failure here too, at any time after it came.
    if (message.type() === 'error' && !isRefusedByFlink(message.location().url)) {
      troubles.push(`console: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => troubles.push(`thrown: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 400 && !isRefusedByFlink(response.url())) {
      troubles.push(`${response.status()} ${response.url()}`);
    }
  });
  return () => {
    const told = troubles;
    troubles = [];
    return told;
  };
}

/** Real Flink 1.20 answers these with an error too, where it runs as we do: without `web.submit.enable` it has no jars. */
function isRefusedByFlink(url: string): boolean {
  return /\/(jobmanager\/stdout|resource-requirements|jars)$/.test(url);
}

async function firstVertexOf({ address, jobId }: ServedJob): Promise<string> {
  const response = await fetch(`http://${address}/jobs/${jobId}`);
  const { vertices } = (await response.json()) as {
    readonly vertices: readonly { readonly id: string }[];
  };
  return vertices[0]!.id;
}
