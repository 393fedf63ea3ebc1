/** Buffers that found no room in a ring, in order. */
// Hot path.

export interface WaitingBuffer {
  readonly kind: number;
  readonly bytes: Uint8Array;
}

export class WaitingBuffers {
  sizeBytes = 0;
  private buffers: WaitingBuffer[] = [];
  private head = 0;

  get isEmpty(): boolean {
    return this.head === this.buffers.length;
  }

  get first(): WaitingBuffer | undefined {
    return this.buffers[this.head];
  }

  get last(): WaitingBuffer | undefined {
    return this.isEmpty ? undefined : this.buffers[this.buffers.length - 1];
  }

  /** The one behind `buffer`, the first of all without one; `undefined` when there is none. */
  after(buffer: WaitingBuffer | undefined): WaitingBuffer | undefined {
    return buffer === undefined ? this.first : this.buffers[this.buffers.lastIndexOf(buffer) + 1];
  }

  add(kind: number, bytes: Uint8Array): void {
    this.buffers.push({ kind, bytes });
    this.sizeBytes += bytes.length;
  }

  /** Of one kind, those in front of `end`. */
  before(end: WaitingBuffer | undefined, kind: number): Uint8Array[] {
    const bytes: Uint8Array[] = [];
    for (let i = this.head; i < this.buffers.length && this.buffers[i] !== end; i++) {
      const buffer = this.buffers[i] as WaitingBuffer;
      if (buffer.kind === kind) {
        bytes.push(buffer.bytes);
      }
    }
    return bytes;
  }

  removeFirst(): void {
    this.sizeBytes -= (this.buffers[this.head] as WaitingBuffer).bytes.length;
    this.head++;
    // Those at the front are let go now and then, so that each is moved once at most on average.
    if (this.head > 64 && this.head * 2 > this.buffers.length) {
      this.buffers = this.buffers.slice(this.head);
      this.head = 0;
    } else if (this.isEmpty) {
      this.buffers = [];
      this.head = 0;
    }
  }
}
