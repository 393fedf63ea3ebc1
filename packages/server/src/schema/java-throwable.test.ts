import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { javaThrowable } from './java-throwable.ts';

const THROWABLE = { className: 'TaskError', message: 'lost', stackTrace: 'all', cause: undefined };

describe('an error in the serialization of Java', () => {
  it('has the header and the class that a recording of real Flink has', () => {
    const bytes = javaThrowable(THROWABLE);

    // As far as the first object, of which Flink's had another cause.
    const recorded =
      'rO0ABXNyAClvcmcuYXBhY2hlLmZsaW5rLnV0aWwuU2VyaWFsaXplZFRocm93YWJsZWUWnfUfpxPzAgADTAAZZnVsbFN0cmluZ2lmaWVkU3RhY2tUcmFjZXQAEkxqYXZhL2xhbmcvU3RyaW5nO0w';
    assert.ok(Buffer.from(bytes).toString('base64').startsWith(recorded));
  });

  it('writes text as Java does: no zero byte, and halves of what takes two units', () => {
    const bytes = Buffer.from(javaThrowable({ ...THROWABLE, message: '\0é€𝄞' }));

    assert.ok(
      bytes.includes(
        Buffer.from('7400 0d c080 c3a9 e282ac eda0b4 edb49e'.replaceAll(' ', ''), 'hex'),
      ),
    );
  });

  it('writes a text of 64 KiB and more as a long one', () => {
    const bytes = Buffer.from(javaThrowable({ ...THROWABLE, message: 'x'.repeat(65536) }));

    assert.ok(
      bytes.includes(Buffer.concat([Buffer.from('7c0000000000010000', 'hex'), Buffer.from('xxx')])),
    );
  });
});
