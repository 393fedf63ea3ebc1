import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { LoggedError, LogRecord, LogThreshold } from './log-record.ts';
import { getLogger } from './logger.ts';
import { type LogSink, processLog } from './process-log.ts';

describe('a logger', () => {
  afterEach(() => {
    processLog.configure({ levels: { root: 'OFF', ofLoggers: new Map() }, sink: recorder([]) });
  });

  it('writes what has at least the level of the longest name that is its own or above it', () => {
    const records: LogRecord[] = [];
    configure(recorder(records), { root: 'WARN', shop: 'DEBUG', 'shop.orders': 'ERROR' });

    for (const name of ['stock', 'shop', 'shop.items', 'shop.orders.late', 'shopping']) {
      const logger = getLogger(name);
      logger.debug('debug');
      logger.warn('warn');
      logger.error('error');
    }

    assert.deepEqual(
      records.map(({ logger, message }) => `${logger} ${message}`),
      [
        ...['stock warn', 'stock error'],
        ...['shop debug', 'shop warn', 'shop error'],
        ...['shop.items debug', 'shop.items warn', 'shop.items error'],
        'shop.orders.late error',
        ...['shopping warn', 'shopping error'],
      ],
    );
  });

  it('heeds levels that are configured after it was made', () => {
    const records: LogRecord[] = [];
    const logger = getLogger('shop');
    configure(recorder(records), { root: 'ERROR' });
    logger.info('before');

    configure(recorder(records), { root: 'INFO' });
    logger.info('after');

    assert.deepEqual(
      records.map(({ message }) => message),
      ['after'],
    );
    assert.equal(logger.isEnabled('DEBUG'), false);
  });

  it('gives its fields to every record, as values that go from thread to thread', () => {
    const records: LogRecord[] = [];
    configure(recorder(records), { root: 'INFO' });
    const error = Object.assign(new Error('disk full'), { code: 'DISK_FULL' });

    getLogger('shop')
      .child({ job: 'orders', amount: 12n })
      .warn('slow', { checkpointId: 7, error, of: [1, 2], rate: Number.NaN, call: () => 1 });

    const { stack = '', ...rest } = records[0]!.fields.error as LoggedError;
    assert.match(stack, /logger\.test/);
    assert.deepEqual(structuredClone({ ...records[0]?.fields, error: rest }), {
      job: 'orders',
      amount: '12',
      checkpointId: 7,
      error: { name: 'Error', message: 'disk full', code: 'DISK_FULL' },
      of: '[ 1, 2 ]',
      rate: 'NaN',
      call: '[Function: call]',
    });
  });

  it('does not throw when the log does', (context) => {
    const written: string[] = [];
    context.mock.method(process.stderr, 'write', (text: string) => written.push(text));
    const sink: LogSink = {
      append() {
        throw new Error('disk full');
      },
    };
    configure(sink, { root: 'INFO' });

    getLogger('shop').warn('first');
    getLogger('shop').warn('second');

    assert.deepEqual(written, [
      'millrace: the log failed: Error: disk full\n',
      'millrace: first\n',
      'millrace: second\n',
    ]);
  });
});

function configure(
  sink: LogSink,
  { root, ...ofLoggers }: { root: LogThreshold } & Record<string, LogThreshold>,
): void {
  processLog.configure({ levels: { root, ofLoggers: new Map(Object.entries(ofLoggers)) }, sink });
}

function recorder(records: LogRecord[]): LogSink {
  return { append: (record) => void records.push(record) };
}
