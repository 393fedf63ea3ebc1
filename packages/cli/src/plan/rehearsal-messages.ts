/** Between the command and the process that rehearses a program. */
import type { PathRebase } from '@millrace/state';
import type { JobPlanReport, RehearsalReport } from 'millrace';

export interface RehearsalRequest {
  /** `undefined`: only the plan is wanted. */
  readonly from?: string;
  readonly pathRebase: readonly PathRebase[];
  readonly allowNonRestoredState?: boolean;
}

export type RehearsalMessage =
  | { readonly kind: 'report'; readonly report: RehearsalReport }
  | { readonly kind: 'plan'; readonly report: JobPlanReport }
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly code?: string;
      readonly stack?: string;
    }
  /** The program ended without a job. */
  | { readonly kind: 'not-executed' };
