/** `npm run test:fuzz -- --seed N --runs N [--fixture NAME]`: damages the snapshots of Flink. */
import { parseArgs } from 'node:util';
import { snapshotFolders } from '../compatibility/flink-fixtures.ts';
import { fuzzFixture } from './fuzz-fixture.ts';

const HOLES_SHOWN = 20;
const MIB = 1024;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '10000' },
    fixture: { type: 'string', default: '' },
  },
});
let holes = 0;
for (const folder of snapshotFolders().filter((name) => name.startsWith(values.fixture))) {
  const began = Date.now();
  const report = await fuzzFixture(folder, {
    seed: Number(values.seed),
    runs: Number(values.runs),
  });
  holes += report.holes.length;
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  const counts = Object.entries({ ...report.outcomes, holes: report.holes.length });
  const maxRssMib = Math.round(process.resourceUsage().maxRSS / MIB);
  process.stdout.write(
    `${folder}: ${counts.map(([name, count]) => `${count} ${name}`).join(', ')}; ` +
      `slowest ${report.slowestMs.toFixed(0)} ms, ${seconds} s, ${maxRssMib} MiB at most\n`,
  );
  process.stdout.write(`  ${JSON.stringify(report.codes)}\n`);
  for (const hole of report.holes.slice(0, HOLES_SHOWN)) {
    process.stdout.write(`  HOLE ${hole.slice(0, 900)}\n`);
  }
}
process.exitCode = holes === 0 ? 0 : 1;
