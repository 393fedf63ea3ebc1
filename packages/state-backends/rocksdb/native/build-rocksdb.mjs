#!/usr/bin/env node
/**
 * Builds the native addon of RocksDB: `npm run build:rocksdb` in the repository,
 * `npx millrace-build-rocksdb` where the package is installed.
 *
 *     --rocksdb-dir DIR   RocksDB's install prefix, or its source tree with a built shared library;
 *                         without it, what the system has (librocksdb-dev, brew)
 *     --sanitize          with the address sanitizer, into native/build-sanitize
 *     --force             even when nothing changed
 *
 * Plain JavaScript without dependencies, as it runs before anything is compiled. Downloads nothing.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const NATIVE = dirname(fileURLToPath(import.meta.url));
const ADDON = 'millrace_rocksdb.node';
/** Written last: what the addon in the folder was built from, and the hash of the addon. */
const BUILT_MARK = '.built-from';
const SYSTEM_INCLUDES = ['/usr/include', '/usr/local/include', '/opt/homebrew/include'];

/**
 * @typedef {{ rocksdbDir?: string | undefined, sanitize?: boolean, force?: boolean }} BuildOptions
 * @typedef {{ name: string, debian: string }} MissingPart With the package of Debian that has it.
 * @typedef {{ kind: 'current' | 'built', addon: string } |
 *   { kind: 'failed', why: string, missing: MissingPart[] }} BuildResult
 */

/**
 * Builds the addon unless it is of these sources and options already. Quiet; never throws.
 *
 * @param {BuildOptions} [options]
 * @returns {BuildResult}
 */
export function buildAddon(options = {}) {
  const folder = join(NATIVE, options.sanitize ? 'build-sanitize' : 'build');
  const mark = join(folder, BUILT_MARK);
  // A build without the option keeps what the last one with it was built on.
  const rocksdbDir =
    options.rocksdbDir === undefined ? keptRocksdbDir(mark) : resolve(options.rocksdbDir);
  const wanted = `${sourcesHash()}\n${rocksdbDir}\n`;
  const addon = join(folder, ADDON);
  const ofThese = textOf(mark)?.startsWith(wanted) === true;
  const whole = existsSync(addon) && textOf(mark) === `${wanted}${fileHash(addon)}\n`;
  if (!options.force && whole) {
    return { kind: 'current', addon };
  }
  const missing = missingParts(rocksdbDir);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(' and ');
    const why = `${names} ${missing.length === 1 ? 'is' : 'are'} missing\n${installHint()}`;
    return { kind: 'failed', why, missing };
  }
  rmSync(mark, { force: true });
  if (ofThese && !whole) {
    // Damaged: make goes by its time, and would keep it.
    rmSync(addon, { force: true });
  }
  const why = compile(folder, rocksdbDir, options.sanitize === true);
  if (why?.includes('Could not find ROCKSDB_LIBRARY')) {
    const name = `the library of RocksDB${rocksdbDir === '' ? '' : ` (looked in ${rocksdbDir})`}`;
    return {
      kind: 'failed',
      why: `${name} is missing\n${installHint()}`,
      missing: [{ name, debian: 'librocksdb-dev' }],
    };
  }
  if (why !== undefined) {
    return { kind: 'failed', why, missing };
  }
  writeFileSync(mark, `${wanted}${fileHash(addon)}\n`);
  return { kind: 'built', addon };
}

/** @param {string} rocksdbDir Or the system's, where it is empty. @returns {MissingPart[]} */
function missingParts(rocksdbDir) {
  const missing = [];
  if (!runs('cmake')) {
    missing.push({ name: 'cmake', debian: 'cmake' });
  }
  if (!runs(process.env.CXX ?? 'c++') && !runs('g++')) {
    missing.push({ name: 'a C++ compiler', debian: 'g++' });
  }
  if (!runs('make') && !runs('ninja')) {
    missing.push({ name: 'make', debian: 'make' });
  }
  const includes = rocksdbDir === '' ? SYSTEM_INCLUDES : [join(rocksdbDir, 'include')];
  if (!includes.some((folder) => existsSync(join(folder, 'rocksdb', 'db.h')))) {
    const name = `RocksDB 7.8 or later with its headers (looked in ${includes.join(', ')})`;
    missing.push({ name, debian: 'librocksdb-dev' });
  }
  return missing;
}

/** @param {string} folder @param {string} rocksdbDir @param {boolean} sanitize */
function compile(folder, rocksdbDir, sanitize) {
  const headers = nodeApiHeaders();
  if (headers === undefined) {
    return 'the npm package node-api-headers is missing; run `npm install`';
  }
  mkdirSync(folder, { recursive: true });
  const configured = run('cmake', [
    ...['-S', NATIVE, '-B', folder, `-DNODE_API_HEADERS=${headers}`, `-DROCKSDB_DIR=${rocksdbDir}`],
    // What an earlier build found may be gone or another one.
    ...['-UROCKSDB_INCLUDE', '-UROCKSDB_LIBRARY', `-DSANITIZE=${sanitize ? 'ON' : 'OFF'}`],
  ]);
  return configured ?? run('cmake', ['--build', folder, '--parallel', '2']);
}

/** @returns {string | undefined} Why it failed. @param {string} command @param {string[]} args */
function run(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.status === 0) {
    return undefined;
  }
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}`.trim();
  return `${command} ${args.join(' ')} failed\n${output}`;
}

/** @param {string} command */
function runs(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

function installHint() {
  if (process.platform === 'win32') {
    return 'The addon is built on Linux and macOS only; use WSL, or state.backend.type: hashmap';
  }
  return [
    'Install them:',
    '  Debian, Ubuntu  apt-get install librocksdb-dev cmake g++ make',
    '  Fedora          dnf install rocksdb-devel cmake gcc-c++ make',
    '  macOS           xcode-select --install; brew install rocksdb cmake',
    'or name a RocksDB of your own with --rocksdb-dir DIR',
  ].join('\n');
}

function nodeApiHeaders() {
  try {
    const found = createRequire(import.meta.url).resolve('node-api-headers/package.json');
    return join(dirname(found), 'include');
  } catch {
    return undefined;
  }
}

function sourcesHash() {
  const hash = createHash('sha256');
  const sources = join(NATIVE, 'src');
  const names = readdirSync(sources).sort();
  for (const path of [
    join(NATIVE, 'CMakeLists.txt'),
    ...names.map((name) => join(sources, name)),
  ]) {
    hash.update(path.slice(NATIVE.length)).update('\0').update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** @param {string} path */
function fileHash(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** @param {string} mark */
function keptRocksdbDir(mark) {
  return textOf(mark)?.split('\n')[1] ?? '';
}

/** @param {string} path */
function textOf(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function main() {
  const { values } = parseArgs({
    options: {
      'rocksdb-dir': { type: 'string' },
      sanitize: { type: 'boolean', default: false },
      force: { type: 'boolean', default: false },
    },
  });
  const result = buildAddon({ ...values, rocksdbDir: values['rocksdb-dir'] });
  if (result.kind === 'failed') {
    process.stderr.write(`the native addon of RocksDB cannot be built: ${result.why}\n`);
    process.exitCode = 1;
  } else {
    const what = result.kind === 'built' ? 'built' : 'up to date';
    process.stdout.write(`${what}: ${result.addon}\n`);
  }
}

// Through its realpath: npx starts it by a link.
if (fileURLToPath(import.meta.url) === realpathSync(process.argv[1] ?? '.')) {
  main();
}
