/**
 * Accumulators of classes of the program, over all slots: a worker, which has the class, merges what
 * several tasks gathered under one name. Live values are those of the last merge.
 */
import { decodeError } from '@millrace/core';
import type { AccumulatorPart, MergedValues } from './accumulator-messages.ts';
import type { MergeAnswer } from './task-manager-worker.ts';

/** Asks the worker of a slot. */
export type AskToMerge = (slot: number, parts: readonly AccumulatorPart[]) => Promise<MergeAnswer>;

export class ForeignAccumulators {
  /** By name. */
  readonly values: MergedValues;
  private readonly merged = new Map<string, () => unknown>();
  private readonly bySlot = new Map<number, readonly AccumulatorPart[]>();
  private readonly ask: AskToMerge;
  private merging: Promise<void> | undefined;

  constructor(ask: AskToMerge) {
    this.ask = ask;
    this.values = this.merged;
  }

  /** What a slot has now. */
  update(slot: number, tasks: readonly (readonly AccumulatorPart[])[]): void {
    const parts = tasks.flat().filter(({ isOwn, error }) => !isOwn && error === undefined);
    this.bySlot.set(slot, parts);
    if (parts.length > 0 && this.merging === undefined) {
      this.merging = this.mergeAll().finally(() => {
        this.merging = undefined;
      });
    }
  }

  /** Everything that was told until now. */
  async settle(): Promise<void> {
    await this.merging;
    await this.mergeAll();
  }

  private async mergeAll(): Promise<void> {
    const byName = new Map<string, { slot: number; parts: AccumulatorPart[] }>();
    for (const [slot, parts] of this.bySlot) {
      for (const part of parts) {
        const known = byName.get(part.name) ?? { slot, parts: [] };
        known.parts.push(part);
        byName.set(part.name, known);
      }
    }
    await Promise.all(
      [...byName]
        .filter(([, { parts }]) => parts.length > 1)
        .map(async ([name, { slot, parts }]) => {
          const { value, error } = await this.ask(slot, parts);
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
