/**
 * Three million flights, exactly once: the delays of each airport by the hour, the flights that
 * came too late to count in theirs, the airports that fall silent or pile up delay, and where each flies to.
 *
 *     npm start
 *     npm start -- -D parallelism.default=2
 *     npm start -- --kill-at 40%       dies hard on the way; the next `npm start` finishes
 *     npm start -- --ui                slowly, to watch and steer in a browser; --rate 10000 a second
 */
import {
  csvEncoder,
  FileSink,
  FileSource,
  parquetFormat,
  RateLimitedSource,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  Types,
  WatermarkStrategy,
} from 'millrace';
import { AirportWatch, ALERT_COLUMNS, ROUTE_COLUMNS, ROUTES } from './airport-watch.ts';
import {
  AIRPORT_HOUR_COLUMNS,
  DELAY_SUMS,
  DelayStatistics,
  HourlyReport,
} from './delay-statistics.ts';
import { dueTime, FLIGHT, FLIGHT_COLUMNS, type Flight, HOUR_MS, LATE } from './flight.ts';
import { FlightsRun } from './flights-run.ts';
import { PerFlightWatermarks } from './per-flight-watermarks.ts';

const run = FlightsRun.open(process.argv.slice(2));
const env = StreamExecutionEnvironment.getExecutionEnvironment(run.configuration);

const files = FileSource.forBulkFileFormat(
  parquetFormat<Flight>({ columns: FLIGHT_COLUMNS }),
  run.input,
);
const flights = env
  .fromSource(
    new RateLimitedSource(files, run.rate),
    WatermarkStrategy.forGenerator(() => new PerFlightWatermarks()).withTimestampAssigner(dueTime),
    'flights',
    FLIGHT,
  )
  .uid('flights')
  .setParallelism(1); // One reader keeps the order of the file, and with it what is late.

const byAirport = flights.keyBy((flight) => flight.origin, Types.STRING);

const hours = byAirport
  .window(TumblingEventTimeWindows.of(HOUR_MS))
  .sideOutputLateData(LATE)
  .aggregate(new DelayStatistics(), new HourlyReport(), { accumulatorType: DELAY_SUMS })
  .uid('hours')
  .name('delays by airport and hour');

const alerts = byAirport
  .process(new AirportWatch({ silenceMs: 24 * HOUR_MS, delayMinutes: 60 }))
  .uid('watch')
  .name('airport watch');

hours
  .sinkTo(FileSink.forRowFormat(run.folder('hours'), csvEncoder({ columns: AIRPORT_HOUR_COLUMNS })))
  .uid('hours-files');
alerts
  .sinkTo(FileSink.forRowFormat(run.folder('alerts'), csvEncoder({ columns: ALERT_COLUMNS })))
  .uid('alerts-files');
alerts
  .getSideOutput(ROUTES)
  .sinkTo(FileSink.forRowFormat(run.folder('routes'), csvEncoder({ columns: ROUTE_COLUMNS })))
  .uid('routes-files');
hours
  .getSideOutput(LATE)
  .sinkTo(FileSink.forRowFormat(run.folder('late'), csvEncoder({ columns: FLIGHT_COLUMNS })))
  .uid('late-files');

await run.toItsEnd(() => env.executeAsync('flights'));
