import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { type Look, launchBrowser, openPage, overflowing, WITHOUT_BROWSER } from './browser.ts';
import { DEMO_JOB, demoCluster } from './demo-cluster.ts';
import { flightsJob } from './demo-job.ts';
import { RECORDED_FAILED, RECORDED_RUNNING, recordedFlink } from './recorded-flink.ts';
import { type Site, startSite } from './site-server.ts';

/** Where pictures of all pages are put for a person to look at; left out: none are taken. */
const PICTURES = process.env.MILLRACE_PICTURES;

const OPERATORS = flightsJob();
const AIRPORTS = OPERATORS[2]!.id;
const JOB = `job/${DEMO_JOB}`;

/** Address, and a text that is there when the page has all that it shows. */
const DEMO_PAGES: Readonly<Record<string, readonly [string, string]>> = {
  jobs: ['jobs', 'flights'],
  graph: [`${JOB}/graph`, '182 k/s'],
  operator: [`${JOB}/graph/${AIRPORTS}`, 'in the chain'],
  checkpoints: [`${JOB}/checkpoints`, 'Triggered'],
  checkpoint: [`${JOB}/checkpoints/42`, 'execution.checkpointing.unaligned.enabled'],
  'state entries': [`${JOB}/state/${AIRPORTS}/count`, 'ATL'],
  'state of a key': [`${JOB}/state/${AIRPORTS}/count?key=DEN`, 'Key group 5'],
  'broadcast state': [`${JOB}/state/${AIRPORTS}/delay-rules`, 'strike'],
  'broadcast state of a key': [
    `${JOB}/state/${AIRPORTS}/delay-rules?key=snow`,
    'In the copies of 2 subtasks.',
  ],
  'state sizes': [`${JOB}/state/${AIRPORTS}/count?view=sizes`, 'By key group'],
  'state keys': [`${JOB}/state/${AIRPORTS}/count?view=keys`, 'sampled accesses'],
  sql: [`${JOB}/sql`, 'Nothing was asked'],
  exceptions: [`${JOB}/exceptions`, 'has not failed'],
  configuration: [`${JOB}/configuration`, 'flights.year'],
  'task managers': ['task-managers', 'tm-1'],
};

const RECORDED_PAGES: Readonly<Record<string, readonly [string, string]>> = {
  'recorded jobs': ['jobs', 'failing'],
  'recorded graph': [`job/${RECORDED_RUNNING}`, 'sum-per-second'],
  'recorded checkpoint': [`job/${RECORDED_RUNNING}/checkpoints/15`, 'Last to acknowledge'],
  'recorded exceptions': [`job/${RECORDED_FAILED}/exceptions`, 'asked to fail at record 500'],
  'recorded configuration': [
    `job/${RECORDED_RUNNING}/configuration`,
    'taskmanager.numberOfTaskSlots',
  ],
  'recorded task manager': ['task-manager/127.0.0.1:40495-7234f3', 'TaskManagerRunner'],
  'recorded job manager': ['job-manager', 'ClusterEntrypoint'],
  'recorded environment': ['job-manager/threads', 'OpenJDK'],
  'no state in Flink': [`job/${RECORDED_RUNNING}/state`, 'Apache Flink does not'],
  'no SQL in Flink': [`job/${RECORDED_RUNNING}/sql`, 'Apache Flink does not'],
};

const LOOKS: readonly Look[] = [
  { width: 380, theme: 'light' },
  { width: 380, theme: 'dark' },
  { width: 1600, theme: 'light' },
  { width: 1600, theme: 'dark' },
];

describe('each page of the web UI', { skip: WITHOUT_BROWSER }, () => {
  let browser: Browser;
  let demo: Site;
  let recorded: Site;

  before(async () => {
    browser = await launchBrowser();
    demo = await startSite(demoCluster(OPERATORS).cluster, '/behind/a/proxy/');
    recorded = await startSite(recordedFlink());
  });
  after(async () => {
    await browser.close();
    await demo.close();
    await recorded.close();
  });

  for (const look of LOOKS) {
    it(`shows all it has at ${look.width} pixels, ${look.theme}, with nothing cut off and no complaint`, async () => {
      const pages = { ...DEMO_PAGES, ...RECORDED_PAGES };
      for (const [name, [address, text]] of Object.entries(pages)) {
        const site = name in DEMO_PAGES ? demo : recorded;
        await visit(browser, look, `${site.address}#/${address}`, name, text);
      }
    });
  }
});

async function visit(
  browser: Browser,
  look: Look,
  address: string,
  name: string,
  text: string,
): Promise<void> {
  const { page, complaints } = await openPage(browser, look);
  await page.goto(address);
  await page
    .getByText(text, { exact: false })
    .filter({ visible: true })
    .first()
    .waitFor({ timeout: 10_000 })
    .catch(() => {
      throw new Error(`${name} at ${look.width} pixels never showed '${text}'`);
    });
  const wide = await overflowing(page);
  if (PICTURES !== undefined) {
    mkdirSync(PICTURES, { recursive: true });
    const file = `${name.replaceAll(' ', '-')}-${look.width}-${look.theme}.png`;
    await page.screenshot({ path: `${PICTURES}/${file}` });
  }
  await page.context().close();

  assert.deepEqual(wide, [], `${name} at ${look.width} pixels`);
  // A path that the server lacks is told by the browser itself; that is what some of these are for.
  const unexpected = complaints.filter((line) => !/status of 404/.test(line));
  assert.deepEqual(unexpected, [], `${name} on the console`);
}
