/** What is compared with other stream processors, and how long. */
import type { PipelineMeasure } from '../pipelines/measure-pipelines.ts';
import { FULL, QUICK } from '../pipelines/pipeline-sections.ts';

export type PeerWork = 'wordcount' | 'tumbling';

export interface PeerSection {
  readonly work: PeerWork;
  /** Of a turn of a peer. */
  readonly records: number;
  /** Of Millrace and Flink. */
  readonly measure: PipelineMeasure;
}

export function peerSections(size: 'full' | 'quick'): readonly PeerSection[] {
  const records = size === 'full' ? 2_000_000 : 20_000;
  const measure = { ...(size === 'full' ? FULL : QUICK), bothBudgets: false };
  return (['wordcount', 'tumbling'] as const).map((work) => ({ work, records, measure }));
}
