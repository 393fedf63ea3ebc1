/**
 * How a slot sleeps and is woken by others, without a wake-up ever being lost.
 *
 * One word a slot: 1 while it sleeps, or is about to. It goes to sleep so:
 *   1. it stores 1 in its word (`arm`);
 *   2. in each ring it stores what it waits for (`wantData`, `wantRoom`);
 *   3. it looks at all positions once more, and does not sleep if there is something;
 *   4. it waits for its word to change from 1 (`whenRung`), unless it is not 1 any more.
 * Who gives it work does so:
 *   a. it stores the position, so that the work is there;
 *   b. it takes what is wanted of that ring back to nothing, and stops here if nothing was wanted;
 *   c. it takes the word from 1 to 0, and if it was 1 wakes who waits for it (`ring`).
 *
 * All of these are atomic, so they have one order. If 3 does not see the position of a, it came
 * before a, so 2 came before b: b finds what is wanted, or an earlier b of the same giver took it
 * after 2. Then that b's c comes after 1 too. Such a c finds 1 and makes it 0, or another one had
 * done so since 1: either way the word is 0 after 1. If that was before 4, then 4 does not begin to
 * wait; if after, who did it wakes who waits. A wait that is left over from an earlier sleep serves
 * the next one: if it was woken already, its promise is about to resolve, the slot looks again, and
 * begins another wait before it sleeps.
 *
 * A promise of `Atomics.waitAsync` does not keep a thread alive: its message port does.
 */

/** A cache line each. */
const WORDS_PER_SLOT = 16;
const AWAKE = 0;
const ASLEEP = 1;

/** The doorbells of so many slots. */
export function allocateDoorbells(slots: number): SharedArrayBuffer {
  return new SharedArrayBuffer(slots * WORDS_PER_SLOT * 4);
}

type WaitAsync = (
  words: Int32Array,
  index: number,
  value: number,
) => { readonly async: false } | { readonly async: true; readonly value: Promise<string> };

// Since Node 16; the library of ES2023 does not know it.
const { waitAsync } = Atomics as unknown as { waitAsync: WaitAsync };

/** Of another slot. */
export class Doorbell {
  protected readonly words: Int32Array;
  protected readonly index: number;

  constructor(doorbells: SharedArrayBuffer, slot: number) {
    this.words = new Int32Array(doorbells);
    this.index = slot * WORDS_PER_SLOT;
  }

  /** Costs a load when the slot is awake. */
  ring(): void {
    const { words, index } = this;
    if (
      Atomics.load(words, index) === ASLEEP &&
      Atomics.compareExchange(words, index, ASLEEP, AWAKE) === ASLEEP
    ) {
      Atomics.notify(words, index);
    }
  }
}

/** Of the slot that sleeps. */
export class OwnDoorbell extends Doorbell {
  private isArmed = false;
  private isWaiting = false;
  private onRung: () => void = () => {};

  /** Before the slot looks for work for the last time. */
  arm(): void {
    this.isArmed = true;
    Atomics.store(this.words, this.index, ASLEEP);
  }

  /** When the slot goes on: nobody needs to wake it. */
  disarm(): void {
    if (this.isArmed) {
      this.isArmed = false;
      Atomics.store(this.words, this.index, AWAKE);
    }
  }

  /**
   * Calls back once it was rung since `arm`, or without need now and then. Only the last callback
   * counts.
   *
   * @returns false when it was rung already: there is no call then
   */
  whenRung(onRung: () => void): boolean {
    this.onRung = onRung;
    if (this.isWaiting) {
      return true;
    }
    const wait = waitAsync(this.words, this.index, ASLEEP);
    if (!wait.async) {
      return false;
    }
    this.isWaiting = true;
    void wait.value.then(() => {
      this.isWaiting = false;
      this.onRung();
    });
    return true;
  }

  /** Ends the wait. */
  close(): void {
    this.onRung = () => {};
    this.disarm();
    Atomics.notify(this.words, this.index);
  }
}
