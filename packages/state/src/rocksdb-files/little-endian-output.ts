/** Numbers as RocksDB writes them, for the databases that tests write. */

const BYTES_FIRST = 64; // doubled as they are written

export class LittleEndianOutput {
  length = 0;
  private buffer: Uint8Array = new Uint8Array(BYTES_FIRST);

  raw(bytes: Uint8Array): this {
    const end = this.length + bytes.length;
    if (end > this.buffer.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.buffer.length));
      grown.set(this.buffer.subarray(0, this.length));
      this.buffer = grown;
    }
    this.buffer.set(bytes, this.length);
    this.length = end;
    return this;
  }

  varint(value: number): this {
    let left = value;
    for (; left >= 128; left = Math.floor(left / 128)) {
      this.raw(Uint8Array.of((left % 128) | 128));
    }
    return this.raw(Uint8Array.of(left));
  }

  fixed32(value: number): this {
    return this.raw(Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24));
  }

  /** Its length before it. */
  prefixed(value: string | Uint8Array): this {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    return this.varint(bytes.length).raw(bytes);
  }

  /** All so far; a copy. */
  bytes(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}
