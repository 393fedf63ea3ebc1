/**
 * A digest of 64 bits, in two halves: two 32-bit murmur mixes with seeds of their own. Among 10
 * million keys two share one with a chance of 1 in 300,000.
 */
// Hot path.

export class Digest {
  high = 0;
  low = 0;

  begin(seed: number): this {
    this.high = seed | 0;
    this.low = ~seed ^ 0x5bd1e995;
    return this;
  }

  addBytes(bytes: Uint8Array, start: number, end: number): this {
    let { high, low } = this;
    let at = start;
    for (; at + 4 <= end; at += 4) {
      const word =
        (bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24);
      const mixed = Math.imul(word, 0xcc9e2d51);
      high ^= Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
      high = (Math.imul((high << 13) | (high >>> 19), 5) + 0xe6546b64) | 0;
      const other = Math.imul(word, 0x239b961b);
      low ^= Math.imul((other << 16) | (other >>> 16), 0xab0e9789);
      low = (Math.imul((low << 17) | (low >>> 15), 5) + 0x561ccd1b) | 0;
    }
    for (; at < end; at++) {
      high = Math.imul(high ^ (bytes[at] as number), 0x01000193);
      low = Math.imul(low ^ (bytes[at] as number), 0x5bd1e995);
    }
    return this.finish(high, low, end - start);
  }

  addText(text: string): this {
    let { high, low } = this;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      high = Math.imul((high ^ unit) + (high >>> 13), 0xcc9e2d51);
      low = Math.imul((low ^ unit) + (low >>> 11), 0x1b873593);
    }
    return this.finish(high, low, text.length);
  }

  private finish(high: number, low: number, length: number): this {
    this.high = scramble(high ^ length);
    this.low = scramble(low ^ (length + 0x9e3779b9) ^ this.high);
    return this;
  }
}

function scramble(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** One number of a name, to begin with. */
export function seedOf(name: string): number {
  return new Digest().begin(0).addText(name).high;
}
