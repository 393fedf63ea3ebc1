import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NativeLiveFile } from '../binding/native-addon.ts';
import { smallFiles } from './small-files.ts';

const BOUNDS = {
  maxFileSizeToCompactBytes: 50,
  minFilesToCompact: 3,
  maxFilesToCompact: 5,
  maxOutputFileSizeBytes: 200,
};

/** Files of one level in the order of their keys, handed over in another. */
function files(
  sizes: readonly number[],
  of: Partial<NativeLiveFile> & { readonly busy?: number } = {},
): NativeLiveFile[] {
  return sizes
    .map((sizeBytes, index) => ({
      columnFamily: 'count',
      name: `${index}.sst`,
      level: 2,
      sizeBytes,
      smallestKey: Uint8Array.of(index),
      largestKey: Uint8Array.of(index, 255),
      beingCompacted: index === of.busy,
      ...of,
    }))
    .reverse();
}

const names = (found: readonly NativeLiveFile[]): string[][] =>
  smallFiles(found, BOUNDS).map((each) => each.names.map((name) => name.replace('.sst', '')));

describe('small files of a database', () => {
  it('are compacted with their neighbours, where there are enough of them', () => {
    assert.deepEqual(names(files([10, 10, 10])), [['0', '1', '2']]);
    assert.deepEqual(names(files([10, 10])), []);
  });

  it('are parted by a large one, and by one that is being compacted', () => {
    assert.deepEqual(names(files([10, 10, 10, 99, 10, 10])), [['0', '1', '2']]);
    assert.deepEqual(names(files([10, 10, 10, 10, 10], { busy: 2 })), []);
  });

  it('are at most as many, and come to as much, as is set', () => {
    assert.deepEqual(names(files(Array(8).fill(10))), [
      ['0', '1', '2', '3', '4'],
      ['5', '6', '7'],
    ]);
    assert.deepEqual(names(files(Array(7).fill(50))), [
      ['0', '1', '2', '3'],
      ['4', '5', '6'],
    ]);
  });

  it('of level 0 are left to RocksDB, and levels and states are not mixed', () => {
    assert.deepEqual(names(files([10, 10, 10], { level: 0 })), []);
    const two = [
      ...files([10, 10], { level: 1 }),
      ...files([10, 10], { level: 2 }),
      ...files([10, 10], { columnFamily: 'names' }),
    ];
    assert.deepEqual(names(two), []);
  });
});
