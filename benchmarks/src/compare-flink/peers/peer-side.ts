/**
 * Stream processors of Python beside Millrace: how they are installed, once, and started. Their programs are in
 * `compare-flink/python`.
 *
 * A side has one command beside `exit`: `count RECORDS`, the job over so many records to its end, from the first record
 * to the last result. `{operations, ns, results, checksum}`
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { SideProgram } from '../side.ts';
import type { PeerWork } from './peer-sections.ts';

const execFileAsync = promisify(execFile);
const INSTALL = fileURLToPath(
  new URL('../../../../tools/services/python-peers.sh', import.meta.url),
);
const PROGRAMS = fileURLToPath(new URL('../../../compare-flink/python/', import.meta.url));
/** One of them fetches 1.6 GB. */
const INSTALL_MS_MAX = 15 * 60 * 1000;

type Package = 'bytewax' | 'pathway';

const PEERS: readonly {
  readonly name: string;
  readonly installs: Package;
  readonly arguments: readonly string[];
}[] = [
  { name: 'Bytewax', installs: 'bytewax', arguments: [] },
  { name: 'Pathway, streaming', installs: 'pathway', arguments: ['streaming'] },
  { name: 'Pathway, static', installs: 'pathway', arguments: ['static'] },
];

/** @returns why no peer can run here; `undefined` where they can be installed */
export function whyNoPython(): string | undefined {
  const { status } = spawnSync('python3', ['-m', 'venv', '--help'], { stdio: 'ignore' });
  return status === 0 ? undefined : 'python3 with venv is missing: apt-get install python3-venv';
}

/** Those that are installed or can be; notes why another one is left out. `folder` is absolute. */
export async function peerPrograms(
  work: PeerWork,
  { folder, note }: { readonly folder: string; readonly note: (line: string) => void },
): Promise<SideProgram[]> {
  const pythons = new Map<Package, string | undefined>();
  const programs: SideProgram[] = [];
  for (const { name, installs, arguments: more } of PEERS) {
    if (!pythons.has(installs)) {
      pythons.set(installs, await install(installs, note));
    }
    const python = pythons.get(installs);
    if (python === undefined) {
      continue;
    }
    const own = join(folder, name.replaceAll(/\W+/g, '-'));
    mkdirSync(own);
    const program = join(PROGRAMS, `${installs}_side.py`);
    // -B: no compiled files beside the sources.
    programs.push({ name, command: python, args: ['-B', program, work, ...more, own] });
  }
  return programs;
}

async function install(what: Package, note: (line: string) => void): Promise<string | undefined> {
  try {
    const { stdout } = await execFileAsync(INSTALL, ['install', what], { timeout: INSTALL_MS_MAX });
    return stdout.trim();
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    note(
      `${what} is left out, as it cannot be installed: ${(stderr.trim() || message).slice(-500)}`,
    );
    return undefined;
  }
}
