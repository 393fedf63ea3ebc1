/**
 * Gauges that read RocksDB: of each state its properties, of the database its counters.
 *
 * Invariant: a gauge never throws; once the database is closed it stays at what it last was.
 *
 * Flink: RocksDBNativeMetricMonitor.
 */
import type { MetricGroup } from '@millrace/core';
import type { RocksDatabase } from '../database/rocks-database.ts';
import type { NativeMetricOptions } from '../options/native-metric-options.ts';

const COLUMN_FAMILY_VARIABLE = 'column_family';

export type MeasuredDatabase = Pick<RocksDatabase, 'property' | 'ticker'>;

export class NativeMetricMonitor {
  private readonly options: NativeMetricOptions;
  private readonly group: MetricGroup;
  private readonly database: MeasuredDatabase;
  private readonly gauges: (() => number)[] = [];
  private closed = false;

  /** @param group - of the operator */
  constructor(options: NativeMetricOptions, group: MetricGroup, database: MeasuredDatabase) {
    this.options = options;
    this.group = group;
    this.database = database;
    for (const ticker of options.tickers) {
      this.register(group, metricNameOf(ticker), () => database.ticker(ticker));
    }
  }

  /** For each state, once it has its column family. */
  registerColumnFamily(stateName: string, columnFamily: number): void {
    const { properties, columnFamilyAsVariable } = this.options;
    if (properties.length === 0) {
      return;
    }
    const group = columnFamilyAsVariable
      ? this.group.addGroup(COLUMN_FAMILY_VARIABLE).addGroup(stateName)
      : this.group.addGroup(stateName);
    for (const property of properties) {
      this.register(group, property, () => Number(this.database.property(columnFamily, property)));
    }
  }

  /** Before the database is closed: takes what the gauges stay at. */
  close(): void {
    for (const gauge of this.gauges) {
      gauge();
    }
    this.closed = true;
  }

  private register(group: MetricGroup, name: string, read: () => number): void {
    let last = 0;
    const gauge = (): number => {
      if (!this.closed) {
        try {
          const value = read();
          last = Number.isFinite(value) ? value : last;
        } catch {
          // A database that has failed is told of where it is used.
        }
      }
      return last;
    };
    this.gauges.push(gauge);
    group.gauge(name, gauge);
  }
}

/** `rocksdb.db.iter.bytes.read` is `rocksdb.iter_bytes_read`. */
function metricNameOf(ticker: string): string {
  return `rocksdb.${ticker.replace(/^rocksdb\.(db\.)?/, '').replaceAll('.', '_')}`;
}
