/**
 * The program with long values in a process of its own, to be killed: it goes on from its last
 * checkpoint, and says at its end how many keys came and whether their counts are exact.
 *
 *     node rocksdb-killed-program.js ROOT
 */
import { join } from 'node:path';
import { longValuesProgram, rocksdbIn, seenKeys } from './rocksdb-program.ts';

const [root] = process.argv.slice(2) as [string];
const program = longValuesProgram({
  configuration: {
    ...rocksdbIn(root),
    'parallelism.default': '2',
    'high-availability.type': 'filesystem',
    'high-availability.storageDir': join(root, 'high-availability'),
    // A kill after the end, before the process has told of it, must not run the job again.
    'job-result-store.delete-on-commit': 'false',
  },
});
const job = await program.env.executeAsync('killed');
await job.jobExecutionResult();
const restored = job.details().restoredCheckpointId ?? null;
process.stdout.write(`${JSON.stringify({ restored, ...seenKeys(program) })}\n`);
