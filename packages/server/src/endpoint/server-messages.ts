/** Between the two ends of the REST thread, besides the calls of the gateway. */
import type { MessagePort } from 'node:worker_threads';
import type { EncodedError } from '@millrace/core';
import type { BindPorts } from './port-range.ts';

export interface RestThreadStart {
  readonly settings: Readonly<Record<string, string>>;
  readonly bind: BindPorts;
  /** Of the gateway. */
  readonly port: MessagePort;
  /** `inliningCompilers` of the process, whose flags this thread does not see. */
  readonly inlining: readonly string[];
}

export type FromRestThread =
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'failed'; readonly error: EncodedError }
  /** A result waits to be read; the process is to wait for that, for a while. */
  | { readonly kind: 'hold'; readonly hold: boolean }
  /** The cluster was shut down from outside. */
  | { readonly kind: 'close' };
