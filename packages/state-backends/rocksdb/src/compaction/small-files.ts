/**
 * Which small files of a database are worth being made one: time to live and windows leave many that
 * RocksDB, which goes by the size of a level, does not touch.
 *
 * Flink: RocksDBManualCompactionManager's CompactionTaskProducer.
 */
import type { NativeLiveFile } from '../binding/native-addon.ts';
import type { ManualCompactionOptions } from '../options/rocksdb-resources.ts';

/** Neighbours of one level of a column family, which become files of the same level. */
export interface SmallFiles {
  readonly columnFamily: string;
  readonly level: number;
  readonly names: readonly string[];
}

type Bounds = Pick<
  ManualCompactionOptions,
  'maxFileSizeToCompactBytes' | 'minFilesToCompact' | 'maxFilesToCompact' | 'maxOutputFileSizeBytes'
>;

/**
 * Level 0 is left to RocksDB: its files overlap. A file that is large, or is being compacted, ends a
 * run of neighbours.
 */
export function smallFiles(files: readonly NativeLiveFile[], bounds: Bounds): SmallFiles[] {
  const byLevel = new Map<string, NativeLiveFile[]>();
  for (const file of files) {
    if (file.level > 0) {
      const key = `${file.level} ${file.columnFamily}`;
      byLevel.set(key, [...(byLevel.get(key) ?? []), file]);
    }
  }
  return [...byLevel.values()].flatMap((level) => runsOf(level, bounds));
}

function runsOf(level: readonly NativeLiveFile[], bounds: Bounds): SmallFiles[] {
  const sorted = [...level].sort((a, b) => Buffer.compare(a.smallestKey, b.smallestKey));
  const { columnFamily, level: number } = level[0]!;
  const found: SmallFiles[] = [];
  let names: string[] = [];
  let bytes = 0;
  const end = (): void => {
    if (names.length >= bounds.minFilesToCompact && names.length > 1) {
      found.push({ columnFamily, level: number, names });
    }
    [names, bytes] = [[], 0];
  };
  for (const file of sorted) {
    if (file.beingCompacted || file.sizeBytes > bounds.maxFileSizeToCompactBytes) {
      end();
      continue;
    }
    const isFull =
      names.length >= bounds.maxFilesToCompact ||
      bytes + file.sizeBytes > bounds.maxOutputFileSizeBytes;
    if (isFull) {
      end();
    }
    names.push(file.name);
    bytes += file.sizeBytes;
  }
  end();
  return found;
}
