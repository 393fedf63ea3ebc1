/** All queries. Who takes them all alike sees rows of some type. */
import type { NexmarkQuery } from './nexmark-query.ts';
import { Q0 } from './queries/q0-pass-through.ts';
import { Q1 } from './queries/q1-currency-conversion.ts';
import { Q2 } from './queries/q2-selection.ts';
import { Q3 } from './queries/q3-local-item-suggestion.ts';
import { Q4 } from './queries/q4-average-price.ts';
import { Q5 } from './queries/q5-hot-items.ts';
import { Q6 } from './queries/q6-average-selling-price.ts';
import { Q7 } from './queries/q7-highest-bid.ts';
import { Q8 } from './queries/q8-monitor-new-users.ts';
import { Q11 } from './queries/q11-user-sessions.ts';
import { Q12 } from './queries/q12-processing-time-windows.ts';
import { Q18 } from './queries/q18-last-bid.ts';
import { Q19 } from './queries/q19-auction-top-10.ts';
import { Q20 } from './queries/q20-expand-bid.ts';

export const NEXMARK_QUERIES: readonly NexmarkQuery<object>[] = [
  Q0,
  Q1,
  Q2,
  Q3,
  Q4,
  Q5,
  Q6,
  Q7,
  Q8,
  Q11,
  Q12,
  Q18,
  Q19,
  Q20,
] as readonly unknown[] as readonly NexmarkQuery<object>[];
