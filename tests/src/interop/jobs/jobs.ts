/** All jobs of the comparison. Java: lab.jobs.Jobs. */
import { ALL_WINDOW_JOBS } from './all-window-jobs.ts';
import { ASYNC_JOBS } from './async-jobs.ts';
import { BROADCAST_JOBS } from './broadcast-jobs.ts';
import { EVICTOR_JOBS } from './evictor-jobs.ts';
import { HARNESS_JOBS } from './harness-jobs.ts';
import type { Jobs } from './job.ts';
import { KEYED_JOBS } from './keyed-jobs.ts';
import { TRIGGER_JOBS } from './trigger-jobs.ts';
import { TTL_JOBS } from './ttl-jobs.ts';
import { TWO_INPUT_JOBS } from './two-input-jobs.ts';
import { WINDOW_JOBS } from './window-jobs.ts';

export const JOBS: Jobs = {
  ...WINDOW_JOBS,
  ...ALL_WINDOW_JOBS,
  ...TRIGGER_JOBS,
  ...EVICTOR_JOBS,
  ...KEYED_JOBS,
  ...TWO_INPUT_JOBS,
  ...BROADCAST_JOBS,
  ...ASYNC_JOBS,
  ...HARNESS_JOBS,
  ...TTL_JOBS,
};
