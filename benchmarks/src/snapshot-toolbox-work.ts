/**
 * One look into a snapshot, in a process of its own: `node snapshot-toolbox-work.js WORK A B` prints
 * how long it took and how much memory the process had at most.
 */
import { fileURLToPath } from 'node:url';
import {
  diffSnapshots,
  measureSnapshot,
  openSnapshot,
  readStateEntries,
  verifySnapshot,
} from '@millrace/state-processor';
import { GENERATED_UID } from './generated-savepoint.ts';

export const TOOLBOX_WORK = ['ls', 'cat', 'cat one key', 'size', 'diff', 'verify'] as const;
export type ToolboxWork = (typeof TOOLBOX_WORK)[number];

export interface WorkFigures {
  readonly ms: number;
  /** Of files that were read. */
  readonly bytes: number;
  readonly rssMaxBytes: number;
  readonly result: number;
}

/** @param second - compared with the first */
export async function doWork(
  work: ToolboxWork,
  first: string,
  second: string,
): Promise<WorkFigures> {
  const start = performance.now();
  let bytes = 0;
  const onProgress = (readBytes: number): void => {
    bytes = readBytes;
  };
  const snapshot = await openSnapshot(first);
  let result = 0;
  switch (work) {
    case 'ls':
      result = snapshot.operators.length;
      break;
    case 'cat':
    case 'cat one key': {
      const key = work === 'cat' ? {} : { key: 'account-0000000007' };
      const options = { operator: GENERATED_UID, state: 'order', onProgress, ...key };
      for await (const batch of readStateEntries(snapshot, options)) {
        result += batch.length;
      }
      break;
    }
    case 'size':
      result = (await measureSnapshot(snapshot, { onProgress })).entries;
      break;
    case 'diff': {
      const onDifferences = (batch: readonly unknown[]): void => {
        result += batch.length;
      };
      await diffSnapshots(snapshot, await openSnapshot(second), { onProgress, onDifferences });
      break;
    }
    case 'verify':
      result = (await verifySnapshot(snapshot, { onProgress })).entries;
  }
  const ms = performance.now() - start;
  return { ms, bytes, rssMaxBytes: process.resourceUsage().maxRSS * 1024, result };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , work, first, second] = process.argv;
  const figures = await doWork(work as ToolboxWork, first ?? '', second ?? '');
  process.stdout.write(JSON.stringify(figures));
}
