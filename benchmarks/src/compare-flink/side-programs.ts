/** How each side is started. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { JavaProject } from '@millrace/tests/java-project';
import type { Group } from './accesses.ts';
import type { BackendKind } from './compared-state-backends.ts';
import { BUDGET_BYTES } from './sections.ts';
import type { SideProgram } from './side.ts';

const PROJECT = new JavaProject(fileURLToPath(new URL('../../compare-flink/', import.meta.url)));
const MILLRACE = fileURLToPath(new URL('./millrace-side.js', import.meta.url));
const CPP = fileURLToPath(
  new URL('../../../packages/state-backends/rocksdb/native/build/state_loop', import.meta.url),
);
/** Of the JVM and of Node: what a heap backend with ten million keys needs. */
export const HEAP_MIB = 6144;
const SMOKE_HEAP_MIB = 512;

export interface SideOptions {
  readonly backend: BackendKind;
  readonly group: Group;
  readonly keys: number;
  /** File of the order of keys. */
  readonly orderFile: string;
  /** Of this side alone, absolute. */
  readonly folder: string;
  readonly smoke: boolean;
}

export async function buildFlinkSide(): Promise<void> {
  await PROJECT.build();
}

/** `partitionedIndex`: with `state.backend.rocksdb.memory.partitioned-index-filters`. */
export function flinkSide(
  options: SideOptions,
  { partitionedIndex = false }: { readonly partitionedIndex?: boolean } = {},
): SideProgram {
  const heap = options.smoke ? SMOKE_HEAP_MIB : HEAP_MIB;
  const jvm = [`-Xms${heap}m`, `-Xmx${heap}m`, '-XX:+UseG1GC'];
  const kind = partitionedIndex ? `${options.backend}-partitioned` : options.backend;
  return {
    name: partitionedIndex ? 'Flink, partitioned index' : 'Flink',
    command: 'java',
    args: PROJECT.arguments('lab.StateSide', { jvm, args: [kind, ...argsOf(options)] }),
  };
}

export function millraceSide(options: SideOptions): SideProgram {
  return {
    name: 'Millrace',
    command: process.execPath,
    args: [
      '--expose-gc',
      `--max-old-space-size=${HEAP_MIB}`,
      MILLRACE,
      options.backend,
      ...argsOf(options),
    ],
  };
}

/** The limit: RocksDB from C++, with what Millrace gives it of options. `undefined` where it is not built. */
export function cppSide(options: SideOptions): SideProgram | undefined {
  return existsSync(CPP) ? { name: 'C++ loop', command: CPP, args: argsOf(options) } : undefined;
}

function argsOf({ group, keys, orderFile, folder }: SideOptions): string[] {
  return [group, String(keys), orderFile, String(BUDGET_BYTES), folder];
}
