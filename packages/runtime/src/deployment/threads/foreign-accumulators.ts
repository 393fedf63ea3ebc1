/**
 * Accumulators of classes of the program, over all slots: a worker, which has the class, merges what
 * several tasks gathered under one name. Live values are those of the last merge.
 */
import { decodeError } from '@millrace/core';
import type { AccumulatorPart, MergedValues } from './accumulator-messages.ts';
import type { MergeAnswer } from './task-manager-worker.ts';

/** Asks the worker of one of these slots. */
export type AskToMerge = (
  slots: readonly number[],
  parts: readonly AccumulatorPart[],
) => Promise<MergeAnswer>;

interface PartsOfSlot {
  readonly slot: number;
  readonly parts: readonly AccumulatorPart[];
}

export class ForeignAccumulators {
  /** By name. */
  readonly values: MergedValues;
  private readonly merged = new Map<string, () => unknown>();
  /** By attempt of a region. */
  private readonly byAttempt = new Map<number, Map<number, PartsOfSlot>>();
  private readonly ask: AskToMerge;
  private merging: Promise<void> | undefined;

  constructor(ask: AskToMerge) {
    this.ask = ask;
    this.values = this.merged;
  }

  /** What a slot has now of an attempt. */
  update(
    { slot, attempt }: { readonly slot: number; readonly attempt: number },
    tasks: readonly (readonly AccumulatorPart[])[],
  ): void {
    const parts = tasks.flat().filter(({ isOwn, error }) => !isOwn && error === undefined);
    const slots = this.byAttempt.get(attempt) ?? new Map<number, PartsOfSlot>();
    this.byAttempt.set(attempt, slots.set(slot, { slot, parts }));
    if (parts.length > 0 && this.merging === undefined) {
      this.merging = this.mergeAll().finally(() => {
        this.merging = undefined;
      });
    }
  }

  /** What was gathered in it does not count: another one begins in its place. */
  forget(attempt: number): void {
    this.byAttempt.delete(attempt);
  }

  /** Everything that was told until now. */
  async settle(): Promise<void> {
    await this.merging;
    await this.mergeAll();
  }

  private async mergeAll(): Promise<void> {
    const byName = new Map<string, { slots: number[]; parts: AccumulatorPart[] }>();
    for (const { slot, parts } of [...this.byAttempt.values()].flatMap((all) => [
      ...all.values(),
    ])) {
      for (const part of parts) {
        const known = byName.get(part.name) ?? { slots: [], parts: [] };
        known.slots.push(slot);
        known.parts.push(part);
        byName.set(part.name, known);
      }
    }
    await Promise.all(
      [...byName]
        .filter(([, { parts }]) => parts.length > 1)
        .map(async ([name, { slots, parts }]) => {
          const { value, error } = await this.ask(slots, parts);
          this.merged.set(name, () => {
            if (error !== undefined) {
              throw decodeError(error);
            }
            return value;
          });
        }),
    );
  }
}
