/**
 * Makes the order in which an operator takes its two inputs that of the script.
 *
 * Both inputs come from one source, which sends a record only after the one before has arrived: the
 * function of the receiver, or its key selector, says so. A task works on one element after the
 * other, so what is sent after that is worked on after it. A watermark goes to both inputs and is
 * followed by a record of each, `sync-<input>`, before anything else: when both have arrived, so has
 * the watermark on both channels, which keep their order.
 *
 * Java: lab.jobs.Lockstep.
 */
import type { Event } from './event.ts';

/** Of one run of one job. */
export class Lockstep {
  private sent = -1;
  private arrivedLast = -1;
  private sending = false;
  private waiting: Promise<void> | undefined = undefined;
  private wake: () => void = () => {};

  /** Key selectors are asked where a record is sent, too: that does not count. */
  send(event: Event, send: () => void): void {
    this.sent = event.seq;
    this.sending = true;
    send();
    this.sending = false;
  }

  arrived({ seq }: Event): void {
    if (!this.sending) {
      this.arrivedLast = seq;
      this.waiting = undefined;
      this.wake();
    }
  }

  get isWaiting(): boolean {
    return this.arrivedLast < this.sent;
  }

  whenArrived(): Promise<void> {
    this.waiting ??= new Promise((resolve) => {
      this.wake = resolve;
    });
    return this.waiting;
  }

  /** The key of a record, whose arrival it reports. */
  readonly key = (event: Event): string => {
    this.arrived(event);
    return event.key;
  };
}

export function isSync(key: string): boolean {
  return key.startsWith('sync-');
}
