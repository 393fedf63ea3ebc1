/**
 * Flights/s of the work of `examples/flights` (hourly windows, late flights, silent airports), from
 * decoded rows and from the file, against a loop over the decoded rows.
 */
import { fileURLToPath } from 'node:url';
import type { BenchSuite } from '@millrace/core/bench';
import {
  CollectSink,
  DataGeneratorSource,
  type DataStream,
  FileSource,
  parquetFormat,
  StreamExecutionEnvironment,
  WatermarkStrategy,
} from 'millrace';
import { runJob, scattered } from './bench-jobs.ts';
import {
  addFlightsWork,
  dueTime,
  FLIGHT_COLUMNS,
  type Flight,
  HOUR_MS,
  PerFlightWatermarks,
} from './flights-job.ts';
import { flightsInLoop } from './flights-loop.ts';

const EVENT_TIME = WatermarkStrategy.forGenerator<Flight>(
  () => new PerFlightWatermarks(),
).withTimestampAssigner(dueTime);

export async function bench(suite: BenchSuite): Promise<void> {
  const file = FileSource.forBulkFileFormat(
    parquetFormat<Flight>({ columns: FLIGHT_COLUMNS }),
    fileURLToPath(new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets'))),
  );
  const flights = suite.smoke ? madeUpFlights(500) : await decoded(file);
  const rows = new DataGeneratorSource((i) => flights[i] as Flight, flights.length);
  const fromFile = { run: () => run((env) => env.fromSource(file, EVENT_TIME, 'file')) };
  await suite.compare('flights', {
    baseline: 'loop over decoded rows',
    operations: flights.length,
    turns: 1,
    variants: {
      'loop over decoded rows': { run: () => flightsInLoop(flights) },
      'job, decoded rows': { run: () => run((env) => env.fromSource(rows, EVENT_TIME, 'rows')) },
      ...(suite.smoke ? {} : { 'job, from the file': fromFile }),
    },
  });
}

function run(source: (env: StreamExecutionEnvironment) => DataStream<Flight>): Promise<number> {
  return runJob<number>(
    { objectReuse: true }, // As the example has it.
    (n) => n,
    (env, sink) => addFlightsWork(source(env), sink),
  );
}

async function decoded(file: FileSource<Flight>): Promise<readonly Flight[]> {
  const env = StreamExecutionEnvironment.createLocalEnvironment({ 'parallelism.default': '1' });
  const sink = new CollectSink<Flight>();
  env.fromSource(file, WatermarkStrategy.noWatermarks<Flight>(), 'file').sinkTo(sink);
  await env.execute();
  return sink.results;
}

function madeUpFlights(count: number): Flight[] {
  return scattered(400, count).map((n, i) => ({
    date: i * HOUR_MS,
    delay: n - 100,
    distance: n,
    origin: `A${n % 7}`,
    destination: `A${n % 5}`,
  }));
}
