/** Headless Chromium, with an eye on what a page says on the console and how it is laid out. */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const PROGRAM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Why browser tests are left out here; in CI they are not. */
export const WITHOUT_BROWSER: string | false =
  existsSync(PROGRAM) || process.env.CI === 'true'
    ? false
    : 'needs Chromium: tools/services/chromium.sh install';

export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: PROGRAM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}

export interface Watched {
  readonly page: Page;
  /** Errors and warnings on the console, and errors that nobody caught. */
  readonly complaints: readonly string[];
}

export interface Look {
  readonly width: number;
  readonly theme?: 'light' | 'dark';
  readonly reducedMotion?: boolean;
}

export async function openPage(browser: Browser, look: Look): Promise<Watched> {
  const context = await browser.newContext({
    viewport: { width: look.width, height: look.width < 700 ? 780 : 900 },
    colorScheme: look.theme ?? 'light',
    reducedMotion: look.reducedMotion === true ? 'reduce' : 'no-preference',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return { page, complaints };
}

/** Elements that reach beyond the window without a frame that scrolls them. */
export async function overflowing(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const { clientWidth } = document.documentElement;
    const isClipped = (element: Element): boolean => {
      for (let at = element.parentElement; at !== null; at = at.parentElement) {
        if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(at).overflowX)) {
          return true;
        }
      }
      return false;
    };
    const wide = document.documentElement.scrollWidth > clientWidth ? ['the page itself'] : [];
    const beyond = [...document.querySelectorAll('body *')].filter((element) => {
      const { right, width } = element.getBoundingClientRect();
      return width > 0 && right > clientWidth + 1 && element.closest('svg, .unseen') === null;
    });
    return [
      ...wide,
      ...beyond.filter((one) => !isClipped(one)).map((one) => `${one.tagName}.${one.className}`),
    ];
  });
}
