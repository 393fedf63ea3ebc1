/**
 * Which module worker threads import to build the same job graph as the main thread.
 *
 * Unless the program names one it is the main module of the process: what `node` was given.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ConfigError, errorMessage } from '@millrace/core';

/** Where a program is that is not the main module of its process, as in tests. */
export interface ProgramModule {
  /** URL or absolute path. Of one without `entryPoint` the import alone runs the program. */
  readonly module: string | URL;
  /** The exported function that runs the program, up to its `execute()`. */
  readonly entryPoint?: string;
  /** Of that function; what a structured clone takes. */
  readonly args?: readonly unknown[];
}

/** What workers are told of the program. */
export interface ProgramToImport {
  /** Absolute path. */
  readonly file: string;
  readonly entryPoint: string | undefined;
  readonly args: readonly unknown[];
}

/** Node runs something else than a file with these. */
const WITHOUT_FILE: ReadonlySet<string> = new Set([
  '-e',
  '--eval',
  '-p',
  '--print',
  '-pe',
  '-i',
  '--interactive',
]);

const REMEDY =
  'put the program into a file and run that with node, or name its module: ' +
  'env.setServices({ program: { module: import.meta.url } }); execution.target local needs none';

/** @throws ConfigError `PROGRAM_MODULE_UNKNOWN` */
export function resolveProgram(
  program: ProgramModule | undefined,
  main: { readonly argv: readonly string[]; readonly execArgv: readonly string[] } = process,
): ProgramToImport {
  if (program !== undefined) {
    const { entryPoint, args = [] } = program;
    return { file: resolveFile(pathOf(program.module)), entryPoint, args };
  }
  const file = main.argv[1];
  if (file === undefined || file === '-' || main.execArgv.some((arg) => WITHOUT_FILE.has(arg))) {
    throw new ConfigError(
      'PROGRAM_MODULE_UNKNOWN',
      'execution.target is threads, whose workers import the main module of the process, and this ' +
        `process has none (it runs standard input, --eval or the REPL); ${REMEDY}`,
    );
  }
  return { file: resolveFile(file), entryPoint: undefined, args: [] };
}

function pathOf(module: string | URL): string {
  const text = String(module);
  return text.startsWith('file:') ? fileURLToPath(text) : text;
}

/** As `node` finds it: the ending of CommonJS may be left out. */
function resolveFile(file: string): string {
  if (existsSync(file) && /\.[cm]?[jt]sx?$/.test(file)) {
    return file;
  }
  try {
    return createRequire(pathToFileURL(join(process.cwd(), 'main.js'))).resolve(file);
  } catch (error) {
    throw new ConfigError(
      'PROGRAM_MODULE_UNKNOWN',
      `execution.target is threads, whose workers import ${file}, and there is no such module ` +
        `(${errorMessage(error).split('\n')[0]}); ${REMEDY}`,
      { cause: error },
    );
  }
}
