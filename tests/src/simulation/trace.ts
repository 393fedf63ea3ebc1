/**
 * What was seen of a simulated job, step by step, each with its simulated time.
 *
 * Two runs of one seed have the same trace, so nothing that is random outside the seed is in it.
 */
import { createHash } from 'node:crypto';

/** State files are named by UUIDs, which no seed decides. */
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

export class Trace {
  readonly lines: string[] = [];

  add(timeMs: number, what: string): void {
    this.lines.push(`${timeMs} ms: ${what.replace(UUID, '<uuid>')}`);
  }

  get hash(): string {
    return createHash('sha256').update(this.lines.join('\n')).digest('hex');
  }
}
