// Hot path.
import type { EventRandom } from './event-random.ts';

const LOG_OF_MILLION = 6 * Math.LN10;

/** 1 to a million dollars in cents, each power of ten as likely. Nexmark: PriceGenerator. */
export function nextPrice(random: EventRandom): number {
  return Math.round(Math.exp(random.nextDouble() * LOG_OF_MILLION) * 100);
}
