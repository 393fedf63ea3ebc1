/** A program as a user writes it, which says what it does, on both streams. */
import { StreamExecutionEnvironment, Types } from 'millrace';

process.stdout.write('the program begins\n');
process.stderr.write('a word on standard error\n');
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env
  .fromSequence(1, 6)
  .keyBy((n) => n % 3, Types.LONG)
  .map((n) => `number ${n}`, Types.STRING)
  .print();
await env.execute('numbers');
process.stdout.write(`the program ends at parallelism ${env.parallelism}\n`);
