/** A flight as the file has it, and the hour it belongs to. */
import { OutputTag, type TypeInformation, Types } from 'millrace';

export interface Flight {
  /** When it left, in milliseconds since the epoch. The file is in this order. */
  date: number;
  /** Minutes; negative when it was early. */
  delay: number;
  /** Miles. */
  distance: number;
  origin: string;
  destination: string;
}

export const FLIGHT: TypeInformation<Flight> = Types.POJO('io.millrace.examples.flights.Flight', {
  date: Types.LONG,
  delay: Types.LONG,
  distance: Types.LONG,
  origin: Types.STRING,
  destination: Types.STRING,
});

export const FLIGHT_COLUMNS: readonly (keyof Flight)[] = [
  'date',
  'delay',
  'distance',
  'origin',
  'destination',
];

export const MINUTE_MS = 60_000;
export const HOUR_MS: number = 60 * MINUTE_MS;

/**
 * When the flight was due: it counts in that hour. One that left early counts when it left.
 *
 * The file is in the order of leaving, so delayed flights come out of order.
 */
export function dueTime(flight: Flight): number {
  return flight.date - Math.max(0, flight.delay) * MINUTE_MS;
}

/** Flights so delayed that the hour they were due in had been closed. */
export const LATE: OutputTag<Flight> = new OutputTag('late', FLIGHT);
