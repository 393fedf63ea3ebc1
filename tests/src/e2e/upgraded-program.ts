/**
 * A program as a user writes it, of which `VERSION` says which version it is. The first one leaves a
 * savepoint and ends.
 */
import {
  type Collector,
  DiscardingSink,
  type KeyedProcessContext,
  KeyedProcessFunction,
  StreamExecutionEnvironment,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from 'millrace';

const { VERSION: version = 'first', SAVEPOINTS: savepoints = '' } = process.env;

interface Total {
  cents: number;
  currency?: string;
}

const TOTAL = Types.POJO<Total>('com.acme.Total', {
  cents: version === 'incompatible' ? Types.STRING : Types.LONG,
  ...(version === 'migrating' ? { currency: Types.STRING } : {}),
} as never);

class Sum extends KeyedProcessFunction<string, number, number> {
  private total!: ValueState<Total>;

  override open(): void {
    if (version === 'failing') {
      throw new Error('no database');
    }
    this.total = this.runtimeContext.getState(new ValueStateDescriptor('total', TOTAL));
  }

  override processElement(
    n: number,
    _context: KeyedProcessContext<string>,
    out: Collector<number>,
  ) {
    const cents = (this.total.value()?.cents ?? 0) + n;
    this.total.update({ cents });
    out.collect(cents);
  }
}

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env
  .fromSequence(1, version === 'first' ? 1e12 : 9)
  .uid('numbers')
  .keyBy((n) => `key-${n % 10}`, Types.STRING)
  .process(new Sum(), Types.LONG)
  .name('Sum')
  .uid(version === 'renamed' ? 'totals' : 'sum')
  .sinkTo(new DiscardingSink())
  .uid('out');
process.stdout.write('the program says hello\n');
if (version !== 'without-job') {
  const job = await env.executeAsync('sums');
  const hasSummed = () =>
    job
      .details()
      .vertices.some(({ operators }) =>
        operators.some(({ name, numRecordsOut }) => name === 'Sum' && numRecordsOut > 0),
      );
  while (!hasSummed()) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  process.stdout.write(`${await job.stopWithSavepoint({ targetDirectory: savepoints })}\n`);
}
