/** For tests of ours and of users: time that stands still, files that fail. */
export * from './faulty-file-system.ts';
export type { StateContents } from './harness-state.ts';
export * from './manual-clock.ts';
export * from './memory-file-system.ts';
export * from './mini-cluster.ts';
export * from './operator-harness.ts';
export * from './process-function-test-harnesses.ts';
export * from './seeded-random.ts';
