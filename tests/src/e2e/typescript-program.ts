/** A program as a user writes it: one TypeScript file, run as it is. */
import { type Collector, StreamExecutionEnvironment, Types } from 'millrace';

interface Word {
  word: string;
  count: number;
}

const WORD = Types.POJO<Word>('io.millrace.tests.Word', { word: Types.STRING, count: Types.LONG });

function splitWords(line: string, out: Collector<Word>): void {
  for (const word of line.split(' ')) {
    out.collect({ word, count: 1 } satisfies Word);
  }
}

const env = StreamExecutionEnvironment.getExecutionEnvironment();
const words = await env
  .fromData(['to be or not to be'], Types.STRING)
  .flatMap(splitWords, WORD)
  .keyBy((record) => record.word, Types.STRING)
  .reduce((a, b) => ({ word: a.word, count: a.count + b.count }))
  .executeAndCollect();

const counts = new Map(words.map(({ word, count }) => [word, count]));
process.stdout.write(`${JSON.stringify([...counts].sort())}\n`);
