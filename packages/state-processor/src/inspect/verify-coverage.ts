/**
 * What a check of a snapshot rests on, file by file: Flink's formats have checksums in RocksDB's files and where
 * state is compressed, and nowhere else.
 *
 * Invariant: each file that is there is told, once for each format in it; one that nothing reads was measured alone.
 */
import { joinPath } from '@millrace/core';
import {
  asUri,
  type KeyedStateHandle,
  METADATA_FILE_NAME,
  openKeyedState,
  type StreamStateHandle,
  stateHandleSizeBytes,
} from '@millrace/state';
import { pathOf } from '../snapshot/describe-files.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export type SnapshotFormat =
  | 'metadata'
  | 'heap'
  | 'canonical'
  | 'rocksdb'
  | 'changelog'
  | 'operator'
  /** What is not decoded here: records in flight, raw state, options of RocksDB, unknown types. */
  | 'other';

/**
 * `checksum`: any changed byte is found. `structure`: decoded, and all lengths, types, places and key groups fit; a
 * value that became another one of its type is not found. `length`: not read.
 */
export type FileCheck = 'checksum' | 'structure' | 'length';

export interface CheckedPart {
  /** Absolute URI. */
  readonly file: string;
  readonly format: SnapshotFormat;
  readonly check: FileCheck;
  /** What the snapshot has of it in the file. */
  readonly bytes: number;
}

export class VerifyCoverage {
  private readonly snapshot: Snapshot;
  /** By file, format and check the sizes by place: many handles may name one. */
  private readonly seen = new Map<
    string,
    Omit<CheckedPart, 'bytes'> & { sizes: Map<number, number> }
  >();
  private readonly files = new Set<string>();

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
  }

  add(stream: StreamStateHandle, format: SnapshotFormat, check: FileCheck): void {
    const path = pathOf(stream);
    if (path !== undefined) {
      const file = asUri(path);
      const identity = `${check} ${format} ${file}`;
      const part = this.seen.get(identity) ?? { file, format, check, sizes: new Map() };
      this.seen.set(identity, part);
      const start = stream.kind === 'segment-file' ? stream.startPosition : 0;
      part.sizes.set(start, stateHandleSizeBytes(stream));
      this.files.add(file);
    }
  }

  /** Of keyed state that can be opened. */
  async addKeyed(handle: KeyedStateHandle, maxParallelism: number): Promise<void> {
    const { openStateHandle } = this.snapshot;
    switch (handle.kind) {
      case 'key-groups':
      case 'key-groups-savepoint': {
        const options = { numberOfKeyGroups: maxParallelism, openStateHandle };
        const reader = await openKeyedState(handle, options);
        await reader.close();
        const format = handle.kind === 'key-groups' ? 'heap' : 'canonical';
        this.add(handle.stream, format, reader.header.compressed ? 'checksum' : 'structure');
        break;
      }
      case 'incremental-remote':
        this.add(handle.meta, 'rocksdb', 'structure');
        for (const { localPath, handle: file } of [...handle.shared, ...handle.private]) {
          if (HAS_CHECKSUMS.test(localPath)) {
            this.add(file, 'rocksdb', 'checksum');
          }
        }
        break;
      case 'with-raw-timers':
        if (handle.managed !== undefined) {
          await this.addKeyed(handle.managed, maxParallelism);
        }
        this.add(handle.timers.stream, 'heap', 'structure');
        break;
      case 'changelog':
        for (const part of [...handle.materialized, ...handle.nonMaterialized]) {
          await this.addKeyed(part, maxParallelism);
        }
        break;
      case 'changelog-stream':
        for (const { handle: stream } of handle.streams) {
          const reader = await openStateHandle(stream, { wholeFile: true });
          const [isCompressed] = await reader.read(0, 1).finally(() => reader.close());
          this.add(stream, 'changelog', isCompressed === 1 ? 'checksum' : 'structure');
        }
        break;
      case 'in-memory-changelog':
    }
  }

  /** @param isThere - false of a file that was told as gone or cut */
  parts(isThere: (file: string) => boolean): CheckedPart[] {
    const { path, metadataSizeBytes, files } = this.snapshot;
    const sum = (sizes: Iterable<number>): number => [...sizes].reduce((a, b) => a + b, 0);
    const found: CheckedPart[] = [
      {
        file: joinPath(path, METADATA_FILE_NAME),
        ...{ format: 'metadata', check: 'structure', bytes: metadataSizeBytes },
      },
      ...Array.from(this.seen.values(), ({ sizes, ...part }) => ({
        ...part,
        bytes: sum(sizes.values()),
      })),
      ...files
        .filter((file) => !this.files.has(file.path))
        .map(({ path: file, sizeBytes: bytes }) => ({
          ...{ file, format: 'other' as const, check: 'length' as const, bytes },
        })),
    ];
    return found.filter(({ file }) => isThere(file));
  }
}

/** Of the files of a database: tables, and the log of which there are. */
const HAS_CHECKSUMS = /\.sst$|^MANIFEST-/;
