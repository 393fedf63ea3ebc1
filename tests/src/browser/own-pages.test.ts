import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { faint, launchBrowser, openPage, overflowing, WITHOUT_BROWSER } from './browser.ts';
import { type ServedProgram, serveProgram } from './served-program.ts';

const PROGRAM = fileURLToPath(new URL('busy-program.js', import.meta.url));
const PICTURES = process.env.MILLRACE_PICTURES;
/** Those whose number is no multiple of 3 out of 3000, and the one that gets all records of the others. */
const SHOPS = 2001;
/** A job at full speed, a browser and what else the machine does share two cores. */
const PATIENCE_MS = 20_000;

const WIDTHS = [380, 1600];
const THEMES = ['light', 'dark'] as const;

interface OwnPage {
  readonly name: string;
  /** After `#/`. */
  readonly address: string;
  /** Selector and text of what shows that the page has the data of the job; each must be there. */
  readonly shows: readonly (readonly [string, RegExp])[];
  /** What a person does there before that is looked for. */
  readonly act?: (page: Page) => Promise<void>;
}

/** What the server says of itself, for the addresses. */
interface Ids {
  readonly busy: string;
  readonly finished: string;
  readonly doomed: string;
  readonly source: string;
  readonly sales: string;
  /** Of its state: as operator. */
  readonly salesOperator: string;
  readonly windowOperator: string;
  readonly sourceOperator: string;
  readonly checkpoint: string;
  readonly checkpointId: number;
  readonly savepoint: string;
}

describe('each page of the web UI over jobs of ours, one of them under load', {
  skip: WITHOUT_BROWSER,
}, () => {
  let browser: Browser;
  let program: ServedProgram;
  let ids: Ids;

  before(async () => {
    browser = await launchBrowser();
    program = await serveProgram(PROGRAM, ['.']);
    ids = await idsOf(program.address);
  });
  after(async () => {
    await program.close();
    await browser.close();
  });

  for (const width of WIDTHS) {
    it(`shows what the job does at ${width} pixels, light and dark, with no complaint and nothing cut off`, async () => {
      const { page, complaints } = await openPage(browser, { width });
      page.setDefaultTimeout(PATIENCE_MS);
      await page.goto(program.address);
      const wrong: string[] = [];
      for (const one of ownPages(ids)) {
        const before = complaints.length;
        wrong.push(...(await visit(page, one, width).catch((error: Error) => [error.message])));
        wrong.push(...complaints.slice(before).map((line) => `${one.name}: ${line}`));
      }
      await page.context().close();

      assert.deepEqual(wrong, []);
    });
  }
});

function ownPages(ids: Ids): readonly OwnPage[] {
  return [
    ...jobPages(ids),
    ...['live', ids.checkpoint, ids.savepoint].flatMap((source) => statePages(ids, source)),
    ...endedPages(ids),
    ...clusterPages(),
  ];
}

function jobPages({ busy, sales, source, checkpointId }: Ids): OwnPage[] {
  const job = `job/${busy}`;
  const subtasks = 'table[aria-label="Subtasks"] tbody tr';
  return [
    {
      name: 'jobs',
      address: 'jobs',
      shows: [
        ['tr', /busy shops.*running/],
        ['tr', /yesterday.*finished/],
        ['tr', /doomed.*failed/],
      ],
    },
    {
      name: 'graph',
      address: job,
      shows: [
        ['.operator', /sales by shop.*in [1-9]/],
        ['tr', /Source: tills.*running/],
      ],
    },
    {
      name: 'operator',
      address: `${job}/graph/${sales}`,
      shows: [
        ['.drawer h2', /sales by shop/],
        [subtasks, /running/],
      ],
    },
    {
      name: 'operator metrics',
      address: `${job}/graph/${source}`,
      act: (page) => page.getByRole('tab', { name: 'Metrics' }).click(),
      shows: [['.metric figcaption', /(each|mean) [1-9]/]],
    },
    {
      name: 'checkpoints',
      address: `${job}/checkpoints`,
      shows: [
        ['tr', /completed/],
        ['.plot figcaption', /full size [1-9]/],
        ['.plot figcaption', /duration [1-9]/],
      ],
    },
    {
      name: 'checkpoint',
      address: `${job}/checkpoints/${checkpointId}`,
      shows: [
        ['.why', /Last to acknowledge.*subtask/],
        ['.why', /Nothing about it was slow|Try|was|of/],
        ['.panel', new RegExp(`chk-${checkpointId}`)],
      ],
    },
    {
      name: 'exceptions',
      address: `${job}/exceptions`,
      shows: [['.failures', /sales by shop.*planted: the shop burns/]],
    },
    {
      name: 'configuration',
      address: `${job}/configuration`,
      shows: [
        ['tr', /shops.*3000/],
        ['tr', /execution.checkpointing.interval.*2 s/],
      ],
    },
  ];
}

/** One snapshot, or the job as it runs. */
function statePages(ids: Ids, source: string): OwnPage[] {
  const { busy, salesOperator, windowOperator, sourceOperator } = ids;
  const kind = source === 'live' ? 'live' : source === ids.savepoint ? 'savepoint' : 'checkpoint';
  const from = (more: string): string => {
    const parts = [source === 'live' ? '' : `source=${source}`, more].filter((part) => part !== '');
    return parts.length === 0 ? '' : `?${parts.join('&')}`;
  };
  const sold = `job/${busy}/state/${salesOperator}/sold`;
  const page = (
    name: string,
    address: string,
    shows: OwnPage['shows'],
    act?: OwnPage['act'],
  ): OwnPage => ({ name: `${kind} ${name}`, address, shows, ...(act && { act }) });
  return [
    page('state', `job/${busy}/state${from('')}`, [
      ['.state-tree', /sales by shop.*by-till.*sold/],
    ]),
    page('entries', `${sold}${from('')}`, [['tbody tr', /shop-\d{4}/]]),
    page('second page', `${sold}${from('')}`, [['.pager', /Page 2/]], async (shown) => {
      await shown.getByRole('button', { name: 'Next →' }).click();
    }),
    page('key', `${sold}${from('key=shop-0007')}`, [
      ['.entries', source === 'live' ? /Key group \d+, in subtask [01], at / : /Key group \d+\./],
      ['.entries tbody tr', /shop-0007/],
    ]),
    page('map of a key', `job/${busy}/state/${salesOperator}/by-till${from('key=shop-0007')}`, [
      ['.entries tbody tr', /till [012]/],
      ...(source === 'live' ? ([['.facts', /1 h 00 m/]] as const) : []), // No snapshot knows it.
    ]),
    page('prefix', `${sold}${from('prefix=shop-29')}`, [['.entries tbody tr', /shop-29\d\d/]]),
    page('windows', `job/${busy}/state/${windowOperator}${from('')}`, [
      ['.entries tbody tr', /shop-\d{4}/],
    ]),
    page('list of a source', `job/${busy}/state/${sourceOperator}/SourceReaderState${from('')}`, [
      ['.entries thead', /^SubtaskElementValue$/],
      ['.entries tbody tr', /^00/],
    ]),
    page('sizes', `${sold}${from('view=sizes')}`, [
      ['tr', /sold2 k[\d.]+ KB/],
      ['.strip-row', /B/],
    ]),
    page('keys', `${sold}${from('view=keys')}`, [
      ['table[aria-label="Largest keys"] tbody tr', /shop-\d{4}/],
      source === 'live'
        ? ['table[aria-label="Hottest keys"] tbody tr', /shop-0000.*3\d/]
        : ['.empty', /choose live/],
    ]),
    page(
      'sql',
      `job/${busy}/sql${from('')}`,
      [['table[aria-label="Rows of the query"] tbody tr', new RegExp(`^${SHOPS}`)]],
      async (shown) => {
        const text = shown.getByLabel('SQL query');
        await text.fill('SELECT count(*) AS shops, sum(value) AS sold FROM sales.sold');
        await text.press('Control+Enter');
      },
    ),
  ];
}

function endedPages({ finished, doomed }: Ids): OwnPage[] {
  return [
    {
      name: 'finished graph',
      address: `job/${finished}`,
      shows: [
        ['.operator', /finished/],
        ['tr', /tills.*finished/],
      ],
    },
    {
      name: 'finished checkpoints',
      address: `job/${finished}/checkpoints`,
      shows: [['.facts', /Completed/]],
    },
    { name: 'finished state', address: `job/${finished}/state`, shows: [['main', /ended/]] },
    { name: 'finished sql', address: `job/${finished}/sql`, shows: [['main', /ended/]] },
    {
      name: 'finished exceptions',
      address: `job/${finished}/exceptions`,
      shows: [['.empty', /has not failed/]],
    },
    {
      name: 'failed exceptions',
      address: `job/${doomed}/exceptions`,
      shows: [['.failure-message', /planted: no paper in the till/]],
    },
    { name: 'failed graph', address: `job/${doomed}`, shows: [['.operator', /failed/]] },
  ];
}

function clusterPages(): OwnPage[] {
  return [
    { name: 'task managers', address: 'task-managers', shows: [['tbody tr', /local.*of/]] },
    {
      name: 'task manager',
      address: 'task-manager/local',
      shows: [
        ['.facts', /Heap.*MB|Heap.*MiB|Heap.*GB/],
        ['.log', /busy shops/],
      ],
    },
    { name: 'job manager', address: 'job-manager', shows: [['.log', /busy shops/]] },
    {
      name: 'job manager configuration',
      address: 'job-manager/configuration',
      shows: [['tr', /parallelism.default.*2/]],
    },
    { name: 'threads', address: 'job-manager/threads', shows: [['.facts', /Runs on.*v?\d+/]] },
  ];
}

async function visit(
  page: Page,
  { name, address, shows, act }: OwnPage,
  width: number,
): Promise<string[]> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#/${address}`);
  await act?.(page);
  for (const [selector, text] of shows) {
    await page
      .locator(selector)
      .filter({ hasText: text, visible: true })
      .first()
      .waitFor()
      .catch(async () => {
        const found = await page.locator(selector).allTextContents();
        await picture(page, `failed ${name}`, width);
        throw new Error(
          `${name}: no ${selector} shows ${text}: ${found.join(' | ').slice(0, 500)}`,
        );
      });
  }
  const alerts = await page.getByRole('alert').allTextContents();
  const wrong = alerts.map((text) => `${name}: ${text}`);
  for (const theme of THEMES) {
    await page.emulateMedia({ colorScheme: theme });
    await picture(page, `${name} ${theme}`, width);
    wrong.push(...(await overflowing(page)).map((one) => `${name}, ${theme}: ${one} overflows`));
    wrong.push(...(await faint(page)).map((one) => `${name}, ${theme}: ${one} is faint`));
  }
  return wrong;
}

async function picture(page: Page, name: string, width: number): Promise<void> {
  if (PICTURES !== undefined) {
    mkdirSync(PICTURES, { recursive: true });
    const file = `own-${name.replaceAll(' ', '-')}-${width}.png`;
    await page.screenshot({ path: `${PICTURES}/${file}`, fullPage: width > 700 });
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what a server says is looked at field by field.
type Answer = any;

/** Waits until the job has its window state, two checkpoints and a savepoint. */
async function idsOf(address: string): Promise<Ids> {
  const get = async (path: string): Promise<Answer> => (await fetch(`${address}/${path}`)).json();
  const idOf = async (name: string): Promise<string> => {
    const { jobs } = await until(
      () => get('jobs/overview'),
      ({ jobs: all }) => all.some((job: Answer) => job.name === name),
    );
    return jobs.find((job: Answer) => job.name === name).jid;
  };
  const busy = await idOf('busy shops');
  const { vertices } = await until(
    () => get(`jobs/${busy}`),
    (job) =>
      job.state === 'RUNNING' && job.vertices.every((one: Answer) => one.status === 'RUNNING'),
  );
  const vertexOf = (name: RegExp) => vertices.find((one: Answer) => name.test(one.name)).id;
  await until(
    () => get(`jobs/${busy}/exceptions`),
    ({ exceptionHistory }) => exceptionHistory.entries.length > 0,
  );
  const { operators } = await until(
    () => get(`jobs/${busy}/state`),
    ({ operators: all = [] }) => all.some((one: Answer) => one.uid === 'minutes'),
  );
  const trigger = await fetch(`${address}/jobs/${busy}/savepoints`, { method: 'POST', body: '{}' });
  assert.equal(trigger.status, 202);
  const before = Date.now();
  const { snapshots } = await until(
    () => get(`jobs/${busy}/snapshots`),
    ({ snapshots: all = [] }) =>
      all.some((one: Answer) => one.kind === 'savepoint') &&
      all.filter((one: Answer) => one.kind === 'checkpoint' && one.timestamp > before).length > 1,
  );
  const checkpoint = snapshots.find(
    (one: Answer) => one.kind === 'checkpoint' && one.timestamp > before,
  );
  return {
    busy,
    finished: await idOf('yesterday'),
    doomed: await idOf('doomed'),
    source: vertexOf(/tills/),
    sales: vertexOf(/sales by shop(?! and)/),
    salesOperator: operators.find((one: Answer) => one.uid === 'sales').operatorId,
    windowOperator: operators.find((one: Answer) => one.uid === 'minutes').operatorId,
    sourceOperator: operators.find((one: Answer) => one.uid === 'tills').operatorId,
    checkpoint: checkpoint.id,
    checkpointId: checkpoint.checkpointId,
    savepoint: snapshots.find((one: Answer) => one.kind === 'savepoint').id,
  };
}

/** Asks again until the answer holds. @throws after two minutes, with the last answer */
async function until(ask: () => Promise<Answer>, holds: (answer: Answer) => boolean) {
  const end = Date.now() + 120_000;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) {
      return answer;
    }
    assert.ok(Date.now() < end, `never held: ${JSON.stringify(answer).slice(0, 1000)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
