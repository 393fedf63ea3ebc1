/**
 * The native addon of RocksDB for the tests: builds it where it can be built, and says so where not.
 *
 * On Debian and its kin, as root, what it needs is installed by apt-get first, unless
 * `MILLRACE_NO_APT=1`. Only the scripts that run tests come here: never `npm install`,
 * `npm run build` or `npm start`.
 */
import { spawnSync } from 'node:child_process';
import { buildAddon } from '../packages/state-backends/rocksdb/native/build-rocksdb.mjs';

/** Costs little where nothing changed; never fails. @param {(line: string) => void} say */
export function setUpRocksdb(say) {
  let result = buildAddon();
  if (result.kind === 'failed' && result.missing.length > 0 && mayInstall()) {
    install(
      result.missing.map(({ debian }) => debian),
      say,
    );
    result = buildAddon();
  }
  if (result.kind === 'built') {
    say('built the native addon of RocksDB');
  } else if (result.kind === 'failed') {
    const why = result.why.split('\n', 1)[0];
    say(`the native addon of RocksDB is not built, so its tests are skipped: ${why}`);
    say('see `npm run build:rocksdb`');
  }
}

function mayInstall() {
  const isRoot = process.getuid?.() === 0;
  return isRoot && process.env.MILLRACE_NO_APT !== '1' && aptGet(['--version']) === undefined;
}

/** @param {string[]} packages @param {(line: string) => void} say */
function install(packages, say) {
  say(`apt-get installs ${packages.join(', ')} for the RocksDB addon (MILLRACE_NO_APT=1: not)`);
  const args = ['install', '--yes', '--no-install-recommends', ...packages];
  // The lists of packages may be absent, as in an image of a container, or old.
  if (aptGet(args) !== undefined) {
    const why = aptGet(['update']) ?? aptGet(args);
    if (why !== undefined) {
      say(`apt-get failed: ${why}`);
    }
  }
}

/** @returns {string | undefined} Why it failed. @param {string[]} args */
function aptGet(args) {
  const result = spawnSync('apt-get', ['--quiet', ...args], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: 10 * 60 * 1000,
  });
  if (result.status === 0) {
    return undefined;
  }
  const lines = `${result.stderr ?? ''}`.trim().split('\n');
  return lines.at(-1) || String(result.error ?? `it ended with ${result.status}`);
}
