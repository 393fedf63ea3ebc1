/** What `examples/flights` does, with one number in place of each line of its output. */
import {
  type AggregateFunction,
  type Collector,
  type DataStream,
  type KeyedProcessContext,
  KeyedProcessFunction,
  MAX_TIMESTAMP,
  MIN_TIMESTAMP,
  type OnTimerContext,
  OutputTag,
  type Sink,
  TumblingEventTimeWindows,
  type TypeInformation,
  Types,
  type ValueState,
  ValueStateDescriptor,
  type WatermarkGenerator,
  type WatermarkOutput,
} from 'millrace';

export interface Flight {
  readonly date: number;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

export interface DelaySums {
  departures: number;
  totalDelay: number;
  worstDelay: number;
}

/** When an airport was heard of last. */
export interface Watch {
  lastDeparture: number;
  silent: boolean;
}

export const FLIGHT_COLUMNS: readonly (keyof Flight)[] = [
  'date',
  'delay',
  'distance',
  'origin',
  'destination',
];
export const HOUR_MS: number = 60 * 60_000;
export const SILENCE_MS: number = 24 * HOUR_MS;
export const MAX_DELAY_MS: number = 2 * HOUR_MS;

const DELAY_SUMS: TypeInformation<DelaySums> = Types.POJO('io.millrace.benchmarks.DelaySums', {
  departures: Types.LONG,
  totalDelay: Types.LONG,
  worstDelay: Types.LONG,
});
const WATCH: TypeInformation<Watch> = Types.POJO('io.millrace.benchmarks.Watch', {
  lastDeparture: Types.LONG,
  silent: Types.BOOLEAN,
});
const LATE = new OutputTag<Flight>('late');

export function dueTime(flight: Flight): number {
  return flight.date - Math.max(0, flight.delay) * 60_000;
}

/** What one hour of one airport, a late flight, and a silent airport add to the sum. */
export function hourNumber(sums: DelaySums): number {
  return sums.departures * sums.departures + sums.totalDelay + 3 * sums.worstDelay;
}
export const LATE_NUMBER = 7;
export const SILENT_NUMBER = 11;

export function addFlightsWork(flights: DataStream<Flight>, sink: Sink<number>): void {
  const byAirport = flights.keyBy((flight) => flight.origin, Types.STRING);
  const hours = byAirport
    .window(TumblingEventTimeWindows.of(HOUR_MS))
    .sideOutputLateData(LATE)
    .aggregate(new DelayStatistics(), { accumulatorType: DELAY_SUMS });
  hours.map(hourNumber).sinkTo(sink);
  hours
    .getSideOutput(LATE)
    .map(() => LATE_NUMBER)
    .sinkTo(sink);
  byAirport.process(new AirportWatch()).sinkTo(sink);
}

/** Event time two hours behind the latest due time, told after every flight. */
export class PerFlightWatermarks implements WatermarkGenerator<Flight> {
  private latestDue = MIN_TIMESTAMP;

  onEvent(_flight: Flight, due: number, output: WatermarkOutput): void {
    if (due > this.latestDue) {
      this.latestDue = due;
      output.emitWatermark(due - MAX_DELAY_MS - 1);
    }
  }

  onPeriodicEmit(): void {}
}

class DelayStatistics implements AggregateFunction<Flight, DelaySums, DelaySums> {
  createAccumulator(): DelaySums {
    return { departures: 0, totalDelay: 0, worstDelay: Number.MIN_SAFE_INTEGER };
  }

  add(flight: Flight, sums: DelaySums): DelaySums {
    sums.departures += 1;
    sums.totalDelay += flight.delay;
    sums.worstDelay = Math.max(sums.worstDelay, flight.delay);
    return sums;
  }

  getResult(sums: DelaySums): DelaySums {
    return sums;
  }

  merge(): never {
    throw new Error('tumbling windows are never merged');
  }
}

class AirportWatch extends KeyedProcessFunction<string, Flight, number> {
  private watch!: ValueState<Watch>;

  override open(): void {
    this.watch = this.runtimeContext.getState(new ValueStateDescriptor('watch', WATCH));
  }

  override processElement(flight: Flight, context: KeyedProcessContext<string>): void {
    const known = this.watch.value();
    const watch = known ?? { lastDeparture: flight.date, silent: false };
    if (known === undefined || watch.silent) {
      context.timerService().registerEventTimeTimer(flight.date + SILENCE_MS);
    }
    watch.silent = false;
    watch.lastDeparture = flight.date;
    this.watch.update(watch);
  }

  override onTimer(time: number, context: OnTimerContext<string>, out: Collector<number>): void {
    const watch = this.watch.value();
    if (watch === undefined || context.timerService().currentWatermark() === MAX_TIMESTAMP) {
      return;
    }
    const silentAt = watch.lastDeparture + SILENCE_MS;
    if (silentAt > time) {
      context.timerService().registerEventTimeTimer(silentAt);
      return;
    }
    watch.silent = true;
    this.watch.update(watch);
    out.collect(SILENT_NUMBER);
  }
}
