/** Rows of queries 11 and 12. */
export interface BidderWindow {
  readonly bidder: number;
  readonly bidCount: number;
  readonly starttime: number;
  readonly endtime: number;
}
