import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LittleEndianOutput } from './little-endian-output.ts';
import { readVersionEdit } from './version-edit.ts';
import { internalKey } from './written-test-database.ts';

const read = (output: LittleEndianOutput) => readVersionEdit(output.bytes(), 'the manifest', 100);
const boundary = (text: string, sequence = 0, kind = 1): Uint8Array =>
  internalKey({ key: new TextEncoder().encode(text), sequence, kind });

function newFile(largest: Uint8Array = boundary('z')): LittleEndianOutput {
  const output = new LittleEndianOutput().varint(103).varint(2).varint(17).varint(4000);
  return output.prefixed(boundary('a')).prefixed(largest).varint(5).varint(900);
}

describe('an edit of the manifest', () => {
  it('adds a file with its level, its keys without what RocksDB adds to them, and its size', () => {
    const { newFiles } = read(newFile().varint(5).prefixed(Uint8Array.of(1)).varint(1));

    assert.deepEqual(newFiles, [
      {
        number: 17,
        level: 2,
        sizeBytes: 4000,
        smallest: Uint8Array.of(97),
        largest: Uint8Array.of(122),
        largestIsExclusive: false,
        largestSequence: 900,
      },
    ]);
  });

  it('says where the largest key is only the end of a deleted range', () => {
    const end = boundary('z', 0, 0x0f).fill(0xff, 2);

    assert.equal(read(newFile(end).varint(1)).newFiles[0]?.largestIsExclusive, true);
  });

  it('may have tags of later versions that say they may be passed over', () => {
    const output = new LittleEndianOutput().varint(8193).prefixed('an id').varint(6);

    assert.deepEqual(read(output.varint(3).varint(9)).deletedFiles, [{ level: 3, number: 9 }]);
  });

  it('is refused with a tag that may not be passed over', () => {
    assert.throws(() => read(new LittleEndianOutput().varint(400).prefixed('?')), {
      code: 'UNSUPPORTED',
      message: /the manifest uses a feature of the tag 400, which is not known/,
    });
    assert.throws(() => read(newFile().varint(70).prefixed('?').varint(1)), {
      code: 'UNSUPPORTED',
      message: /uses a feature of files of the tag 70/,
    });
  });

  it('is refused with blob files and with another order of the keys', () => {
    assert.throws(() => read(newFile().varint(4).prefixed(Uint8Array.of(3)).varint(1)), {
      code: 'UNSUPPORTED',
      message: /blob files/,
    });
    assert.throws(() => read(new LittleEndianOutput().varint(1).prefixed('mine')), {
      code: 'UNSUPPORTED',
      message: /ordered by the comparator mine/,
    });
  });

  it('is corrupt where it ends within a field', () => {
    assert.throws(() => read(new LittleEndianOutput().varint(103).varint(2)), {
      code: 'SNAPSHOT_CORRUPT',
      message: /the manifest is corrupt at byte 102, in number of a file/,
    });
  });
});
