/**
 * Query 5: the auctions with the most bids in the last ten seconds, every two seconds.
 *
 * Counts of a window carry its end as event time, so windows of two seconds hold those of one window
 * each.
 */
import {
  type AggregateFunction,
  type Collector,
  type ProcessWindowContext,
  ProcessWindowFunction,
  SlidingEventTimeWindows,
  type TimeWindow,
  TumblingEventTimeWindows,
  Types,
} from 'millrace';
import { CountAggregate } from '../../count-aggregate.ts';
import { type HotItem, hotItems } from '../models/q5-hot-items.ts';
import type { NexmarkQuery } from '../nexmark-query.ts';
import { bidView } from '../nexmark-views.ts';
import { rowNumber } from '../row-number.ts';

interface WindowCount extends HotItem {
  readonly endtime: number;
}

const WINDOW_COUNT = Types.POJO<WindowCount>('io.millrace.benchmarks.nexmark.WindowCount', {
  auction: Types.LONG,
  num: Types.LONG,
  endtime: Types.LONG,
});

class CountOfAuction extends ProcessWindowFunction<number, WindowCount, number, TimeWindow> {
  override process(
    auction: number,
    { window }: ProcessWindowContext<TimeWindow>,
    counts: Iterable<number>,
    out: Collector<WindowCount>,
  ): void {
    for (const num of counts) {
      out.collect({ auction, num, endtime: window.end });
    }
  }
}

/** All that share the first place. */
class Highest implements AggregateFunction<WindowCount, WindowCount[], WindowCount[]> {
  createAccumulator(): WindowCount[] {
    return [];
  }

  add(count: WindowCount, highest: WindowCount[]): WindowCount[] {
    const num = highest[0]?.num ?? 0;
    if (count.num > num) {
      highest.length = 0;
    }
    if (count.num >= num) {
      highest.push(count);
    }
    return highest;
  }

  getResult(highest: WindowCount[]): WindowCount[] {
    return highest;
  }

  merge(): never {
    throw new Error('tumbling windows are never merged');
  }
}

export const Q5: NexmarkQuery<HotItem> = {
  name: 'q5',
  title: 'hot items',
  program: (events) =>
    bidView(events)
      .keyBy((bid) => bid.auction, Types.LONG)
      .window(SlidingEventTimeWindows.of('10 s', '2 s'))
      .aggregate(new CountAggregate(), new CountOfAuction(), {
        accumulatorType: Types.LONG,
        type: WINDOW_COUNT,
      })
      .keyBy((count) => count.endtime, Types.LONG)
      .window(TumblingEventTimeWindows.of('2 s'))
      .aggregate(new Highest(), { accumulatorType: Types.LIST(WINDOW_COUNT) })
      .flatMap<HotItem>(collectItems),
  model: hotItems,
  rowNumber: (row) => rowNumber(row.auction, row.num),
};

function collectItems(counts: readonly WindowCount[], out: Collector<HotItem>): void {
  for (const { auction, num } of counts) {
    out.collect({ auction, num });
  }
}
