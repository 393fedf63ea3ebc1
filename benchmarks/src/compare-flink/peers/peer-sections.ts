/** What is compared with other stream processors, and how long. */
import type { PipelineMeasure } from '../pipelines/measure-pipelines.ts';

export type PeerWork = 'wordcount' | 'tumbling';

export interface PeerSection {
  readonly work: PeerWork;
  /** Of a turn of a peer. */
  readonly records: number;
  /** Of Millrace and Flink. */
  readonly measure: PipelineMeasure;
}

const FULL: PipelineMeasure = {
  checkedRecords: 400_000,
  warmUpMs: 6000,
  warmUpRecords: 400_000,
  rounds: 3,
  settleMs: 700,
  turnMs: 3000,
  bothBudgets: false,
  heapMiB: 4096,
};

const QUICK: PipelineMeasure = {
  checkedRecords: 20_000,
  warmUpMs: 200,
  warmUpRecords: 0,
  rounds: 1,
  settleMs: 50,
  turnMs: 300,
  bothBudgets: false,
  heapMiB: 512,
};

export function peerSections(size: 'full' | 'quick'): readonly PeerSection[] {
  const records = size === 'full' ? 2_000_000 : 20_000;
  const measure = size === 'full' ? FULL : QUICK;
  return (['wordcount', 'tumbling'] as const).map((work) => ({ work, records, measure }));
}
