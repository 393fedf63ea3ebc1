/**
 * A job with an error that nothing catches.
 *
 *     node uncaught-program.js HOW
 *
 * A function throws it in a `timer` or in a `rejection` that nobody awaits, after it has returned, in a job without
 * end. Or in a timer of a job that ends, in a program with a `listener` for such errors. Or the function itself
 * throws it, which fails the `job`, or the program, `after` its job.
 */
import { StreamExecutionEnvironment, Types } from 'millrace';

const [how] = process.argv.slice(2);

function planted(): never {
  throw new TypeError('planted\nin two lines');
}

function makeTrouble(): void {
  switch (how) {
    case 'timer':
    case 'listener':
      setTimeout(planted);
      return;
    case 'rejection':
      void Promise.resolve().then(planted);
      return;
    case 'job':
      planted();
  }
}

if (how === 'listener') {
  process.on('uncaughtException', (error) => process.stdout.write(`mine: ${error.name}\n`));
}
const env = StreamExecutionEnvironment.createLocalEnvironment();
env
  .fromSequence(1, how === 'timer' || how === 'rejection' ? Number.MAX_SAFE_INTEGER : 10)
  .map((n) => {
    if (n === 1) {
      makeTrouble();
    }
    return n;
  }, Types.LONG)
  .filter(() => false)
  .print();
await env.execute('sums');
if (how === 'after') {
  planted();
}
