/** Timers of one service, from wherever the snapshot has them, for a queue on the heap. */
import type { StateMetaInfoSnapshot } from '@millrace/state';
import type { RestoredTimers } from './restored-database.ts';

export class CollectedTimers implements RestoredTimers {
  readonly info: StateMetaInfoSnapshot;
  readonly byKeyGroup: Map<number, Uint8Array[]> = new Map();

  constructor(info: StateMetaInfoSnapshot) {
    this.info = info;
  }

  /** The bytes are copied. */
  add(keyGroup: number, timer: Uint8Array): void {
    const timers = this.byKeyGroup.get(keyGroup);
    if (timers === undefined) {
      this.byKeyGroup.set(keyGroup, [timer.slice()]);
    } else {
      timers.push(timer.slice());
    }
  }
}
