/**
 * The tests of RocksDB's addon with an addon that the address sanitizer watches: a use after free or
 * a byte beyond an array ends the process, and so fails the test.
 *
 *     npm run test:sanitize
 *
 * RocksDB itself is the system's and not watched. Leaks are left to `leak.test.ts`, as Node frees
 * little at its end.
 */
import { spawnSync } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findTestFiles } from './test-files.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BUILD = 'packages/state-backends/rocksdb/native/build-rocksdb.mjs';
const ADDON = 'packages/state-backends/rocksdb/native/build-sanitize/millrace_rocksdb.node';
const TESTS = 'packages/state-backends/rocksdb/src/binding/';
/** What measures memory, which the sanitizer keeps, and what builds and loads other addons. */
const LEFT_OUT = ['leak.test', 'load-native-addon.test'];

/** Of GCC and of Clang on Linux. */
function sanitizerLibrary(): string | undefined {
  for (const [compiler, library] of [
    ['g++', 'libasan.so'],
    ['c++', 'libasan.so'],
    ['clang++', 'libclang_rt.asan-x86_64.so'],
  ] as const) {
    const { stdout } = spawnSync(compiler, [`-print-file-name=${library}`], { encoding: 'utf8' });
    const path = (stdout ?? '').trim();
    if (isAbsolute(path)) {
      return path;
    }
  }
  return undefined;
}

function main(): number {
  const build = spawnSync(process.execPath, [BUILD, '--sanitize'], { cwd: ROOT, stdio: 'inherit' });
  if (build.status !== 0) {
    return 1;
  }
  const library = sanitizerLibrary();
  if (library === undefined) {
    process.stderr.write('no compiler here has the library of the address sanitizer (libasan)\n');
    return 1;
  }
  const files = findTestFiles(ROOT, TESTS).filter(
    (path) => !LEFT_OUT.some((part) => path.includes(part)),
  );
  const args = ['--test', '--test-reporter=spec', '--test-concurrency=2', ...files];
  const run = spawnSync(process.execPath, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: {
      ...process.env,
      CI: 'true',
      LD_PRELOAD: library,
      ASAN_OPTIONS: 'detect_leaks=0',
      MILLRACE_ROCKSDB_ADDON: fileURLToPath(new URL(`../../${ADDON}`, import.meta.url)),
    },
  });
  return run.status ?? 1;
}

process.exitCode = main();
