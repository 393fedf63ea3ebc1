/**
 * Our side of the comparison: a keyed state backend on this thread, driven line by line. As
 * StateSide.java; side.ts says what the commands mean.
 *
 *     node --expose-gc millrace-side.js hashmap|rocksdb value|list|map KEYS ORDER_FILE BUDGET_BYTES FOLDER [ahead]
 *
 * With `ahead` the backend is told the keys of 256 accesses before them, as a task tells it those of a slice of
 * records.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Accesses, accessesOf, type Group } from './accesses.ts';
import { ComparedBackend } from './compared-backend.ts';
import { openStateBackend } from './compared-state-backends.ts';
import type { Reply } from './side.ts';

/** Operations between two looks at the clock. */
const CHUNK = 100;
/** The same, with keys that are told ahead: as many records as a task processes in a slice. */
const CHUNK_AHEAD = 256;
const NS_PER_MS = 1e6;
const BYTES_PER_MIB = 1024 * 1024;

class MillraceSide {
  private readonly backend: ComparedBackend;
  private readonly accesses: Accesses;
  private readonly keys: number;
  private readonly positions: number;
  private readonly chunk: number;
  private readonly isAhead: boolean;
  private cursor = 0;

  constructor(
    backend: ComparedBackend,
    accesses: Accesses,
    options: { readonly keys: number; readonly positions: number; readonly isAhead: boolean },
  ) {
    this.backend = backend;
    this.accesses = accesses;
    this.keys = options.keys;
    this.positions = options.positions;
    this.isAhead = options.isAhead;
    this.chunk = options.isAhead ? CHUNK_AHEAD : CHUNK;
  }

  async reply([command, ...words]: readonly string[]): Promise<Reply> {
    const [first = '', second = ''] = words;
    switch (command) {
      case 'setup':
        return this.setUp();
      case 'check':
        return { checksum: this.pass(first, Number(second)) };
      case 'run':
        return this.run(first, Number(second));
      case 'pass':
        return this.timedPass(first, Number(second));
      case 'checkpoint':
        return this.backend.checkpoint();
      case 'pause':
        return this.backend.pause(this.accessor(first), Number(second));
      case 'grow':
        return this.grow(Number(first), Number(second));
      case 'restore':
        return this.backend.restore(Number(first), this.accesses);
      case 'sample':
        return this.backend.sample(this.accesses, this.keys, Number(first));
      case 'memory': {
        const peakMiB = process.resourceUsage().maxRSS / 1024;
        return { rssMiB: process.memoryUsage.rss() / BYTES_PER_MIB, peakMiB };
      }
      default:
        throw new Error(`no command ${command}`);
    }
  }

  private async setUp(): Promise<Reply> {
    const began = performance.now();
    this.accesses.fill();
    await this.backend.compact();
    globalThis.gc?.();
    return { ns: (performance.now() - began) * NS_PER_MS };
  }

  /** With what it takes to write what was added; nothing of the last pass is left to be written. */
  private async timedPass(name: string, count: number): Promise<Reply> {
    this.accesses.prepare(count);
    const began = performance.now();
    this.pass(name, count);
    this.backend.writeOut();
    const ns = (performance.now() - began) * NS_PER_MS;
    this.accesses.reset(count);
    await this.backend.compact();
    return { operations: count, ns };
  }

  /** Positions from the first one on. */
  private pass(name: string, count: number): number {
    const operation = this.operation(name);
    const { chunk, positions } = this;
    let sum = 0;
    for (let from = 0; from < count; from += chunk) {
      const end = Math.min(from + chunk, count);
      this.tellKeys(name, from % positions, end - from);
      for (let i = from; i < end; i++) {
        sum += operation(i % positions);
      }
    }
    return sum;
  }

  /** Of so many positions from `first` on. */
  private tellKeys(name: string, first: number, count: number): void {
    const { lookAhead } = this.backend;
    if (!this.isAhead || lookAhead?.isWorthwhile(count) !== true) {
      return;
    }
    const all = this.accesses.keysOf(name);
    const keys = new Array<number>(count);
    for (let i = 0, at = first; i < count; i++) {
      keys[i] = all[at] as number;
      at = at + 1 === this.positions ? 0 : at + 1;
    }
    lookAhead.readAhead(keys);
  }

  private run(name: string, limitMs: number): Reply {
    const operation = this.operation(name);
    const { chunk, positions } = this;
    const began = performance.now();
    let at = this.cursor;
    let operations = 0;
    let checksum = 0;
    let now: number;
    do {
      this.tellKeys(name, at, chunk);
      for (let i = 0; i < chunk; i++) {
        checksum += operation(at);
        if (++at === positions) {
          at = 0;
        }
      }
      operations += chunk;
      now = performance.now();
    } while (now - began < limitMs);
    this.cursor = at;
    return { operations, ns: (now - began) * NS_PER_MS, checksum };
  }

  /** Goes on in the order of keys, an access a call. */
  private accessor(name: string): () => void {
    const operation = this.operation(name);
    return () => {
      operation(this.cursor);
      this.cursor = (this.cursor + 1) % this.positions;
    };
  }

  private grow(from: number, to: number): Reply {
    this.accesses.grow(from, to);
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return { usedBytes: heapUsed + external };
  }

  private operation(name: string): (position: number) => number {
    const operation = this.accesses.operations[name];
    if (operation === undefined) {
      throw new Error(`no access ${name}`);
    }
    return operation;
  }
}

const [kind, group, keys, orderFile, budgetBytes, folder, ahead] = process.argv.slice(2) as [
  'hashmap' | 'rocksdb',
  Group,
  string,
  string,
  string,
  string,
  'ahead' | undefined,
];
const orderBytes = readFileSync(orderFile);
const order = new Int32Array(new Uint8Array(orderBytes).buffer);
const accesses = accessesOf(group, Number(keys), order);
const options = { budgetBytes: Number(budgetBytes), folder };
const compared = await openStateBackend(kind, options);
const backend = new ComparedBackend(compared, options);
await backend.open(accesses);
const side = new MillraceSide(backend, accesses, {
  keys: Number(keys),
  positions: order.length,
  isAhead: ahead !== undefined,
});
process.stdout.write(`${JSON.stringify({ ready: compared.what })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'exit') {
    break;
  }
  const reply = await side.reply(line.split(' '));
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
await backend.close();
process.exit(0);
