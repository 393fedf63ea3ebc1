import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataInputView } from './data-input-view.ts';
import { DataOutputView } from './data-output-view.ts';

describe('a view of bytes', () => {
  it('refuses a read beyond its end, and stays where it was', () => {
    const source = new DataInputView(Uint8Array.of(1, 2, 3).subarray(0, 2));
    source.position = 2;

    for (const read of [
      () => source.readBoolean(),
      () => source.readByte(),
      () => source.readUnsignedByte(),
      () => source.readTimestamp(),
    ]) {
      assert.throws(read, { code: 'SNAPSHOT_CORRUPT', message: /at 2, but the data ends at 2/ });
      assert.equal(source.position, 2);
    }
  });

  it('refuses a boolean that is neither 0 nor 1', () => {
    const source = new DataInputView(Uint8Array.of(255));

    assert.throws(() => source.readBoolean(), { code: 'SNAPSHOT_CORRUPT', message: /found -1/ });
  });
});

describe('a growing buffer', () => {
  it('keeps what was written, byte by byte, from no room on', () => {
    const target = new DataOutputView(0);

    for (let i = 0; i < 1000; i++) {
      target.writeByte(i);
    }

    assert.deepEqual(
      target.copyBytes(),
      Uint8Array.from({ length: 1000 }, (_, i) => i),
    );
  });

  it('takes the infinities for times, but not what is no time', () => {
    const target = new DataOutputView(0);

    target.writeTimestamp(Number.NEGATIVE_INFINITY);
    target.writeTimestamp(Number.POSITIVE_INFINITY);
    const source = new DataInputView(target.bytes());

    assert.equal(source.readBigLong(), -(2n ** 63n));
    assert.equal(source.readBigLong(), 2n ** 63n - 1n);
    assert.throws(() => target.writeTimestamp(Number.NaN), { code: 'VALUE_NOT_SERIALIZABLE' });
  });
});
