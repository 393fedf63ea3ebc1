/**
 * The bytes of a file in order, unpacked when the name ends in `.gz`. Offsets count unpacked bytes.
 */
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { errorMessage, type FileReader, TaskError } from '@millrace/core';

const CHUNK_BYTES = 256 * 1024;

export interface ByteStream {
  /** `undefined` at the end. */
  read(): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

export function isGzip(path: string): boolean {
  return path.toLowerCase().endsWith('.gz');
}

/** @param from - first byte to give; in a gzip file all before it is unpacked and dropped */
export function openByteStream(path: string, file: FileReader, from: number): ByteStream {
  return isGzip(path) ? new GunzipStream(path, file, from) : new PlainStream(file, from);
}

class PlainStream implements ByteStream {
  private readonly file: FileReader;
  private position: number;

  constructor(file: FileReader, from: number) {
    this.file = file;
    this.position = from;
  }

  async read(): Promise<Uint8Array | undefined> {
    const length = Math.min(CHUNK_BYTES, this.file.sizeBytes - this.position);
    if (length <= 0) {
      return undefined;
    }
    const bytes = await this.file.read(this.position, length);
    this.position += length;
    return bytes;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class GunzipStream implements ByteStream {
  private readonly path: string;
  private readonly packed: Readable;
  private readonly chunks: AsyncIterator<Uint8Array>;
  private readonly unpacked: ReturnType<typeof createGunzip>;
  private toDrop: number;
  private position: number;

  constructor(path: string, file: FileReader, from: number) {
    this.path = path;
    this.toDrop = from;
    this.position = 0;
    this.packed = Readable.from(packedChunks(file));
    this.unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
    // A pipe does not carry errors of its source.
    this.packed.on('error', (error) => this.unpacked.destroy(error));
    this.packed.pipe(this.unpacked);
    this.chunks = this.unpacked[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  }

  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const next = await this.nextChunk();
      if (next === undefined) {
        return undefined;
      }
      this.position += next.length;
      if (this.toDrop >= next.length) {
        this.toDrop -= next.length;
        continue;
      }
      const bytes = next.subarray(this.toDrop);
      this.toDrop = 0;
      return bytes;
    }
  }

  private async nextChunk(): Promise<Uint8Array | undefined> {
    try {
      const next = await this.chunks.next();
      return next.done === true ? undefined : next.value;
    } catch (cause) {
      if (cause instanceof TaskError) {
        throw cause;
      }
      throw new TaskError(
        'SOURCE_FAILED',
        `${this.path} cannot be unpacked after ${this.position} bytes of text: ` +
          `${errorMessage(cause)}; the gzip file is truncated or corrupt, write it again`,
        { cause },
      );
    }
  }

  close(): Promise<void> {
    this.packed.destroy();
    this.unpacked.destroy();
    return Promise.resolve();
  }
}

async function* packedChunks(file: FileReader): AsyncGenerator<Uint8Array> {
  const stream = new PlainStream(file, 0);
  for (let bytes = await stream.read(); bytes !== undefined; bytes = await stream.read()) {
    yield bytes;
  }
}
