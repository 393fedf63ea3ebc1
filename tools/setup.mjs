/**
 * Makes a fresh clone ready: installs what the lock file names, compiles, and bundles the web UI; with
 * `--rocksdb` also builds the native addon of RocksDB, if it can be built here.
 *
 * Plain JavaScript without dependencies, as it runs before there is anything. Quiet unless it
 * works; when a step fails it shows that step's output and exits non-zero.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const INSTALLED_MARK = join(ROOT, 'node_modules', '.millrace-installed');
const NODE_MAJOR_MIN = 20;

const nodeMajor = Number(process.versions.node.split('.', 1)[0]);
if (nodeMajor < NODE_MAJOR_MIN) {
  fail(`this is Node ${process.versions.node}; Millrace needs ${NODE_MAJOR_MIN} or later`);
}

const wanted = dependenciesHash();
if (installedHash() !== wanted) {
  say('installing dependencies');
  // `npm ci` refuses a lock file that lacks the binaries of platforms which its writer could not
  // see; this installs the same versions and leaves the lock file as it is.
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(INSTALLED_MARK, wanted);
}

const startedAt = performance.now();
run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-b']);
const seconds = (performance.now() - startedAt) / 1000;
if (seconds > 5) {
  say(`compiled in ${seconds.toFixed(0)} s`);
}
const { bundleWebUi } = await import('../packages/web-ui/bundle.mjs');
await bundleWebUi().catch((error) => fail(`the web UI cannot be bundled\n${error.message}`));
if (process.argv.includes('--rocksdb')) {
  const { setUpRocksdb } = await import('./setup-rocksdb.mjs');
  setUpRocksdb(say);
}

/** Of every package.json too: a new workspace or dependency needs an install. */
function dependenciesHash() {
  const lock = readFileSync(join(ROOT, 'package-lock.json'));
  const workspaces = Object.keys(JSON.parse(lock.toString()).packages)
    .filter((path) => !path.includes('node_modules'))
    .map((path) => join(ROOT, path, 'package.json'))
    .filter((path) => existsSync(path));
  const hash = createHash('sha256').update(lock);
  for (const path of workspaces) {
    hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

function installedHash() {
  return existsSync(INSTALLED_MARK) ? readFileSync(INSTALLED_MARK, 'utf8') : undefined;
}

/** @param {string} command @param {string[]} args */
function run(command, args) {
  // Windows needs a shell to find npm.cmd.
  const shell = process.platform === 'win32' && command === 'npm';
  const result = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', shell });
  if (result.status !== 0) {
    fail(
      `${command} ${args.join(' ')} failed\n${result.stdout}${result.stderr}${result.error ?? ''}`,
    );
  }
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`setup: ${line}\n`);
}

/** @param {string} why */
function fail(why) {
  say(why);
  process.exit(1);
}
