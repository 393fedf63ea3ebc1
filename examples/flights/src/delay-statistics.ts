/** Departures, mean and worst delay of one airport in one hour. */
import {
  type AggregateFunction,
  type Collector,
  type ProcessWindowContext,
  ProcessWindowFunction,
  type TimeWindow,
  type TypeInformation,
  Types,
} from 'millrace';
import type { Flight } from './flight.ts';

export interface DelaySums {
  departures: number;
  totalDelay: number;
  worstDelay: number;
}

export const DELAY_SUMS: TypeInformation<DelaySums> = Types.POJO(
  'io.millrace.examples.flights.DelaySums',
  { departures: Types.LONG, totalDelay: Types.LONG, worstDelay: Types.LONG },
);

export interface AirportHour {
  airport: string;
  /** Begin of the hour, ISO 8601. */
  hour: string;
  departures: number;
  /** Minutes. */
  meanDelay: number;
  worstDelay: number;
}

export const AIRPORT_HOUR_COLUMNS: readonly (keyof AirportHour)[] = [
  'airport',
  'hour',
  'departures',
  'meanDelay',
  'worstDelay',
];

export class DelayStatistics implements AggregateFunction<Flight, DelaySums, DelaySums> {
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

  merge(a: DelaySums, b: DelaySums): DelaySums {
    return {
      departures: a.departures + b.departures,
      totalDelay: a.totalDelay + b.totalDelay,
      worstDelay: Math.max(a.worstDelay, b.worstDelay),
    };
  }
}

/** Names the airport and the hour of finished sums. */
export class HourlyReport extends ProcessWindowFunction<
  DelaySums,
  AirportHour,
  string,
  TimeWindow
> {
  override process(
    airport: string,
    context: ProcessWindowContext<TimeWindow>,
    sums: Iterable<DelaySums>,
    out: Collector<AirportHour>,
  ): void {
    for (const { departures, totalDelay, worstDelay } of sums) {
      out.collect({
        airport,
        hour: new Date(context.window.start).toISOString(),
        departures,
        meanDelay: totalDelay / departures,
        worstDelay,
      });
    }
  }
}
