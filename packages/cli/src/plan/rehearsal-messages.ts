/** Between the command and the process that rehearses a program. */
import type { PathRebase } from '@millrace/state';
import type { RehearsalReport } from 'millrace';

export interface RehearsalRequest {
  readonly from: string;
  readonly pathRebase: readonly PathRebase[];
  readonly allowNonRestoredState?: boolean;
}

export type RehearsalMessage =
  | { readonly kind: 'report'; readonly report: RehearsalReport }
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly code?: string;
      readonly stack?: string;
    }
  /** The program ended without a job. */
  | { readonly kind: 'not-executed' };
