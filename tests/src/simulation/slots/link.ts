/**
 * One channel between two slots: memory that both see, with little room, in which each end learns late
 * what the other one did; and beside it a place for a barrier that overtakes.
 *
 * Invariants:
 * - What is put comes out in its order.
 * - A barrier that overtakes is seen before anything that was put after it.
 */
import type { ChannelEvent, CheckpointBarrier } from '@millrace/runtime';
import type { SimulatedProcess } from '../simulated-process.ts';
import { Lane } from './lane.ts';

const ROOM_MAX = 12;

/** A piece of the bytes of elements, or an event that has its own place in the format of a ring. */
export type Unit = { readonly bytes: Uint8Array } | { readonly event: ChannelEvent };

export interface PriorityBarrier {
  readonly barrier: CheckpointBarrier;
  /** It overtook what is between what was taken and this position. */
  readonly position: number;
}

export interface LinkOptions {
  readonly process: SimulatedProcess;
  readonly delayMsMax: number;
  wakeSender(): void;
  wakeReceiver(): void;
}

export class Link {
  private readonly units: Unit[] = [];
  private readonly room: number;
  private readonly wakeReceiver: () => void;
  private readonly news: Lane<number>;
  private readonly credit: Lane<number>;
  private readonly priorityNews: Lane<PriorityBarrier>;
  /** Positions count the units; those of the sender. */
  private put = 0;
  private knownTaken = 0;
  /** Those of the receiver. */
  private taken = 0;
  private knownPut = 0;
  private written: PriorityBarrier | undefined;
  private seen: PriorityBarrier | undefined;

  constructor({ process, delayMsMax, wakeSender, wakeReceiver }: LinkOptions) {
    const lane = { process, delayMsMax, burstMax: ROOM_MAX };
    this.room = 1 + process.random.nextInt(ROOM_MAX);
    this.wakeReceiver = wakeReceiver;
    this.news = new Lane({ ...lane, deliver: (position) => this.seeUntil(position) });
    this.priorityNews = new Lane({
      ...lane,
      deliver: (priority) => {
        if (this.written === priority) {
          this.seePriority(priority);
        }
      },
    });
    this.credit = new Lane<number>({
      ...lane,
      deliver: (position) => {
        this.knownTaken = position;
        wakeSender();
      },
    });
  }

  get hasRoom(): boolean {
    return this.put - this.knownTaken < this.room;
  }

  /** Of the next unit that is put. */
  get putPosition(): number {
    return this.put;
  }

  get takenPosition(): number {
    return this.taken;
  }

  send(unit: Unit): void {
    this.units.push(unit);
    this.put++;
    this.news.send(this.put);
  }

  /** A newer barrier takes the place of one that was not seen yet. */
  sendPriority(priority: PriorityBarrier): void {
    this.written = priority;
    this.priorityNews.send(priority);
  }

  get hasUnit(): boolean {
    return this.taken < this.knownPut;
  }

  get hasPriority(): boolean {
    return this.seen !== undefined;
  }

  take(): Unit {
    this.taken++;
    this.credit.send(this.taken);
    return this.units.shift()!;
  }

  takePriority(): PriorityBarrier | undefined {
    const { seen } = this;
    this.seen = undefined;
    return seen;
  }

  private seeUntil(position: number): void {
    this.knownPut = Math.max(this.knownPut, position);
    if (this.written !== undefined && this.knownPut > this.written.position) {
      this.seePriority(this.written);
    }
    this.wakeReceiver();
  }

  /** The memory is shared: what was put before the barrier was written is seen with it. */
  private seePriority(priority: PriorityBarrier): void {
    this.written = undefined;
    this.seen = priority;
    this.knownPut = Math.max(this.knownPut, priority.position);
    this.wakeReceiver();
  }
}
