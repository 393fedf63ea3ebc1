import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { KeyGroupRange } from '@millrace/core';
import type { KeyedStateRow, KeyedStateRowBatch, KeyedStateRowReader } from '@millrace/state';
import type { NativeSstFileWriter } from '../binding/native-addon.ts';
import { packedKey, packedRowBytes } from '../database/packed-rows.ts';
import { CollectedTimers } from './collected-timers.ts';
import { loadRows, type RowTarget } from './load-rows.ts';
import { SstLoad, type SstTarget } from './sst-load.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-load-'));
after(() => rmSync(folder, { recursive: true }));

/** Keys of each file, by column family in the order in which they were taken up. */
class KeptFiles implements SstTarget {
  readonly ingested = new Map<number, string[][]>();
  failure: Error | undefined;
  private readonly files = new Map<string, string[]>();

  createSstFileWriter(_columnFamily: number, path: string): NativeSstFileWriter {
    const keys: string[] = [];
    writeFileSync(path, '');
    return {
      add: (rows, end) => {
        if (this.failure !== undefined) {
          throw this.failure;
        }
        for (let at = 0; at < end; at += packedRowBytes(rows, at)) {
          const key = Buffer.from(packedKey(rows, at)).toString('latin1');
          assert.ok(keys.length === 0 || keys[keys.length - 1]! < key, `${key} is not in order`);
          keys.push(key);
        }
      },
      finish: () => {
        this.files.set(path, keys);
        return Promise.resolve(keys.length);
      },
      abort: () => rmSync(path),
    };
  }

  ingest(columnFamily: number, paths: readonly string[]): Promise<void> {
    const files = paths.map((path) => this.files.get(path)!);
    this.ingested.set(columnFamily, [...(this.ingested.get(columnFamily) ?? []), ...files]);
    for (const path of paths) {
      rmSync(path);
    }
    return Promise.resolve();
  }
}

type Entry = readonly [keyGroup: number, stateId: number, key: string];

function readerOf(entries: readonly Entry[], rowsABatch = 3): KeyedStateRowReader {
  return {
    source: 'test',
    header: undefined as never,
    keyGroupRange: new KeyGroupRange(0, 99),
    async *rows(range = new KeyGroupRange(0, 99)) {
      const wanted = entries.filter(([keyGroup]) => range.contains(keyGroup));
      for (let at = 0; at < wanted.length; ) {
        const [keyGroup] = wanted[at]!;
        const some = wanted
          .slice(at, at + rowsABatch)
          .filter(([each]) => each === keyGroup)
          .map(([, stateId, key]) => ({ stateId, key }));
        at += some.length;
        yield batchOf(keyGroup, some);
      }
    },
    close: () => Promise.resolve(),
  };
}

function batchOf(
  keyGroup: number,
  entries: readonly { readonly stateId: number; readonly key: string }[],
): KeyedStateRowBatch {
  const bytes = Buffer.from(entries.map(({ key }) => `${key}v`).join(''), 'latin1');
  let keyStart = 0;
  const rows = entries.map(({ stateId, key }): KeyedStateRow => {
    const keyEnd = keyStart + key.length;
    const row = { stateId, keyStart, keyEnd, valueStart: keyEnd, valueEnd: keyEnd + 1 };
    keyStart = keyEnd + 1;
    return row;
  });
  return { keyGroup, bytes, rows, fileOffset: 0 };
}

async function loaded(
  entries: readonly Entry[],
  options: { targets?: readonly RowTarget[]; range?: KeyGroupRange; runBytesMax?: number } = {},
): Promise<KeptFiles> {
  const files = new KeptFiles();
  const load = new SstLoad(files, folder);
  await loadRows(readerOf(entries), {
    keyGroupRange: options.range ?? new KeyGroupRange(0, 99),
    numberOfKeyGroups: 100,
    load,
    targets: options.targets ?? [0, 1],
    ...(options.runBytesMax === undefined ? {} : { runBytesMax: options.runBytesMax }),
  });
  await load.finish();
  return files;
}

describe('loading rows', () => {
  it('writes one file a state, in order over all key groups', async () => {
    const files = await loaded([
      [65, 0, 'b'],
      [65, 0, 'a'],
      [65, 1, 'x'],
      [66, 1, 'w'],
      [66, 0, 'd'],
      [66, 0, 'c'],
    ]);

    assert.deepEqual(files.ingested.get(0), [['Aa', 'Ab', 'Bc', 'Bd']]);
    assert.deepEqual(files.ingested.get(1), [['Ax', 'Bw']]);
  });

  it('leaves out key groups of others', async () => {
    const entries: Entry[] = [65, 66, 67].map((keyGroup) => [keyGroup, 0, 'k']);

    const files = await loaded(entries, { range: new KeyGroupRange(66, 66) });

    assert.deepEqual(files.ingested.get(0), [['Bk']]);
  });

  it('writes several files where a key group is larger than may be sorted in memory', async () => {
    const keys = Array.from({ length: 50 }, (_, i) => `key-${99 - i}`);

    const files = await loaded(
      keys.map((key): Entry => [65, 0, key]),
      { runBytesMax: 200 },
    );

    const written = files.ingested.get(0)!;
    assert.ok(written.length > 3);
    assert.deepEqual(written.flat().sort(), keys.map((key) => `A${key}`).sort());
  });

  it('gives timers to the heap by key group, where they are kept there', async () => {
    const timers = new CollectedTimers({ name: 'timers' } as never);

    const files = await loaded(
      [
        [65, 0, 'k'],
        [65, 1, 't1'],
        [65, 1, 't0'],
        [66, 1, 't2'],
      ],
      { targets: [0, timers] },
    );

    const found = [...timers.byKeyGroup].map(([keyGroup, each]) => [
      keyGroup,
      each.map((timer) => Buffer.from(timer).toString()),
    ]);
    assert.deepEqual(found, [
      [65, ['t1', 't0']],
      [66, ['t2']],
    ]);
    assert.deepEqual([...files.ingested.keys()], [0]);
  });

  it('that fails leaves no file', async () => {
    const files = new KeptFiles();
    const load = new SstLoad(files, folder, 1);
    await load.add(0, batchChunk('a'));
    await load.add(0, batchChunk('b'));
    files.failure = Object.assign(new Error('No space left'), { code: 'NO_SPACE' });

    await assert.rejects(load.add(0, batchChunk('c')), { code: 'DISK_FULL' });
    await load.abort();

    assert.deepEqual(readdirSync(folder), []);
  });
});

function batchChunk(key: string) {
  const rows = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, key.charCodeAt(0));
  return { rows, end: rows.length, last: 0 };
}
