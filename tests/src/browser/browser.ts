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
  /**
   * Errors and warnings on the console, errors that nobody caught, and requests that failed, but those
   * that the page itself called off.
   */
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
  page.on('requestfailed', (request) => {
    const { errorText } = request.failure() ?? { errorText: 'failed' };
    if (errorText !== 'net::ERR_ABORTED') {
      complaints.push(`${request.url()}: ${errorText}`);
    }
  });
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

/** Texts in sight whose colour is too near that of their background to be read: below WCAG's 4.5 to 1. */
export async function faint(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })!;
    const seen = new Map<string, number[]>();
    const rgba = (colour: string): number[] => {
      let found = seen.get(colour);
      if (found === undefined) {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        found = [...canvas.getImageData(0, 0, 1, 1).data];
        seen.set(colour, found);
      }
      return found;
    };
    const over = (front: number[], back: number[]): number[] =>
      front.map((value, index) => {
        return index === 3 ? 255 : back[index]! + ((value - back[index]!) * front[3]!) / 255;
      });
    const luminance = (colour: number[]): number => {
      const [red, green, blue] = colour.map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
    };
    const backgroundOf = (element: Element | null): number[] => {
      if (element === null) {
        return rgba('Canvas');
      }
      const own = rgba(getComputedStyle(element).backgroundColor);
      return own[3] === 255 ? own : over(own, backgroundOf(element.parentElement));
    };
    const texts = [...document.querySelectorAll('body *')].filter((element) => {
      const hasText = [...element.childNodes].some((node) => {
        return node.nodeType === Node.TEXT_NODE && node.textContent!.trim() !== '';
      });
      const isAside = element.closest('svg, .unseen, .skip, :disabled, option, noscript') !== null;
      return hasText && !isAside && element.checkVisibility({ visibilityProperty: true });
    });
    return texts.flatMap((element) => {
      const back = backgroundOf(element);
      const front = over(rgba(getComputedStyle(element).color), back);
      const [dark, light] = [luminance(front), luminance(back)].sort((a, b) => a - b);
      const contrast = (light! + 0.05) / (dark! + 0.05);
      return contrast < 4.5
        ? [`${element.tagName}.${element.className} ${contrast.toFixed(1)}: ${element.textContent}`]
        : [];
    });
  });
}
