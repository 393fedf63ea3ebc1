/** The pipelines that are compared, by the names that all sides know. */
import { bid, denselyKeyed, event, sparselyKeyed, word, wordAnew } from './pipeline-records.ts';

export type PipelineWork =
  | 'wordcount'
  | 'wordcount-anew'
  | 'tumbling'
  | 'sliding'
  | 'q5'
  | 'q7'
  | 'q8';

export const PIPELINE_TITLES: Readonly<Record<PipelineWork, string>> = {
  wordcount: 'word count, 100,000 words',
  'wordcount-anew': 'word count, each word a new string',
  tumbling: 'tumbling 1 s count, 10,000 keys',
  sliding: 'sliding 10 s/2 s count, 10,000 keys',
  q5: 'Nexmark 5',
  q7: 'Nexmark 7',
  q8: 'Nexmark 8',
};

/**
 * Records of an endless stream: no run comes to its end, and each index is a small integer of V8.
 * Divisible by each parallelism, so that subtasks have ranges of one length.
 */
export const ENDLESS = 2_147_483_000;

/** Makes the record of a number. */
export const RECORDS: Readonly<Record<PipelineWork, (number: number) => unknown>> = {
  wordcount: word,
  'wordcount-anew': wordAnew,
  tumbling: denselyKeyed,
  sliding: sparselyKeyed,
  q5: bid,
  q7: bid,
  q8: event,
};
