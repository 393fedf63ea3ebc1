/** The pipelines that are compared, by the names that all sides know. */
import {
  bid,
  denselyKeyed,
  event,
  keyOfMany,
  sparselyKeyed,
  word,
  wordAnew,
} from './pipeline-records.ts';

export type PipelineWork =
  | 'wordcount'
  | 'wordcount-anew'
  | 'tumbling'
  | 'sliding'
  | 'q5'
  | 'q7'
  | 'q8';

/** Counts each of so many keys, in a value state: what the section `scaling` measures. */
export type KeyedCount = `keyedcount-${number}`;
export type AnyWork = PipelineWork | KeyedCount;

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

const RECORDS: Readonly<Record<PipelineWork, (number: number) => unknown>> = {
  wordcount: word,
  'wordcount-anew': wordAnew,
  tumbling: denselyKeyed,
  sliding: sparselyKeyed,
  q5: bid,
  q7: bid,
  q8: event,
};

/** Makes the record of a number. */
export function recordsOf(work: AnyWork): (number: number) => unknown {
  return isKeyedCount(work) ? keyOfMany(keysOf(work)) : RECORDS[work];
}

export function isKeyedCount(work: AnyWork): work is KeyedCount {
  return work.startsWith('keyedcount-');
}

export function keysOf(work: KeyedCount): number {
  return Number(work.slice('keyedcount-'.length));
}
