/**
 * A job with state that is larger than its memory: it is filled, killed, restored, and rescaled 1 → 2,
 * and what its keys hold is checked each time.
 *
 *     npm run bench:big-state -- --entries 50000000 --managed-memory 256m
 *
 * `--backend hashmap` for the heap; `--interval` of checkpoints; `--heap 200`: MiB of V8's heap; `--json FILE`
 * appends one line.
 */
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bigStateLines, runBigState } from './big-state.ts';

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '2000000' },
    backend: { type: 'string', default: 'rocksdb' },
    'managed-memory': { type: 'string', default: '256m' },
    interval: { type: 'string', default: '10 s' },
    heap: { type: 'string' },
    folder: { type: 'string' },
    json: { type: 'string' },
  },
});
const entries = Number(values.entries);
const result = await runBigState({
  entries,
  touches: Math.floor(entries / 20),
  reads: Math.min(200_000, entries),
  backend: values.backend,
  managedMemory: values['managed-memory'],
  checkpointInterval: values.interval,
  heapMiB: values.heap === undefined ? undefined : Number(values.heap),
  folder: values.folder,
  print: (line) => process.stdout.write(`${line}\n`),
});
process.stdout.write(`${bigStateLines(result).join('\n')}\n`);
if (values.json !== undefined) {
  appendFileSync(values.json, `${JSON.stringify(result)}\n`);
}
