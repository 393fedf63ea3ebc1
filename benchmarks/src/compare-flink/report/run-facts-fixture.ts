/** A run, for tests of what is recorded and shown of it. */
import type { RunFacts } from './json-results.ts';

export const FACTS: RunFacts = {
  date: '2026-11-22T08:05:00.000Z',
  began: '2026-11-22T08:00:00.000Z',
  command: 'npm run bench:compare',
  quick: false,
  machine: { cpu: 'a processor', cores: 2, memoryGiB: 24 },
  versions: ['Flink 1.20.5'],
  settings: {},
  load: { before: 0, after: 1 },
};
