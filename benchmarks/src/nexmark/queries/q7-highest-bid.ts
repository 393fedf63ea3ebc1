/**
 * Query 7: the highest bids of each ten seconds; several if they are equal.
 *
 * In SQL bids are joined with their window's highest price, where a bid at the very end of a window
 * also fits that window, if it has the same price. Here each bid belongs to one window.
 */
import { type AggregateFunction, type Collector, TumblingEventTimeWindows, Types } from 'millrace';
import { BID, type Bid } from '../generator/nexmark-events.ts';
import type { PlainBid } from '../models/q0-pass-through.ts';
import { highestBids } from '../models/q7-highest-bid.ts';
import type { NexmarkQuery } from '../nexmark-query.ts';
import { bidView } from '../nexmark-views.ts';
import { rowNumber, textNumber } from '../row-number.ts';

/** All that share the first place. */
class Highest implements AggregateFunction<Bid, Bid[], Bid[]> {
  createAccumulator(): Bid[] {
    return [];
  }

  add(bid: Bid, highest: Bid[]): Bid[] {
    const price = highest[0]?.price ?? 0;
    if (bid.price > price) {
      highest.length = 0;
    }
    if (bid.price >= price) {
      highest.push(bid);
    }
    return highest;
  }

  getResult(highest: Bid[]): Bid[] {
    return highest;
  }

  merge(): never {
    throw new Error('tumbling windows are never merged');
  }
}

export const Q7: NexmarkQuery<PlainBid> = {
  name: 'q7',
  title: 'highest bid',
  program: (events) =>
    bidView(events)
      .windowAll(TumblingEventTimeWindows.of('10 s'))
      .aggregate(new Highest(), { accumulatorType: Types.LIST(BID), type: Types.LIST(BID) })
      .flatMap<PlainBid>(collectBids),
  model: highestBids,
  rowNumber: (row) =>
    rowNumber(row.auction, row.bidder, row.price, row.dateTime, textNumber(row.extra)),
};

function collectBids(bids: readonly Bid[], out: Collector<PlainBid>): void {
  for (const { auction, bidder, price, dateTime, extra } of bids) {
    out.collect({ auction, bidder, price, dateTime, extra });
  }
}
