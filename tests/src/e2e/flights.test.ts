/** Runs the flights example as a user does and holds its results against another engine's. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fileHashes } from '../file-hashes.ts';
import { committedParts, FlightsOracle } from './flights-oracle.ts';
import { type FlightsRun, rowsIn, runFlights, sortedRows } from './flights-runs.ts';

const PARQUET = fileURLToPath(
  new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets')),
);
const HOURS = 418_154;
const LATE = 25_685;

describe('the flights example', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-flights-'));
  let undisturbed: FlightsRun;
  let oracle: FlightsOracle;

  before(async () => {
    undisturbed = await runFlights(join(folder, 'undisturbed'));
    oracle = await FlightsOracle.open(PARQUET);
  });
  after(() => {
    oracle?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('names an existing output folder in its last line', () => {
    const lastLine = undisturbed.stdout.trimEnd().split('\n').at(-1);

    assert.equal(undisturbed.code, 0, undisturbed.stderr);
    assert.match(lastLine ?? '', /^output: \S/);
    assert.ok(statSync(undisturbed.output).isDirectory());
    assert.deepEqual(readdirSync(undisturbed.output).sort(), ['alerts', 'hours', 'late', 'routes']);
  });

  it('leaves nothing unfinished behind', () => {
    const names = readdirSync(undisturbed.output, { recursive: true, encoding: 'utf8' });

    assert.deepEqual(
      names.filter((name) => /(^|\/)\./.test(name)),
      [],
    );
  });

  it('gives every hour of every airport as another engine does', async () => {
    const comparison = await oracle.compareHours(join(undisturbed.output, 'hours'));

    assert.deepEqual(comparison, { expectedRows: HOURS, missing: [], unexpected: [] });
  });

  it('finds late exactly the flights that another engine finds late', async () => {
    const comparison = await oracle.compareLate(join(undisturbed.output, 'late'));

    assert.deepEqual(comparison, { expectedRows: LATE, missing: [], unexpected: [] });
  });

  it('reports silent airports as another engine does', async () => {
    const { expectedRows, ...differences } = await oracle.compareSilences(
      join(undisturbed.output, 'alerts'),
    );

    assert.deepEqual(differences, { missing: [], unexpected: [] });
    assert.ok(expectedRows > 0);
  });

  it('finds the first flight of each route as another engine does', async () => {
    const { expectedRows, ...differences } = await oracle.compareRoutes(
      join(undisturbed.output, 'routes'),
    );

    assert.deepEqual(differences, { missing: [], unexpected: [] });
    assert.ok(expectedRows > 1_000);
  });

  it('reports delays that pile up and ease, each airport in its order', async () => {
    const expected = await oracle.delayAlerts();

    const actual = delayAlertsIn(join(undisturbed.output, 'alerts'));

    assert.deepEqual(sortedEntries(actual), sortedEntries(expected));
    assert.ok(expected.size > 0);
  });

  it('goes on after it was killed and commits the same bytes', async () => {
    const cwd = join(folder, 'killed');

    const killed = await runFlights(cwd, '--kill-at', '40%');
    const finished = await runFlights(cwd);

    assert.equal(killed.signal, 'SIGKILL');
    const killedAt = Number(/killed at (\d+) %/.exec(killed.stdout)?.[1]);
    assert.ok(killedAt >= 40 && killedAt < 100, killed.stdout);
    assert.equal(finished.code, 0, finished.stderr);
    assert.match(finished.stdout, /went on from checkpoint \d/);
    assert.doesNotMatch(finished.stdout, /event time 2001-01-01/); // No watermark is no event time.
    assert.equal(relative(cwd, finished.output), join('.flights', 'run-1', 'output'));
    assert.deepEqual(fileHashes(finished.output), fileHashes(undisturbed.output));
  });

  describe('with settings on its command line', () => {
    let run: FlightsRun;
    before(async () => {
      const settings = ['parallelism.default=2', 'execution.checkpointing.intervall=5s'];
      run = await runFlights(join(folder, 'settings'), ...settings.flatMap((s) => ['-D', s]));
    });

    it('gives the same rows at parallelism 2', () => {
      for (const kind of ['hours', 'late', 'alerts', 'routes']) {
        const rows = sortedRows(join(run.output, kind));

        // Compared as one: a difference in 418,154 rows would be printed row by row.
        assert.ok(
          rows.join('\n') === sortedRows(join(undisturbed.output, kind)).join('\n'),
          `${kind} differ: ${rows.length} rows`,
        );
      }
      assert.equal(committedParts(join(run.output, 'hours')).length, 2);
    });

    it('warns of a misspelt key and names the nearest', () => {
      assert.equal(run.code, 0);
      assert.match(
        run.stderr,
        /CONFIG_KEY_UNKNOWN.*execution\.checkpointing\.intervall.*did you mean execution\.checkpointing\.interval\?/,
      );
    });
  });
});

function delayAlertsIn(folder: string): Map<string, string[]> {
  const alerts = new Map<string, string[]>();
  for (const row of rowsIn(folder).filter((line) => line.includes(',delays-'))) {
    const airport = row.slice(0, row.indexOf(','));
    alerts.set(airport, [...(alerts.get(airport) ?? []), row]);
  }
  return alerts;
}

function sortedEntries(alerts: ReadonlyMap<string, string[]>): [string, string[]][] {
  return [...alerts].sort(([a], [b]) => (a < b ? -1 : 1));
}
