/**
 * How far a long read is: one line on the standard error stream, only on a terminal, only after a
 * second, gone at the end.
 */
import { performance } from 'node:perf_hooks';
import { humanBytes, humanSeconds } from './sizes.ts';
import type { Terminal } from './terminal.ts';

const SILENT_MS = 1_000;
const INTERVAL_MS = 100;

export class Progress {
  readonly report: (bytesRead: number, bytesTotal: number) => void;
  private readonly terminal: Terminal;
  private readonly now: () => number;
  private readonly startedAt: number;
  private shownAt: number;
  private isShown = false;
  private bytesRead = 0;

  /** @param isHidden - where the result itself goes to the terminal as it comes */
  constructor(
    terminal: Terminal,
    isHidden: boolean = false,
    now: () => number = () => performance.now(),
  ) {
    this.terminal = terminal;
    this.now = now;
    this.startedAt = now();
    this.shownAt = this.startedAt + SILENT_MS - INTERVAL_MS;
    const isSilent = isHidden || !terminal.isWatched;
    this.report = (bytesRead, bytesTotal) => {
      this.bytesRead = bytesRead;
      if (!isSilent && this.now() - this.shownAt >= INTERVAL_MS) {
        this.shownAt = this.now();
        this.show(bytesRead, bytesTotal);
      }
    };
  }

  /** Removes the line. */
  end(): void {
    if (this.isShown) {
      this.terminal.writeError('\r\x1b[K');
      this.isShown = false;
    }
  }

  /** `read 1.0 GiB in 5 s (205 MiB/s)` */
  summary(): string {
    const seconds = (this.now() - this.startedAt) / 1_000;
    const rate = humanBytes(this.bytesRead / Math.max(seconds, 0.001));
    const time = seconds < 10 ? `${seconds.toFixed(2)} s` : humanSeconds(seconds);
    return `read ${humanBytes(this.bytesRead)} in ${time} (${rate}/s)`;
  }

  private show(bytesRead: number, bytesTotal: number): void {
    const seconds = (this.now() - this.startedAt) / 1_000;
    const rate = bytesRead / seconds;
    const left = rate > 0 ? humanSeconds(Math.max(0, bytesTotal - bytesRead) / rate) : '?';
    const percent = bytesTotal > 0 ? Math.min(100, Math.floor((100 * bytesRead) / bytesTotal)) : 0;
    const line = `${percent}%  ${humanBytes(bytesRead)} of ${humanBytes(bytesTotal)}  ${humanBytes(rate)}/s  ${left} left`;
    this.terminal.writeError(`\r\x1b[K${line.slice(0, this.terminal.errorColumns - 1)}`);
    this.isShown = true;
  }
}
