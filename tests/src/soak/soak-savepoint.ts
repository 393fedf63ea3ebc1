/** What the source of a soak had sent by the savepoint that the job stopped with. */

import { OperatorIdentifier, SavepointReader } from '@millrace/state-processor';
import { Types } from 'millrace';
import { soakSource } from './soak-job.ts';
import { RECORDS_PER_LANE } from './soak-records.ts';

/** Of the version and the length that stand before the bytes of a split. */
const HEADER_BYTES = 8;

/**
 * @param path - of a savepoint of the job
 * @returns records of each lane; 0 for one that no reader had begun
 */
export async function recordsSent(
  path: string,
  job: { readonly parallelism: number; readonly keys: number },
): Promise<readonly number[]> {
  const sent = Array.from({ length: job.parallelism }, () => 0);
  const reader = await SavepointReader.read(path);
  const { splitSerializer } = soakSource(job);
  const ticks = OperatorIdentifier.forUid('ticks');
  for await (const bytes of reader.readListState(ticks, 'SourceReaderState', Types.BYTE_ARRAY)) {
    const version = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0);
    const { from } = splitSerializer.deserialize(version, bytes.subarray(HEADER_BYTES));
    sent[Math.floor(from / RECORDS_PER_LANE)] = from % RECORDS_PER_LANE;
  }
  return sent;
}
