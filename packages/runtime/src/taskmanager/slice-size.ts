/**
 * How many records a slice of a task takes: so many that a turn of the loop is not about slices, and
 * so few that a slow function does not keep the thread from all else.
 *
 * Between two slices messages are heard, barriers overtake and other tasks go on. With 256 records of
 * 200 us each that were every 51 ms, and each file operation of a checkpoint waited so long.
 *
 * Invariant: one record to `RECORDS_PER_SLICE_MAX`.
 */
// Hot path.

/** A channel takes four such slices before it pushes back. */
export const RECORDS_PER_SLICE_MAX = 256;
/** The loop gives the event loop its turn after 8 ms. */
const LONG_MS = 4;
/** A clock counts whole milliseconds: below this a slice may have taken none. */
const SHORT_MS = 2;

export class SliceSize {
  records: number = RECORDS_PER_SLICE_MAX;

  /** Told how long a slice took, ms. One pause halves it once, and the next slices make it whole. */
  observe(tookMs: number): void {
    if (tookMs > LONG_MS) {
      this.records = Math.max(1, this.records >> 1);
    } else if (tookMs < SHORT_MS && this.records < RECORDS_PER_SLICE_MAX) {
      this.records *= 2;
    }
  }
}
