/**
 * Functions that V8 has inlined into others are in no sample: it tells the function that was compiled, with
 * the line of the innermost one. The function of a user, inlined into an operator, would be missing just
 * where it is hot. So nothing is inlined while somebody samples.
 *
 * Invariant: what is compiled once nobody samples any more is inlined again, also where the thread that
 * sampled ended before it was done.
 */
import { setFlagsFromString } from 'node:v8';

const [NODE_MAJOR] = process.versions.node.split('.').map(Number);
/** Maglev, the second compiler that inlines, came with Node 22. */
const COMPILERS = (NODE_MAJOR ?? 0) >= 22 ? ['turbo', 'maglev'] : ['turbo'];

let numberOfSamplings = 0;

/** For all threads of the process, and for what they compile from now on. */
export function stopInlining(): void {
  numberOfSamplings++;
  setInlining(false);
}

export function resumeInlining(): void {
  numberOfSamplings--;
  if (numberOfSamplings === 0) {
    setInlining(true);
  }
}

/** Once the thread that sampled has ended, whatever it was about. */
export function inlineAgain(): void {
  setInlining(true);
}

function setInlining(isOn: boolean): void {
  for (const compiler of COMPILERS) {
    setFlagsFromString(`--${isOn ? '' : 'no-'}${compiler}-inlining`);
  }
}
