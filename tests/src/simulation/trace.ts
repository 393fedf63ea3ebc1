/**
 * What was seen of a simulated job, step by step, each with its simulated time.
 *
 * Two runs of one seed have the same trace, so nothing that is random outside the seed is in it.
 */
import { createHash } from 'node:crypto';

/** Folders on the real disk, of which each run has another. */
const LOCAL_FOLDER = /\S*millrace-simulation-[\w-]+/g;

/** State files are named by UUIDs, which no seed decides. */
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

export class Trace {
  readonly lines: string[] = [];

  add(timeMs: number, what: string): void {
    const told = what.replace(UUID, '<uuid>').replace(LOCAL_FOLDER, '<local>');
    this.lines.push(`${timeMs} ms: ${told}`);
  }

  get hash(): string {
    return createHash('sha256').update(this.lines.join('\n')).digest('hex');
  }
}
