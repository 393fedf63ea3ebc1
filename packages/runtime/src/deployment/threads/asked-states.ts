/**
 * What is asked of the state of a worker's tasks, on the side that asks.
 *
 * Invariant: each is settled once, also where nobody is left who would answer.
 */
import { decodeError, type EncodedError, TaskError } from '@millrace/core';
import type { StateAnswers } from '../../live-state/state-query.ts';

export type AnyStateAnswer = StateAnswers[keyof StateAnswers];

interface Asked {
  resolve(answer: AnyStateAnswer): void;
  reject(error: unknown): void;
}

export class AskedStates {
  private readonly asked = new Map<number, Asked>();
  private last = 0;
  private isOver = false;

  /** @param send - with the number of the request */
  ask(send: (request: number) => void): Promise<AnyStateAnswer> {
    if (this.isOver) {
      return Promise.reject(stateIsGone());
    }
    return new Promise((resolve, reject) => {
      const request = this.last++;
      this.asked.set(request, { resolve, reject });
      send(request);
    });
  }

  answered(request: number, answer: AnyStateAnswer, error: EncodedError | undefined): void {
    const asked = this.asked.get(request);
    this.asked.delete(request);
    if (error === undefined) {
      asked?.resolve(answer);
    } else {
      asked?.reject(decodeError(error));
    }
  }

  /** Nobody answers any more. */
  end(): void {
    this.isOver = true;
    for (const { reject } of this.asked.values()) {
      reject(stateIsGone());
    }
    this.asked.clear();
  }
}

export function stateIsGone(): TaskError {
  return new TaskError(
    'JOB_NOT_RUNNING',
    'the tasks of the slot do not run any more, and their state cannot be read; if the job restarts or is rescaled, ask again once it runs',
  );
}
