/** All queries. Who takes them all alike sees rows of some type. */
import type { NexmarkQuery } from './nexmark-query.ts';
import { Q0 } from './queries/q0-pass-through.ts';
import { Q1 } from './queries/q1-currency-conversion.ts';
import { Q2 } from './queries/q2-selection.ts';
import { Q18 } from './queries/q18-last-bid.ts';
import { Q19 } from './queries/q19-auction-top-10.ts';

export const NEXMARK_QUERIES: readonly NexmarkQuery<object>[] = [
  Q0,
  Q1,
  Q2,
  Q18,
  Q19,
] as readonly unknown[] as readonly NexmarkQuery<object>[];
