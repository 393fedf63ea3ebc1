/**
 * The last of something that is written line by line, in memory.
 *
 * Invariant: holds at most `maxBytes` of text, and the newest of it.
 */
export class LogTail {
  /** Of the newest line, ms since the epoch. */
  lastWriteAt = 0;
  private readonly maxBytes: number;
  private readonly lines: string[] = [];
  private first = 0;
  private held = 0;

  /** @param maxBytes - of text as letters; a line that is longer is cut */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** About what `text()` has, in letters. */
  get size(): number {
    return this.held;
  }

  append(text: string, now: number): void {
    const line = text.length > this.maxBytes ? text.slice(-this.maxBytes) : text;
    this.lines.push(line);
    this.held += line.length;
    this.lastWriteAt = now;
    while (this.held > this.maxBytes) {
      this.held -= (this.lines[this.first] as string).length;
      this.lines[this.first++] = '';
    }
    if (this.first > 1024 && this.first * 2 > this.lines.length) {
      this.lines.splice(0, this.first); // Seldom, so that dropping a line costs the same always.
      this.first = 0;
    }
  }

  text(): string {
    return this.lines.slice(this.first).join('');
  }
}
