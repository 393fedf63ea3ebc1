/** The work of `flights-job.ts` by hand: plain Maps, no engine. It may rely on what the data is like. */
import {
  type DelaySums,
  dueTime,
  type Flight,
  HOUR_MS,
  hourNumber,
  LATE_NUMBER,
  MAX_DELAY_MS,
  SILENCE_MS,
  SILENT_NUMBER,
  type Watch,
} from './flights-job.ts';

interface WatchedAirport extends Watch {
  /** `Infinity` while no timer is set. */
  timer: number;
}

export function flightsInLoop(flights: readonly Flight[]): number {
  const hours = new OpenHours();
  const airports = new Airports();
  let total = 0;
  let latestDue = Number.NEGATIVE_INFINITY;
  let watermark = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < flights.length; i++) {
    const flight = flights[i] as Flight;
    const due = dueTime(flight);
    const hour = due - (due % HOUR_MS);
    if (hour + HOUR_MS - 1 <= watermark) {
      total += LATE_NUMBER;
    } else {
      hours.add(hour, flight);
    }
    airports.heardOf(flight);
    if (due > latestDue) {
      latestDue = due;
      watermark = due - MAX_DELAY_MS - 1;
      total += hours.closeUpTo(watermark) + airports.silentUpTo(watermark);
    }
  }
  return total + hours.closeUpTo(Number.POSITIVE_INFINITY);
}

class OpenHours {
  /** By begin of the hour, which is a whole number of hours. */
  private readonly hours = new Map<number, Map<string, DelaySums>>();
  private earliest = Number.POSITIVE_INFINITY;

  add(hour: number, flight: Flight): void {
    let airports = this.hours.get(hour);
    if (airports === undefined) {
      airports = new Map();
      this.hours.set(hour, airports);
      this.earliest = Math.min(this.earliest, hour);
    }
    let sums = airports.get(flight.origin);
    if (sums === undefined) {
      sums = { departures: 0, totalDelay: 0, worstDelay: Number.MIN_SAFE_INTEGER };
      airports.set(flight.origin, sums);
    }
    sums.departures += 1;
    sums.totalDelay += flight.delay;
    sums.worstDelay = Math.max(sums.worstDelay, flight.delay);
  }

  closeUpTo(watermark: number): number {
    let total = 0;
    while (this.earliest + HOUR_MS - 1 <= watermark && this.hours.size > 0) {
      for (const sums of this.hours.get(this.earliest)?.values() ?? []) {
        total += hourNumber(sums);
      }
      this.hours.delete(this.earliest);
      this.earliest = Math.min(...this.hours.keys());
    }
    return total;
  }
}

class Airports {
  private readonly airports = new Map<string, WatchedAirport>();
  private earliestTimer = Number.POSITIVE_INFINITY;

  heardOf(flight: Flight): void {
    const known = this.airports.get(flight.origin);
    const airport = known ?? { lastDeparture: flight.date, silent: false, timer: 0 };
    if (known === undefined) {
      this.airports.set(flight.origin, airport);
    }
    if (known === undefined || airport.silent) {
      airport.timer = flight.date + SILENCE_MS;
      this.earliestTimer = Math.min(this.earliestTimer, airport.timer);
    }
    airport.silent = false;
    airport.lastDeparture = flight.date;
  }

  silentUpTo(watermark: number): number {
    let total = 0;
    while (this.earliestTimer <= watermark) {
      this.earliestTimer = Number.POSITIVE_INFINITY;
      for (const airport of this.airports.values()) {
        if (airport.timer <= watermark) {
          const silentAt = airport.lastDeparture + SILENCE_MS;
          airport.silent = silentAt <= airport.timer;
          total += airport.silent ? SILENT_NUMBER : 0;
          airport.timer = airport.silent ? Number.POSITIVE_INFINITY : silentAt;
        }
        this.earliestTimer = Math.min(this.earliestTimer, airport.timer);
      }
    }
    return total;
  }
}
