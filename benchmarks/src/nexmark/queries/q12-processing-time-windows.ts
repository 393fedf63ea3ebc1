/**
 * Query 12: how many bids each bidder makes in ten seconds by the clock.
 *
 * Windows that are still open when the input ends are dropped, as timers of processing time are.
 */
import { TumblingProcessingTimeWindows, Types } from 'millrace';
import { CountAggregate } from '../../count-aggregate.ts';
import type { BidderWindow } from '../models/bidder-window.ts';
import { processingTimeWindows } from '../models/q12-processing-time-windows.ts';
import type { NexmarkQuery } from '../nexmark-query.ts';
import { bidView } from '../nexmark-views.ts';
import { rowNumber } from '../row-number.ts';
import { BIDDER_WINDOW, CountOfBidder } from './bid-count.ts';

export const Q12: NexmarkQuery<BidderWindow> = {
  name: 'q12',
  title: 'processing time windows',
  onProcessingTime: true,
  program: (events) =>
    bidView(events)
      .keyBy((bid) => bid.bidder, Types.LONG)
      .window(TumblingProcessingTimeWindows.of('10 s'))
      .aggregate(new CountAggregate(), new CountOfBidder(), {
        accumulatorType: Types.LONG,
        type: BIDDER_WINDOW,
      }),
  model: processingTimeWindows,
  rowNumber: (row) => rowNumber(row.bidder, row.bidCount, row.starttime, row.endtime),
};
