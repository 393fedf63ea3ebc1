import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DataInputView,
  DataOutputView,
  TimeWindow,
  type TypeInformation,
  Types,
  VOID_NAMESPACE,
} from '@millrace/core';
import { CompositeKeyFormat, keyGroupPrefixBytes } from './composite-key.ts';

function formatOf<K, N>(
  keyType: TypeInformation<K>,
  namespaceType: TypeInformation<N>,
  groups = 128,
) {
  return new CompositeKeyFormat({
    keySerializer: keyType.createSerializer(),
    namespaceSerializer: namespaceType.createSerializer(),
    numberOfKeyGroups: groups,
  });
}

function hex(write: (output: DataOutputView) => void): string {
  const output = new DataOutputView();
  write(output);
  return Buffer.from(output.bytes()).toString('hex');
}

describe('the key of an entry in a canonical savepoint', () => {
  it('begins with one byte of key group up to 128 key groups, with two beyond', () => {
    const entry = { key: 'key-1', namespace: VOID_NAMESPACE };
    const one = formatOf(Types.STRING, Types.VOID_NAMESPACE, 128);
    const two = formatOf(Types.STRING, Types.VOID_NAMESPACE, 129);

    assert.equal(
      hex((out) => one.write(out, 0x36, entry)),
      '36066b65792d3100',
    );
    assert.equal(
      hex((out) => two.write(out, 0x36, entry)),
      '0036066b65792d3100',
    );
    assert.deepEqual([1, 128, 129, 32768].map(keyGroupPrefixBytes), [1, 1, 2, 2]);
  });

  it('has a length after key and namespace when both may be of any length, as Flink writes it', () => {
    const format = formatOf(Types.STRING, Types.STRING);

    const short = hex((out) => format.write(out, 5, { key: 'k', namespace: 'ns' }));
    const long = hex((out) => format.write(out, 5, { key: 'k'.repeat(300), namespace: '' }));

    assert.equal(short, '05026b02036e7303');
    assert.ok(long.endsWith('6b2e010101'), long);
  });

  it('is read back as it was written, whatever the types', () => {
    const read = <K, N>(format: CompositeKeyFormat<K, N>, entry: { key: K; namespace: N }) => {
      const output = new DataOutputView();
      format.write(output, 3, entry);
      const input = new DataInputView(output.copyBytes());
      input.position = format.prefixBytes;
      const back = format.readAfterPrefix(input);
      assert.equal(input.remaining, 0);
      assert.deepEqual(back, entry);
    };

    read(formatOf(Types.STRING, Types.STRING), { key: 'k'.repeat(70_000), namespace: '' });
    read(formatOf(Types.STRING, Types.LONG, 300), { key: '', namespace: -1 });
    read(formatOf(Types.INT, Types.STRING), { key: 7, namespace: 'n' });
    read(formatOf(Types.LONG, Types.TIME_WINDOW, 32768), {
      key: 1,
      namespace: new TimeWindow(-10, 10),
    });
  });
});
