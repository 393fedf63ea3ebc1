/** How each side is started. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { JavaProject } from '@millrace/tests/java-project';
import type { Group } from './accesses.ts';
import type { BackendKind } from './compared-state-backends.ts';
import { KEYS_AHEAD, MILLRACE } from './report/access-lines.ts';
import { BUDGET_BYTES } from './sections.ts';
import type { SideProgram } from './side.ts';

const PROJECT = new JavaProject(fileURLToPath(new URL('../../compare-flink/', import.meta.url)));
const MILLRACE_SIDE = fileURLToPath(new URL('./millrace-side.js', import.meta.url));
const CPP_FOLDER = fileURLToPath(new URL('../../compare-flink/cpp/', import.meta.url));
const CPP_SOURCE = join(CPP_FOLDER, 'state_loop.cc');
const CPP_PROGRAM = join(CPP_FOLDER, 'build', 'state_loop');
/** Of the JVM and of Node: what a heap backend with ten million keys needs. */
export const HEAP_MIB = 6144;
const QUICK_HEAP_MIB = 512;

export interface SideOptions {
  readonly backend: BackendKind;
  readonly group: Group;
  readonly keys: number;
  /** File of the order of keys. */
  readonly orderFile: string;
  /** Of this side alone, absolute. */
  readonly folder: string;
  readonly quick: boolean;
}

export async function buildFlinkSide(): Promise<void> {
  await PROJECT.build();
}

/** `partitionedIndex`: with `state.backend.rocksdb.memory.partitioned-index-filters`. */
export function flinkSide(
  options: SideOptions,
  { partitionedIndex = false }: { readonly partitionedIndex?: boolean } = {},
): SideProgram {
  const jvm = jvmHeap(options.quick ? QUICK_HEAP_MIB : HEAP_MIB);
  const kind = partitionedIndex ? `${options.backend}-partitioned` : options.backend;
  return {
    name: partitionedIndex ? 'Flink, partitioned index' : 'Flink',
    command: 'java',
    args: PROJECT.arguments('lab.StateSide', { jvm, args: [kind, ...argsOf(options)] }),
  };
}

/** `keysAhead`: the backend is told the keys of a slice of accesses before them. */
export function millraceSide(
  options: SideOptions,
  { keysAhead = false }: { readonly keysAhead?: boolean } = {},
): SideProgram {
  return {
    name: keysAhead ? MILLRACE + KEYS_AHEAD : MILLRACE,
    command: process.execPath,
    args: [
      '--expose-gc',
      `--max-old-space-size=${HEAP_MIB}`,
      MILLRACE_SIDE,
      options.backend,
      ...argsOf(options),
      ...(keysAhead ? ['ahead'] : []),
    ],
  };
}

/** All of it from the start. */
export function jvmHeap(mib: number): string[] {
  return [`-Xms${mib}m`, `-Xmx${mib}m`, '-XX:+UseG1GC'];
}

/** The JVM of another main class of the project. */
export function flinkProgram(
  mainClass: string,
  options: { readonly name: string; readonly jvm: readonly string[]; readonly args: string[] },
): SideProgram {
  const { name, jvm, args } = options;
  return { name, command: 'java', args: PROJECT.arguments(mainClass, { jvm, args }) };
}

/** Compiles it unless that has been done. @returns why it cannot be; `undefined` when it is there */
export function buildCppSide(): string | undefined {
  const built = statSync(CPP_PROGRAM, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > statSync(CPP_SOURCE).mtimeMs) {
    return undefined;
  }
  mkdirSync(dirname(CPP_PROGRAM), { recursive: true });
  const args = ['-O2', '-std=c++17', CPP_SOURCE, '-o', CPP_PROGRAM, '-lrocksdb'];
  const { status, stderr, error } = spawnSync('g++', args, { encoding: 'utf8' });
  return status === 0
    ? undefined
    : `the loop in C++ is not compiled (g++ and librocksdb-dev): ${error?.message ?? stderr.slice(0, 500)}`;
}

/**
 * The limit: RocksDB from C++.
 *
 * @param like - a folder of Millrace's, which has opened a database in it: its options are taken
 */
export function cppSide(options: SideOptions, like: string): SideProgram {
  const files = readdirSync(like, { recursive: true, encoding: 'utf8' });
  const current = files.find((path) => basename(path) === 'CURRENT');
  if (current === undefined) {
    throw new Error(`there is no database in ${like} whose options the loop in C++ could take`);
  }
  return {
    name: 'C++ loop',
    command: CPP_PROGRAM,
    args: [...argsOf(options), join(like, dirname(current))],
  };
}

function argsOf({ group, keys, orderFile, folder }: SideOptions): string[] {
  return [group, String(keys), orderFile, String(BUDGET_BYTES), folder];
}
