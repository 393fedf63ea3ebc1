/**
 * Compares Millrace with real Flink 1.20.5, and on RocksDB with a loop in C++, in one run.
 *
 *     npm run bench:compare -- rocksdb checkpoint --json results.jsonl
 *
 * Names are those of sections, all without any; `--smoke` runs them with tiny sizes; `--keys` and `--group` narrow
 * a section; `--json FILE` appends one line for each section.
 */
import { appendFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { compareSection } from './compare-sections.ts';
import { BUDGET_BYTES, type Section, sectionsOf } from './sections.ts';
import { HEAP_MIB } from './side-programs.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    smoke: { type: 'boolean', default: false },
    json: { type: 'string' },
    keys: { type: 'string' },
    group: { type: 'string', multiple: true },
    distribution: { type: 'string', multiple: true },
  },
});
const all = sectionsOf(values.smoke ? 'smoke' : 'full');
const unknown = positionals.filter((name) => !all.some((section) => section.name === name));
if (unknown.length > 0) {
  const known = all.map(({ name }) => name).join(', ');
  process.stderr.write(`no section ${unknown.join(', ')}; there are ${known}\n`);
  process.exit(1);
}
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const machine = {
  cpu: cpus()[0]?.model.trim(),
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  load: loadavg()[0],
  budgetMiB: BUDGET_BYTES / 2 ** 20,
  heapMiB: HEAP_MIB,
};
print(
  `${machine.cores} x ${machine.cpu}, ${machine.memoryGiB} GiB, load ${machine.load?.toFixed(2)}; ` +
    `RocksDB with ${machine.budgetMiB} MiB of managed memory a slot; heaps of ${machine.heapMiB} MiB; ` +
    'median (least - most) of iterations in which the sides take turns',
);
for (const section of all.filter(
  ({ name }) => positionals.length === 0 || positionals.includes(name),
)) {
  const result = await compareSection(narrowed(section), { smoke: values.smoke, print });
  if (values.json !== undefined) {
    appendFileSync(values.json, `${JSON.stringify({ machine, smoke: values.smoke, ...result })}\n`);
  }
}

function narrowed(section: Section): Section {
  const keys = values.keys === undefined ? section.keys : Number(values.keys);
  if (section.kind === 'checkpoints') {
    return { ...section, keys };
  }
  const { group, distribution } = values;
  const accesses = Object.entries(section.accesses).filter(
    ([name]) => group?.includes(name) ?? true,
  );
  return {
    ...section,
    keys,
    accesses: Object.fromEntries(accesses),
    distributions: section.distributions.filter((name) => distribution?.includes(name) ?? true),
  };
}
