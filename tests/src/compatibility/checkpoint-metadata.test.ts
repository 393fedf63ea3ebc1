import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorCode } from '@millrace/core';
import { readCheckpointMetadata, writeCheckpointMetadata } from '@millrace/state';
import fc from 'fast-check';
import {
  expectedFolder,
  readExpected,
  readMetadataBytes,
  snapshotFolders,
} from './flink-fixtures.ts';

const DIRECTORY = 'file:/snapshot';

/** Damaged files may be read or refused, but only ever with an error of ours. */
function readDamaged(bytes: Uint8Array): string | undefined {
  try {
    readCheckpointMetadata(bytes, DIRECTORY);
    return undefined;
  } catch (error) {
    const code = errorCode(error);
    assert.ok(
      code === 'SNAPSHOT_CORRUPT' || code === 'SNAPSHOT_VERSION_UNSUPPORTED',
      String(error),
    );
    return code;
  }
}

describe('the _metadata of Flink 1.20.5', () => {
  for (const folder of snapshotFolders()) {
    it(`is read to the last byte and written back the same: ${folder}`, () => {
      const bytes = readMetadataBytes(folder);

      const metadata = readCheckpointMetadata(bytes, DIRECTORY);

      assert.ok(Buffer.from(bytes).equals(writeCheckpointMetadata(metadata)));
    });
  }

  it('holds the operators, parallelism and max parallelism that Flink reports', () => {
    for (const fixture of ['hashmap-chk', 'rocksdb-incremental-chk', 'hashmap-changelog-chk']) {
      const expected = readExpected(fixture);

      const metadata = readCheckpointMetadata(
        readMetadataBytes(expectedFolder(fixture)),
        DIRECTORY,
      );

      const byId = new Map(metadata.operatorStates.map((state) => [state.operatorId, state]));
      for (const [uid, { operatorId }] of Object.entries(expected.operators)) {
        const state = byId.get(operatorId);
        assert.equal(state?.maxParallelism, expected.maxParallelism);
        assert.equal(state?.parallelism, uid === 'source' ? 1 : expected.parallelism);
      }
    }
  });

  it('names what kind of snapshot it is', () => {
    const typeOf = (fixture: string) =>
      readCheckpointMetadata(readMetadataBytes(expectedFolder(fixture)), DIRECTORY).properties
        ?.snapshotType;

    assert.deepEqual(typeOf('hashmap-native'), {
      kind: 'savepoint',
      name: 'Savepoint',
      formatType: 'native',
      postCheckpointAction: 'none',
    });
    assert.deepEqual(typeOf('hashmap-chk'), {
      kind: 'checkpoint',
      name: 'Checkpoint',
      sharingFilesStrategy: 'forward-backward',
    });
  });

  it('resolves relative files against the folder of the metadata', () => {
    const metadata = readCheckpointMetadata(
      readMetadataBytes(expectedFolder('hashmap-chk')),
      'file:/moved/chk-1',
    );

    const streams = metadata.operatorStates
      .flatMap((state) => [...state.subtaskStates.values()])
      .flatMap(({ managedKeyedState }) =>
        managedKeyedState?.kind === 'key-groups' ? [managedKeyedState.stream] : [],
      )
      .filter((stream) => stream.kind === 'relative-file');
    assert.equal(streams.length, 2);
    for (const stream of streams) {
      assert.equal(stream.path, `file:/moved/chk-1/${stream.relativePath}`);
    }
  });
});

describe('a damaged _metadata', () => {
  const folders = ['hashmap-chk', 'hashmap-changelog-chk', 'hashmap-unaligned-chk'];
  const samples = folders.map((fixture) => readMetadataBytes(expectedFolder(fixture)));
  const sample = fc.constantFrom(...samples);

  it('is refused as corrupt wherever it is cut', () => {
    fc.assert(
      fc.property(
        sample,
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (bytes, at) => {
          const cut = bytes.subarray(0, Math.floor(bytes.length * at));

          assert.equal(readDamaged(cut), 'SNAPSHOT_CORRUPT');
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is refused as corrupt when bytes follow', () => {
    for (const bytes of samples) {
      const longer = new Uint8Array([...bytes, 0]);

      assert.throws(() => readCheckpointMetadata(longer, DIRECTORY), {
        code: 'SNAPSHOT_CORRUPT',
        message: new RegExp(`at byte ${bytes.length}, in end of file: 1 bytes follow`),
      });
    }
  });

  it('gives an error of ours or a snapshot when any bits are flipped', () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(sample, flips, (bytes, changes) => {
        const damaged = bytes.slice();
        for (const [position, mask] of changes) {
          const at = position % damaged.length;
          damaged[at] = (damaged[at] ?? 0) ^ mask;
        }

        readDamaged(damaged);
      }),
      { numRuns: 500 },
    );
  });

  it('gives an error of ours or a snapshot for each flipped bit of its structure', () => {
    // The first bytes and the Java object at the end hold no inline state: all is structure there.
    for (const bytes of samples) {
      const positions = [
        ...Array.from({ length: 300 }, (_, i) => i),
        ...Array.from({ length: 700 }, (_, i) => bytes.length - 1 - i),
      ];
      const damaged = bytes.slice();
      for (const at of positions) {
        const original = damaged[at] ?? 0;
        damaged[at] = original ^ (1 << (at % 8));
        readDamaged(damaged);
        damaged[at] = original;
      }
    }
  });

  it('does not believe a count that the file is too short for', () => {
    const header = Buffer.from('4960672d00000004000000000000000100000000', 'hex');
    const manyOperators = Buffer.concat([header, Buffer.from('7fffffff', 'hex')]);

    assert.throws(() => readCheckpointMetadata(manyOperators, DIRECTORY), {
      code: 'SNAPSHOT_CORRUPT',
      message: /at byte 20, in number of operators: 2147483647 of them do not fit into 0 bytes/,
    });
  });
});
