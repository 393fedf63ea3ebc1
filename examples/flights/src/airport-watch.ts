/**
 * Reports airports that fall silent or pile up delay, and when it is over; and, aside, where they fly to that
 * they did not fly to before.
 */
import {
  type Collector,
  type KeyedProcessContext,
  KeyedProcessFunction,
  MAX_TIMESTAMP,
  type MapState,
  MapStateDescriptor,
  type OnTimerContext,
  OutputTag,
  type RuntimeContext,
  type TypeInformation,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from 'millrace';
import { type Flight, HOUR_MS } from './flight.ts';

export interface Alert {
  airport: string;
  /** Event time, ISO 8601. */
  time: string;
  kind: 'silent' | 'speaks-again' | 'delays-pile-up' | 'delays-ease';
  /** Hours of silence, or the mean delay in minutes. */
  value: number;
}

export const ALERT_COLUMNS: readonly (keyof Alert)[] = ['airport', 'time', 'kind', 'value'];

/** The first flight from an airport to another. */
export interface Route {
  airport: string;
  destination: string;
  /** When it left, ISO 8601. */
  time: string;
  /** How many the airport has now. */
  destinations: number;
}

export const ROUTE_COLUMNS: readonly (keyof Route)[] = [
  'airport',
  'destination',
  'time',
  'destinations',
];

export const ROUTES: OutputTag<Route> = new OutputTag(
  'routes',
  Types.POJO<Route>('io.millrace.examples.flights.Route', {
    airport: Types.STRING,
    destination: Types.STRING,
    time: Types.STRING,
    destinations: Types.INT,
  }),
);

export interface AirportWatchOptions {
  /** An airport without a departure for this long is silent. */
  readonly silenceMs: number;
  /** Mean delay in minutes at which an alarm begins; it ends at half of it. */
  readonly delayMinutes: number;
}

/** What is remembered of an airport. The sums halve every hour, so they weigh the recent past. */
interface Watch {
  lastDeparture: number;
  silent: boolean;
  delaySum: number;
  weightSum: number;
  alarmed: boolean;
}

const WATCH: TypeInformation<Watch> = Types.POJO('io.millrace.examples.flights.Watch', {
  lastDeparture: Types.LONG,
  silent: Types.BOOLEAN,
  delaySum: Types.DOUBLE,
  weightSum: Types.DOUBLE,
  alarmed: Types.BOOLEAN,
});

/** Fewer recent flights than this say nothing. */
const MIN_WEIGHT = 5;

export class AirportWatch extends KeyedProcessFunction<string, Flight, Alert> {
  private readonly options: AirportWatchOptions;
  private watch!: ValueState<Watch>;
  /** By destination, when the first flight to it left. Large airports have hundred times the state of small ones. */
  private destinations!: MapState<string, number>;

  constructor(options: AirportWatchOptions) {
    super();
    this.options = options;
  }

  override open(): void {
    const context: RuntimeContext = this.runtimeContext;
    this.watch = context.getState(new ValueStateDescriptor('watch', WATCH));
    this.destinations = context.getMapState(
      new MapStateDescriptor('destinations', Types.STRING, Types.LONG),
    );
  }

  override processElement(
    flight: Flight,
    context: KeyedProcessContext<string>,
    out: Collector<Alert>,
  ): void {
    const known = this.watch.value();
    const watch = known ?? newWatch(flight.date);
    if (known === undefined || watch.silent) {
      context.timerService().registerEventTimeTimer(flight.date + this.options.silenceMs);
    }
    if (watch.silent) {
      watch.silent = false;
      const hours = (flight.date - watch.lastDeparture) / HOUR_MS;
      out.collect(alert(context.currentKey, flight.date, 'speaks-again', hours));
    }
    this.weigh(watch, flight, context.currentKey, out);
    watch.lastDeparture = flight.date;
    this.watch.update(watch);
    this.remember(flight, context);
  }

  /** One timer a key: it finds silence, or moves on to when the latest departure grows old. */
  override onTimer(time: number, context: OnTimerContext<string>, out: Collector<Alert>): void {
    const watch = this.watch.value();
    const inputEnded = context.timerService().currentWatermark() === MAX_TIMESTAMP;
    if (watch === undefined || inputEnded) {
      return;
    }
    const silentAt = watch.lastDeparture + this.options.silenceMs;
    if (silentAt > time) {
      context.timerService().registerEventTimeTimer(silentAt);
      return;
    }
    watch.silent = true;
    this.watch.update(watch);
    out.collect(alert(context.currentKey, time, 'silent', this.options.silenceMs / HOUR_MS));
  }

  private remember(flight: Flight, context: KeyedProcessContext<string>): void {
    const { destination, date } = flight;
    if (this.destinations.contains(destination)) {
      return;
    }
    this.destinations.put(destination, date);
    context.output(ROUTES, {
      airport: context.currentKey,
      destination,
      time: new Date(date).toISOString(),
      destinations: [...this.destinations.keys()].length,
    });
  }

  private weigh(watch: Watch, flight: Flight, airport: string, out: Collector<Alert>): void {
    const fade = 0.5 ** ((flight.date - watch.lastDeparture) / HOUR_MS);
    watch.delaySum = watch.delaySum * fade + flight.delay;
    watch.weightSum = watch.weightSum * fade + 1;
    const meanDelay = watch.delaySum / watch.weightSum;
    const { delayMinutes } = this.options;
    if (!watch.alarmed && watch.weightSum >= MIN_WEIGHT && meanDelay >= delayMinutes) {
      watch.alarmed = true;
      out.collect(alert(airport, flight.date, 'delays-pile-up', meanDelay));
    } else if (watch.alarmed && meanDelay < delayMinutes / 2) {
      watch.alarmed = false;
      out.collect(alert(airport, flight.date, 'delays-ease', meanDelay));
    }
  }
}

function newWatch(lastDeparture: number): Watch {
  return { lastDeparture, silent: false, delaySum: 0, weightSum: 0, alarmed: false };
}

function alert(airport: string, time: number, kind: Alert['kind'], value: number): Alert {
  return { airport, time: new Date(time).toISOString(), kind, value: Math.round(value * 10) / 10 };
}
