/** Which pipelines are compared. */
import type { PipelineMeasure, PipelineSection } from './measure-pipelines.ts';
import { PIPELINE_TITLES, type PipelineWork } from './pipeline-work.ts';

const WORKS = Object.keys(PIPELINE_TITLES) as PipelineWork[];
const EACH_SECOND = 1000;

export const FULL: PipelineMeasure = {
  checkedRecords: 400_000,
  warmUpMs: 6000,
  warmUpRecords: 400_000, // Four windows of ten seconds.
  rounds: 3,
  settleMs: 700,
  turnMs: 3000,
  bothBudgets: true,
  heapMiB: 4096,
};

export const QUICK: PipelineMeasure = {
  checkedRecords: 20_000,
  warmUpMs: 200,
  warmUpRecords: 0,
  rounds: 1,
  settleMs: 50,
  turnMs: 300,
  bothBudgets: false,
  heapMiB: 512,
};

export function pipelineSections(size: 'full' | 'quick'): readonly PipelineSection[] {
  return size === 'full' ? fullSections() : quickSections();
}

function fullSections(): PipelineSection[] {
  const sections: PipelineSection[] = [];
  for (const work of WORKS) {
    for (const backend of ['hashmap', 'rocksdb'] as const) {
      for (const parallelism of [1, 2]) {
        for (const checkpointMs of [0, EACH_SECOND]) {
          sections.push({ work, backend, parallelism, checkpointMs, measure: FULL });
        }
      }
    }
  }
  // How much it matters that words come out of a table: once is enough.
  return sections.filter(
    ({ work, parallelism, checkpointMs }) =>
      work !== 'wordcount-anew' || (parallelism === 1 && checkpointMs === 0),
  );
}

function quickSections(): PipelineSection[] {
  const plain = { parallelism: 1, checkpointMs: 0, measure: QUICK } as const;
  const onHeap = WORKS.map((work) => ({ ...plain, work, backend: 'hashmap' as const }));
  return [
    ...onHeap.filter(({ work }) => work !== 'wordcount-anew'),
    { ...plain, work: 'wordcount', backend: 'rocksdb' },
    {
      work: 'tumbling',
      backend: 'rocksdb',
      parallelism: 2,
      checkpointMs: EACH_SECOND,
      measure: QUICK,
    },
  ];
}
