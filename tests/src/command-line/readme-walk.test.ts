/** The commands of the README's walk, in their order, before the job that it starts. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ServedProgram, serveProgram } from '../browser/served-program.ts';
import { type CliRun, fieldsOf, inShell } from './run-cli.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FLIGHTS = join(ROOT, 'examples/flights/dist/flights.js');

describe("the commands of the README's walk", () => {
  let program: ServedProgram;
  before(async () => {
    program = await serveProgram(FLIGHTS, ['--ui', '-D', 'rest.bind-port=0']);
  });
  after(() => program.close());

  const commands = commandsOf(readFileSync(join(ROOT, 'README.md'), 'utf8'));
  /** As it stands there, at the port of this test. */
  const run = (command: string): CliRun =>
    inShell(command.replace(/^npx millrace (\w+)/, `$MILLRACE $1 -m ${program.address}`));
  const named = (name: string): string =>
    commands.find((command) => command.startsWith(`npx millrace ${name} `)) ?? '';

  it('list the job, and take a savepoint', () => {
    assert.match(run(commands[0] ?? '').stdout, /\tflights\tRUNNING\t/);
    assert.match(run(named('savepoint')).stdout, /savepoints\/savepoint-\w+-\w+\n$/);
  });

  it('name the airports with the most state, which differ', async () => {
    let found = run(named('sql'));
    while (found.status === 0 && fieldsOf(found.stdout).length < 6) {
      found = run(named('sql')); // It takes a moment until five airports have state.
    }

    assert.equal(found.status, 0, found.stderr);
    const [titles, ...rows] = fieldsOf(found.stdout);
    assert.deepEqual(titles, ['key', 'destinations']);
    const destinations = rows.map((row) => Number(row[1]));
    assert.ok((destinations[0] ?? 0) > (destinations[4] ?? 0), found.stdout);
  });

  it('stop it with another', () => {
    assert.match(run(named('stop')).stdout, /savepoints\/savepoint-\w+-\w+\n$/);
    assert.match(run(`${commands[0]} -a`).stdout, /\tflights\tFINISHED\t/);
  });
});

function commandsOf(readme: string): string[] {
  const [, section = ''] = readme.split(/^## Watch it, stop it, go on$/m);
  return [...(section.split(/^## /m)[0] ?? '').matchAll(/^npx millrace .*$/gm)].map(
    ([command]) => command,
  );
}
