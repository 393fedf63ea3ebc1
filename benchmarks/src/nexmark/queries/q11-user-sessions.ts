/** Query 11: how many bids each bidder makes in a session, which ends after ten seconds without. */
import { EventTimeSessionWindows, Types } from 'millrace';
import { CountAggregate } from '../../count-aggregate.ts';
import type { BidderWindow } from '../models/bidder-window.ts';
import { userSessions } from '../models/q11-user-sessions.ts';
import type { NexmarkQuery } from '../nexmark-query.ts';
import { bidView } from '../nexmark-views.ts';
import { rowNumber } from '../row-number.ts';
import { BIDDER_WINDOW, CountOfBidder } from './bid-count.ts';

export const Q11: NexmarkQuery<BidderWindow> = {
  name: 'q11',
  title: 'user sessions',
  program: (events) =>
    bidView(events)
      .keyBy((bid) => bid.bidder, Types.LONG)
      .window(EventTimeSessionWindows.withGap('10 s'))
      .aggregate(new CountAggregate(), new CountOfBidder(), {
        accumulatorType: Types.LONG,
        type: BIDDER_WINDOW,
      }),
  model: userSessions,
  rowNumber: (row) => rowNumber(row.bidder, row.bidCount, row.starttime, row.endtime),
};
