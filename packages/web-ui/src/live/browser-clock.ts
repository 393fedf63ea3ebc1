/** The only door to time: what the clock says now, and to be called later. */
import { type ReadonlySignal, signal } from '@preact/signals';

const ticking = signal(Date.now());
setInterval(() => {
  ticking.value = Date.now();
}, 1000);

/** Now, each second anew: reading its value makes a component render each second. */
export const secondsClock: ReadonlySignal<number> = ticking;

export function nowMs(): number {
  return Date.now();
}

/** @returns to call it off */
export function later(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}
