/** How many bids of a bidder there are in a window: what queries 11 and 12 share. */
import {
  type Collector,
  type ProcessWindowContext,
  ProcessWindowFunction,
  type TimeWindow,
  type TypeInformation,
  Types,
} from 'millrace';
import type { BidderWindow } from '../models/bidder-window.ts';

export const BIDDER_WINDOW: TypeInformation<BidderWindow> = Types.POJO<BidderWindow>(
  'io.millrace.benchmarks.nexmark.BidderWindow',
  {
    bidder: Types.LONG,
    bidCount: Types.LONG,
    starttime: Types.LONG,
    endtime: Types.LONG,
  },
);

/** Adds bidder and window to the count. */
export class CountOfBidder extends ProcessWindowFunction<number, BidderWindow, number, TimeWindow> {
  override process(
    bidder: number,
    { window }: ProcessWindowContext<TimeWindow>,
    counts: Iterable<number>,
    out: Collector<BidderWindow>,
  ): void {
    for (const bidCount of counts) {
      out.collect({ bidder, bidCount, starttime: window.start, endtime: window.end });
    }
  }
}
