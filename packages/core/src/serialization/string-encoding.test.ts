import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataInputView } from './data-input-view.ts';
import { DataOutputView } from './data-output-view.ts';
import { Types } from './types.ts';

const LONGEST = 20;
const serializer = Types.STRING.createSerializer();

function bytesOf(text: string): Uint8Array {
  const target = new DataOutputView(1);
  serializer.serialize(text, target);
  return target.copyBytes();
}

describe('a short text', () => {
  it('is read as it was written, whatever its length and wherever a character takes several bytes', () => {
    for (let length = 0; length <= LONGEST; length++) {
      const plain = 'abcdefghijklmnopqrst'.slice(0, length);
      const texts = [plain];
      for (let at = 0; at < length; at++) {
        for (const wide of ['\u007f', '\u0080', 'é', '\uffff']) {
          texts.push(plain.slice(0, at) + wide + plain.slice(at + 1));
        }
      }
      for (const text of texts) {
        const source = new DataInputView(Uint8Array.of(...bytesOf(text), 7));

        assert.equal(serializer.deserialize(source), text);
        assert.equal(source.readUnsignedByte(), 7, 'it is read to its end and not beyond');
      }
    }
  });

  it('whose end is missing is refused', () => {
    for (const text of ['a', 'abcdefgh', 'abcdefghijklmnopqrst', 'é', 'abcdefé']) {
      const bytes = bytesOf(text);
      for (let length = 0; length < bytes.length; length++) {
        const cut = new DataInputView(bytes.subarray(0, length));

        assert.throws(() => serializer.deserialize(cut), { code: 'SNAPSHOT_CORRUPT' });
      }
    }
  });
});
