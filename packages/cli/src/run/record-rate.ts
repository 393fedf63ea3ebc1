/**
 * Records per second, of a count that the server renews every few seconds only.
 *
 * Pure.
 */

/** A count that stays for so long does not grow: `metrics.fetcher.update-interval` is 10 s. */
const STANDS_MS = 15_000;

export class RecordRate {
  private last: { readonly records: number; readonly at: number } | undefined = undefined;
  private rate: number = 0;

  /**
   * @param at - ms, of any clock
   * @returns whole records per second, between the last two counts that differ
   */
  update(records: number, at: number): number {
    const { last } = this;
    if (last === undefined || records < last.records) {
      // The first look, or the job began anew.
      this.last = { records, at };
      this.rate = 0;
    } else if (records > last.records && at > last.at) {
      this.rate = ((records - last.records) * 1_000) / (at - last.at);
      this.last = { records, at };
    } else if (at - last.at >= STANDS_MS) {
      this.rate = 0;
    }
    return Math.round(this.rate);
  }
}
