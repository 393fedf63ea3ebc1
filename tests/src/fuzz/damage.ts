/** What happens to bytes on disks and wires, by a seed. */

export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** A whole number from 0 on, below `bound`. Mulberry32. */
  below(bound: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  }

  oneOf<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}

export interface Damage {
  readonly kind: 'cut' | 'flip' | 'overwrite' | 'zeros' | 'remove' | 'insert';
  /** Of the first byte that is another. */
  readonly offset: number;
  /** How many bytes are others, gone or new. */
  readonly length: number;
  readonly bytes: Uint8Array;
}

/** Half of all are flipped bits, a quarter is cut; the others are what writers and disks do too. */
const KINDS: readonly Damage['kind'][] = [
  ...(['flip', 'flip', 'flip', 'flip', 'flip', 'flip'] as const),
  ...(['cut', 'cut', 'overwrite', 'zeros', 'remove', 'insert'] as const),
];

/** @param bytes - at least one */
export function damaged(bytes: Uint8Array, random: Random): Damage {
  const kind = random.oneOf(KINDS);
  const offset = random.below(bytes.length);
  const left = bytes.length - offset;
  switch (kind) {
    case 'cut':
      return { kind, offset, length: left, bytes: bytes.subarray(0, offset) };
    case 'flip': {
      const copy = bytes.slice();
      copy[offset] = (copy[offset] as number) ^ (1 << random.below(8));
      return { kind, offset, length: 1, bytes: copy };
    }
    case 'overwrite': {
      const copy = bytes.slice();
      const length = Math.min(left, 1 + random.below(4));
      for (let i = 0; i < length; i++) {
        copy[offset + i] = random.below(256);
      }
      return { kind, offset, length, bytes: copy };
    }
    case 'zeros': {
      const copy = bytes.slice();
      const length = Math.min(left, 1 + random.below(64));
      return { kind, offset, length, bytes: copy.fill(0, offset, offset + length) };
    }
    case 'remove': {
      const length = Math.min(left, 1 + random.below(8));
      const rest = bytes.subarray(offset + length);
      return { kind, offset, length, bytes: Buffer.concat([bytes.subarray(0, offset), rest]) };
    }
    case 'insert': {
      const length = 1 + random.below(8);
      const added = Uint8Array.from({ length }, () => random.below(256));
      const parts = [bytes.subarray(0, offset), added, bytes.subarray(offset)];
      return { kind, offset, length, bytes: Buffer.concat(parts) };
    }
  }
}
