/**
 * The limit beside a pipeline: the same records and results in a loop by hand. Driven as pipeline-side.js.
 *
 *     node --expose-gc loop-side.js WORK
 */
import { createInterface } from 'node:readline';
import type { Reply } from '../side.ts';
import { handLoop } from './hand-loops.ts';
import type { AnyWork } from './pipeline-work.ts';

const RECORDS_PER_LOOK = 1000;
const NS_PER_MS = 1e6;
const NS_PER_MICRO = 1000;

const work = process.argv[2] as AnyWork;
const loop = handLoop(work);
let made = 0;

function reply([command, ...words]: readonly string[]): Reply {
  const [first = 0, second = 0] = words.map(Number);
  switch (command) {
    case 'check': {
      const checked = handLoop(work);
      checked.take(0, first);
      checked.end();
      return { checksum: checked.checksum, results: checked.results };
    }
    case 'start':
      return { ns: 0 };
    case 'run':
      runFor(first);
      return runFor(second);
    case 'memory': {
      const rssMiB = process.memoryUsage.rss() / 2 ** 20;
      return { rssMiB, peakMiB: process.resourceUsage().maxRSS / 1024 };
    }
    default:
      throw new Error(`no command ${command}`);
  }
}

function runFor(ms: number): Reply {
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  const before = made;
  let now: number;
  do {
    loop.take(made, made + RECORDS_PER_LOOK);
    made += RECORDS_PER_LOOK;
    now = performance.now();
  } while (now - began < ms);
  const { user, system } = process.cpuUsage(cpuBefore);
  const cpuNs = (user + system) * NS_PER_MICRO;
  return { operations: made - before, ns: (now - began) * NS_PER_MS, cpuNs, made };
}

process.stdout.write(`${JSON.stringify({ ready: `Node ${process.versions.node}` })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'exit') {
    break;
  }
  process.stdout.write(`${JSON.stringify(reply(line.split(' ')))}\n`);
}
