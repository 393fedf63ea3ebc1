/**
 * Functions that V8 has inlined into others are in no sample: it tells the function that was compiled, with
 * the line of the innermost one. The function of a user, inlined into an operator, would be missing just
 * where it is hot. So nothing is inlined while somebody samples.
 *
 * Invariant: what is compiled once nobody samples any more is inlined again, also where the thread that
 * sampled ended before it was done. What was off when the process began stays off.
 */
import { setFlagsFromString } from 'node:v8';

const [NODE_MAJOR] = process.versions.node.split('.').map(Number);
/** Maglev, the second compiler that inlines, came with Node 22. */
const COMPILERS = (NODE_MAJOR ?? 0) >= 22 ? ['turbo', 'maglev'] : ['turbo'];

let numberOfSamplings = 0;

/**
 * What inlines in this process while nobody samples: `--no-turbo-inlining` may have been given to node.
 *
 * @param execArgv - of the main thread; of a flag that is there twice the last one counts
 */
export function inliningCompilers(execArgv: readonly string[]): readonly string[] {
  return COMPILERS.filter((compiler) => {
    const flag = new RegExp(`^--(no-?)?${compiler}-inlining$`);
    const given = execArgv.map((argument) => flag.exec(argument.replaceAll('_', '-')));
    return given.findLast((match) => match !== null)?.[1] === undefined;
  });
}

/** For all threads of the process, and for what they compile from now on. */
export function stopInlining(compilers: readonly string[]): void {
  numberOfSamplings++;
  setInlining(compilers, false);
}

export function resumeInlining(compilers: readonly string[]): void {
  numberOfSamplings--;
  if (numberOfSamplings === 0) {
    setInlining(compilers, true);
  }
}

/** Once the thread that sampled has ended, whatever it was about. */
export function inlineAgain(compilers: readonly string[]): void {
  setInlining(compilers, true);
}

function setInlining(compilers: readonly string[], isOn: boolean): void {
  for (const compiler of compilers) {
    setFlagsFromString(`--${isOn ? '' : 'no-'}${compiler}-inlining`);
  }
}
