import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StateHandleReader } from '../snapshot/state-handle-reader.ts';
import { LittleEndianOutput } from './little-endian-output.ts';
import { readLogRecords } from './log-records.ts';
import { writeFragment, writeLog } from './written-test-database.ts';

function readerOf(bytes: Uint8Array): StateHandleReader {
  return {
    sizeBytes: bytes.length,
    read: async (position, length) => bytes.slice(position, position + length),
    close: async () => {},
  };
}

async function recordsOf(bytes: Uint8Array): Promise<Uint8Array[]> {
  const records: Uint8Array[] = [];
  for await (const record of readLogRecords(readerOf(bytes), 'the log')) {
    records.push(new Uint8Array(record.bytes));
  }
  return records;
}

const sized = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i % 251);

describe('records of a log', () => {
  it('are whole again that lie across blocks, also where no header fits into the rest', async () => {
    // Each leaves another rest of the first block of 32 KiB: 8 bytes to none.
    for (let rest = 0; rest <= 8; rest++) {
      const records = [sized(32 * 1024 - 7 - rest), sized(3), sized(100_000), sized(0)];

      assert.deepEqual(await recordsOf(writeLog(records)), records);
    }
  });

  it('are refused with the byte where the log is cut within one', async () => {
    const log = writeLog([sized(10), sized(70_000)]);

    await assert.rejects(recordsOf(log.subarray(0, 32 * 1024)), {
      code: 'SNAPSHOT_CORRUPT',
      message: /the log is corrupt at byte 32768, at its end: the last record is cut/,
    });
    await assert.rejects(recordsOf(log.subarray(0, 20)), {
      code: 'SNAPSHOT_CORRUPT',
      message: /the log is corrupt at byte 17/,
    });
  });

  it('are refused with the byte where a checksum differs', async () => {
    const log = writeLog([sized(10), sized(10)]);
    log[17 + 8]! ^= 1;

    await assert.rejects(recordsOf(log), {
      code: 'SNAPSHOT_CORRUPT',
      message: /at byte 17, in a record of 10 bytes: its checksum differs/,
    });
  });

  it('are refused by name in a log that was reused', async () => {
    const output = new LittleEndianOutput();
    writeFragment(output, 5, sized(10));

    await assert.rejects(recordsOf(output.bytes()), {
      code: 'UNSUPPORTED',
      message: /has a record of type 5, of a log that was reused/,
    });
  });

  it('are refused where a part follows no beginning', async () => {
    const output = new LittleEndianOutput();
    writeFragment(output, 4, sized(10));

    await assert.rejects(recordsOf(output.bytes()), { code: 'SNAPSHOT_CORRUPT' });
  });
});
