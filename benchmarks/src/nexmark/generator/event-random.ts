/**
 * Chance of one event: the numbers depend on the seed and the event's id alone.
 *
 * Beam seeds `java.util.Random` with the id, whose first numbers are alike for neighbouring ids:
 * thousands of bids in a row would be for hot auctions, thousands then not. Here the id is mixed
 * first. The numbers are those of xoroshiro64** by David Blackman and Sebastiano Vigna, public domain.
 */
// Hot path.

const GOLDEN_RATIO = 0x9e3779b9; // 2^32 over the golden ratio, odd

export class EventRandom {
  private readonly seed: number;
  private s0: number;
  private s1: number;

  /** @param seed - its low 32 bits count */
  constructor(seed: number) {
    this.seed = mixed(seed | 0);
    this.s0 = 0;
    this.s1 = 0;
    this.startEvent(0);
  }

  /** From here on the numbers are those of this event. */
  startEvent(eventId: number): void {
    const low = mixed((eventId | 0) ^ this.seed);
    this.s0 = mixed((low + Math.floor(eventId / 2 ** 32)) | 0);
    this.s1 = mixed((this.s0 + GOLDEN_RATIO) | 0) | 1; // The state must not be all zeros.
  }

  /** Any 32 bits, signed. */
  nextBits(): number {
    const s0 = this.s0;
    const s1 = this.s1 ^ s0;
    const scrambled = Math.imul(s0, 0x9e3779bb);
    this.s0 = ((s0 << 26) | (s0 >>> 6)) ^ s1 ^ (s1 << 9);
    this.s1 = (s1 << 13) | (s1 >>> 19);
    return Math.imul((scrambled << 5) | (scrambled >>> 27), 5);
  }

  /** A whole number in `[0, bound)`, for bounds up to 2^32. */
  nextInt(bound: number): number {
    return Math.floor(((this.nextBits() >>> 0) * bound) / 2 ** 32);
  }

  /** In `[0, 1)`, in steps of 2^-32. */
  nextDouble(): number {
    return (this.nextBits() >>> 0) / 2 ** 32;
  }
}

/** MurmurHash3's last step by Austin Appleby, public domain. */
function mixed(bits: number): number {
  let hash = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
