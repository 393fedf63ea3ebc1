/** Serializer snapshots inside savepoints and checkpoints that Flink 1.20 wrote. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  DataInputView,
  DataOutputView,
  readSnapshotProxy,
  writeSnapshotProxy,
} from '@millrace/core';
import './index.ts';

const FIXTURES = new URL('../../../../tests/fixtures/flink-1.20/', import.meta.url);
// A frame version of 2, and a class name of less than 256 characters.
const FRAME = Buffer.from('0000000200', 'hex');

function metadataFiles(): URL[] {
  return readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('_metadata'))
    .map((name) => new URL(name, FIXTURES));
}

/** The class of a tuple stands behind a 2 as well. */
function isSnapshot(bytes: Buffer, at: number): boolean {
  const name = bytes.subarray(at + 6, at + 6 + bytes.readUInt8(at + 5)).toString('latin1');
  return name.startsWith('org.apache.flink.') && name.endsWith('Snapshot');
}

describe('the serializer snapshots of real Flink', () => {
  it('are read, restored, found compatible and written again byte for byte', () => {
    const classes = new Set<string>();
    let count = 0;

    for (const file of metadataFiles()) {
      const bytes = readFileSync(file);
      let at = bytes.indexOf(FRAME);
      for (; at >= 0; at = bytes.indexOf(FRAME, at + 1)) {
        const source = new DataInputView(bytes);
        source.position = at;
        if (!isSnapshot(bytes, at)) {
          continue;
        }
        const snapshot = readSnapshotProxy(source);
        const restored = snapshot.restoreSerializer().snapshotConfiguration();
        const target = new DataOutputView();
        writeSnapshotProxy(target, restored);

        const original = bytes.subarray(at, source.position);
        assert.equal(Buffer.compare(target.bytes(), original), 0, snapshot.className);
        assert.equal(restored.resolveSchemaCompatibility(snapshot).kind, 'compatible-as-is');
        classes.add(snapshot.className.replace(/^.*[.$]/, ''));
        count++;
      }
    }

    assert.ok(count > 100, `found ${count}`);
    for (const name of ['Pojo', 'Avro', 'Tuple', 'List', 'Map', 'Timer', 'Long', 'Ttl']) {
      assert.ok(classes.has(`${name}SerializerSnapshot`), name);
    }
  });
});
