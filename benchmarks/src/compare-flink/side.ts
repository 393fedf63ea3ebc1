/**
 * One side of the comparison: a process that holds a keyed state backend and is driven by commands, so
 * that sides can take turns, each with its state in place.
 *
 * A command is a line of words, its reply a line of JSON:
 *
 * - `setup`: each key gets its first contents. `{ns}`
 * - `check ACCESS COUNT`: the access at the first positions of the order of keys. `{checksum}`
 * - `run ACCESS MS`: goes on in the order of keys for that long. `{operations, ns, checksum}`
 * - `pass ACCESS COUNT`: for an access that makes state grow: what it added goes again after. `{operations, ns}`
 * - `checkpoint`: `{syncNs, asyncNs, writtenBytes, fullBytes}`
 * - `pause ACCESS MS`: goes on in the order of keys while a checkpoint is taken, and before for that long without
 *   one; the longest time between two accesses. `{longestNs, withoutNs, tookNs}`
 * - `restore PARALLELISM`: from the last checkpoint, in place of what there is. `{ns}`
 * - `sample COUNT`: what keys hold that are spread over all. `{checksum}`
 * - `grow FROM TO`: new keys in a value state. `{usedBytes}` of the heap, and beside it, after a collection
 * - `memory`: `{rssMiB, peakMiB}`
 * - `exit`
 *
 * The first line says what the side is: `{ready}`. The sides of a pipeline have commands of their own, in
 * `pipelines/pipeline-side.ts`.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Reply = Readonly<Record<string, number>>;

export interface SideProgram {
  /** As it stands in the report. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Longest time for one command, ms. Filling ten million keys takes a minute. */
const REPLY_TIMEOUT_MS = 10 * 60 * 1000;
const ERROR_CHARACTERS = 4000;

const running = new Set<ChildProcessWithoutNullStreams>();

// Also those that are held: nobody else would ever end them.
process.once('exit', () => {
  for (const child of running) {
    child.kill('SIGKILL');
  }
});

interface SideProcess {
  readonly child: ChildProcessWithoutNullStreams;
  readonly lines: AsyncIterator<string>;
  /** The end of what it wrote to standard error. */
  errors: string;
}

export class Side {
  readonly name: string;
  /** Its versions. */
  readonly what: string;
  private readonly process: SideProcess;

  private constructor(name: string, what: string, process: SideProcess) {
    this.name = name;
    this.what = what;
    this.process = process;
  }

  static async start({ name, command, args }: SideProgram): Promise<Side> {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const process: SideProcess = { child, lines, errors: '' };
    running.add(child);
    child.once('exit', () => running.delete(child));
    child.on('error', (error) => {
      process.errors += error.message;
    });
    child.stdin.on('error', () => {}); // It ended; the missing reply says so.
    child.stderr.on('data', (chunk: Buffer) => {
      process.errors = `${process.errors}${chunk.toString()}`.slice(-ERROR_CHARACTERS);
    });
    const { ready } = JSON.parse(await nextLine(name, 'start', process)) as { ready: string };
    return new Side(name, ready, process);
  }

  async ask(command: string): Promise<Reply> {
    this.process.child.stdin.write(`${command}\n`);
    return JSON.parse(await nextLine(this.name, command, this.process)) as Reply;
  }

  /** The process stands still, with all its threads, until `resume`: not a cycle is taken from another side. */
  hold(): void {
    this.process.child.kill('SIGSTOP');
  }

  resume(): void {
    this.process.child.kill('SIGCONT');
  }

  /** Twice does nothing. */
  async end(): Promise<void> {
    if (this.process.child.exitCode !== null || this.process.child.signalCode !== null) {
      return;
    }
    this.resume();
    const ended = new Promise((resolve) => this.process.child.once('exit', resolve));
    this.process.child.stdin.end('exit\n');
    await ended;
  }

  kill(): void {
    this.process.child.kill('SIGKILL');
  }
}

async function nextLine(name: string, command: string, from: SideProcess): Promise<string> {
  const timer = setTimeout(() => from.child.kill('SIGKILL'), REPLY_TIMEOUT_MS);
  const { done, value } = await from.lines.next();
  clearTimeout(timer);
  if (done === true) {
    throw new Error(`${name} ended at '${command}': ${from.errors.trim() || 'it said nothing'}`);
  }
  return value;
}
