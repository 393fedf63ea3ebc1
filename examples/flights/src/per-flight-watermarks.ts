import { MIN_TIMESTAMP, type WatermarkGenerator, type WatermarkOutput } from 'millrace';
import { type Flight, HOUR_MS } from './flight.ts';

const MAX_DELAY_MS = 2 * HOUR_MS;

/**
 * Event time two hours behind the latest due time, told after every flight.
 *
 * The built-in strategies tell it by the wall clock, so which flights are late would differ from
 * run to run. Here it hangs on the data alone: each run gives the same bytes.
 */
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
