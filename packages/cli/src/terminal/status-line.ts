/**
 * One line on the standard error stream that says what is going on, only on a terminal, only after a
 * second, gone at the end.
 */
import type { Clock } from '@millrace/core';
import type { Terminal } from './terminal.ts';

const SILENT_MS = 1_000;

export class StatusLine {
  private readonly terminal: Terminal;
  private readonly clock: Clock;
  private readonly startedAt: number;
  private isShown: boolean = false;

  constructor(terminal: Terminal, clock: Clock) {
    this.terminal = terminal;
    this.clock = clock;
    this.startedAt = clock.now();
  }

  /** Whether a text would be shown now; else none needs to be made. */
  get isDue(): boolean {
    return this.terminal.isWatched && this.elapsedMs >= SILENT_MS;
  }

  get elapsedMs(): number {
    return this.clock.now() - this.startedAt;
  }

  show(text: string): void {
    if (this.isDue) {
      this.terminal.writeError(`\r\x1b[K${text.slice(0, this.terminal.errorColumns - 1)}`);
      this.isShown = true;
    }
  }

  /** Removes the line. */
  end(): void {
    if (this.isShown) {
      this.terminal.writeError('\r\x1b[K');
      this.isShown = false;
    }
  }
}
