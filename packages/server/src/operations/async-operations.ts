/**
 * Operations that a request triggers and later ones ask for.
 *
 * Invariants:
 * - An operation of one key starts once, however often it is triggered: a client may choose the id, and
 *   send the request again when it did not hear the answer.
 * - A result can be read for `storeDurationMs` after the end, then the key is not known any more.
 * - The process is held while an operation runs, and until its result was read, at most `READ_WAIT_MS`:
 *   a job that was stopped ends its process, and the client still wants to know the savepoint.
 *
 * Flink: CompletedOperationCache, AbstractAsynchronousOperationHandlers.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '@millrace/core';

const READ_WAIT_MS = 10_000; // Clients poll at least every few seconds. Flink waits for rest.async.store-duration.

export type OperationState<R> =
  | { readonly kind: 'in-progress' }
  | { readonly kind: 'done'; readonly result: R }
  | { readonly kind: 'failed'; readonly error: unknown };

interface Operation {
  state: OperationState<unknown>;
  held: boolean;
}

export interface AsyncOperationsOptions {
  readonly clock: Clock;
  readonly storeDurationMs: number;
  onHold(hold: boolean): void;
}

export class AsyncOperations {
  private readonly options: AsyncOperationsOptions;
  private readonly byKey = new Map<string, Operation>();
  private held = 0;

  constructor(options: AsyncOperationsOptions) {
    this.options = options;
  }

  /**
   * @param scope - what else distinguishes operations of one id: their kind and job
   * @param triggerId - a new one unless given
   * @returns the id to ask with
   */
  trigger(scope: string, triggerId: string | undefined, start: () => Promise<unknown>): string {
    const id = triggerId ?? randomBytes(16).toString('hex');
    const key = `${scope} ${id}`;
    if (!this.byKey.has(key)) {
      const operation: Operation = { state: { kind: 'in-progress' }, held: false };
      this.byKey.set(key, operation);
      this.hold(operation);
      start().then(
        (result) => this.end(key, operation, { kind: 'done', result }),
        (error: unknown) => this.end(key, operation, { kind: 'failed', error }),
      );
    }
    return id;
  }

  /** `undefined` for what was never triggered, or too long ago. */
  state<R>(scope: string, triggerId: string): OperationState<R> | undefined {
    const operation = this.byKey.get(`${scope} ${triggerId}`);
    return operation?.state as OperationState<R> | undefined;
  }

  /** The answer with its end is out. */
  wasRead(scope: string, triggerId: string): void {
    const operation = this.byKey.get(`${scope} ${triggerId}`);
    if (operation !== undefined && operation.state.kind !== 'in-progress') {
      this.letGo(operation);
    }
  }

  private end(key: string, operation: Operation, state: OperationState<unknown>): void {
    const { clock, storeDurationMs } = this.options;
    operation.state = state;
    clock.setTimer(READ_WAIT_MS, () => this.letGo(operation));
    clock.setTimer(storeDurationMs, () => this.byKey.delete(key));
  }

  private hold(operation: Operation): void {
    operation.held = true;
    this.held += 1;
    if (this.held === 1) {
      this.options.onHold(true);
    }
  }

  private letGo(operation: Operation): void {
    if (operation.held) {
      operation.held = false;
      this.held -= 1;
      if (this.held === 0) {
        this.options.onHold(false);
      }
    }
  }
}
