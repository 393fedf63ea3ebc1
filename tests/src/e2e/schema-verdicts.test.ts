/** What a program is told whose states do not fit the snapshot that it resumes from. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { errorMessage } from '@millrace/core';
import {
  DataGeneratorSource,
  KeyedProcessFunction,
  RateLimiterStrategy,
  StreamExecutionEnvironment,
  type TypeInformation,
  Types,
  ValueStateDescriptor,
  WatermarkStrategy,
} from 'millrace';
import { fileHashes } from '../file-hashes.ts';
import { evolvingProgram, runVersion, type Version } from './evolving-program.ts';
import { assertError, failureOf } from './failures.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-verdicts-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const { INT, LONG, STRING } = Types;

function order(age: TypeInformation<number>): TypeInformation<unknown> {
  const customer = Types.POJO('com.acme.Customer', { age });
  return Types.POJO('com.acme.Order', { customer }) as TypeInformation<unknown>;
}

const make = (n: number) => ({ customer: { age: n } });

let runs = 0;
const place = (): string => join(folder, `run-${runs++}`);

function first(rest: Partial<Version<unknown>> = {}): Promise<string> {
  return runVersion({ folder: place(), type: order(INT), make, records: 6, ...rest });
}

const RESTARTING = {
  'restart-strategy.type': 'fixed-delay',
  'restart-strategy.fixed-delay.attempts': '5',
  'restart-strategy.fixed-delay.delay': '1 ms',
};

describe('states that do not fit the snapshot', () => {
  it('are told all together, with operator, uid, state, field, both types, rule and remedy', async () => {
    const from = await first();

    const error = await failureOf(() =>
      evolvingProgram({ folder: place(), from, type: order(LONG), make, records: 3 }).execute(),
    );

    assertError(error, 'STATE_INCOMPATIBLE', /^9 states do not fit the snapshot; nothing was/);
    const field =
      'POJO com.acme.Order, field customer.age: Int in the snapshot, Long in the program; ' +
      "a field's type cannot change; go back to the old type, or declare the state under another name";
    const keep = "of operator 'Keep' (uid 'keep')";
    assert.deepEqual(errorMessage(error).split('\n- ').slice(1).sort(), [
      `operator state 'all' ${keep}: ${field}`,
      `operator state 'items' ${keep}: ${field}`,
      `state 'aggregating' ${keep}: element: ${field}`,
      `state 'list' ${keep}: element: ${field}`,
      `state 'map' ${keep}: value: ${field}`,
      `state 'reducing' ${keep}: ${field}`,
      `state 'value' ${keep}: ${field}`,
      `state 'window-contents' of operator 'Window' (uid 'window'): element: ${field}`,
      `the value of operator state 'rules' ${keep}: ${field}`,
    ]);
  });

  it('stop the job before any record flows, without a restart', async () => {
    const from = await first();
    const records: number[] = [];
    const restored: unknown[] = [];
    const job = await evolvingProgram({
      folder: place(),
      from,
      type: order(LONG),
      make,
      records: 3,
      configuration: RESTARTING,
      onRecord: (n) => records.push(n),
      onRestored: (_subtask, state) => restored.push(state),
    }).executeAsync();

    const error = await failureOf(() => job.jobExecutionResult());

    assertError(error, 'STATE_INCOMPATIBLE', /9 states/);
    assert.equal(job.jobStatus(), 'FAILED');
    assert.equal(job.details().numberOfRestarts, 0);
    assert.deepEqual(records, []);
    assert.deepEqual(
      job
        .details()
        .vertices.flatMap(({ operators }) => operators.map((o) => o.numRecordsIn + o.numRecordsOut))
        .filter((n) => n > 0),
      [],
    );
    assert.deepEqual(
      restored,
      [0, 1].map(() => ({ list: [], union: [], broadcast: [] })),
    );
  });

  it('leave the snapshot and the pointers of high availability as they were', async () => {
    const storageDir = place();
    const configuration = {
      'high-availability.type': 'filesystem',
      'high-availability.storageDir': storageDir,
    };
    const own = place();
    const shape = { folder: own, make, configuration };
    const died = evolvingProgram({ ...shape, type: order(INT), records: 6, dies: true });
    assertError(await failureOf(() => died.execute('evolving')), 'USER_FUNCTION_FAILED', /killed/);
    const before = [fileHashes(storageDir), fileHashes(own)];

    const error = await failureOf(() =>
      evolvingProgram({ ...shape, type: order(LONG), records: 3 }).execute('evolving'),
    );

    assertError(error, 'STATE_INCOMPATIBLE', /9 states/);
    assert.ok(before.every((hashes) => hashes.size > 0));
    assert.deepEqual([fileHashes(storageDir), fileHashes(own)], before);
    const seen: unknown[] = [];
    const mended = { ...shape, type: order(INT), records: 3 };
    await runVersion({ ...mended, onSeen: (key, { value }) => seen.push([key, value]) });
    assert.equal(seen.length, 3);
    assert.ok(seen.some((each) => JSON.stringify(each) === '[0,{"customer":{"age":3}}]'));
  });

  it('are told also when a function fails on the empty state that it then sees', async () => {
    const from = await first();
    const program = evolvingProgram({
      folder: place(),
      from,
      type: order(LONG),
      make,
      records: 3,
      onRestored: (_subtask, { list }) => assert.equal(list.length, 1, 'an item was expected'),
    });

    const error = await failureOf(() => program.execute());

    assertError(error, 'STATE_INCOMPATIBLE', /operator state 'items'/);
  });
});

describe('a key', () => {
  it('of another type is refused, with the states of the operator in the same breath', async () => {
    const from = await first();

    const error = await failureOf(() =>
      evolvingProgram({
        folder: place(),
        from,
        type: order(LONG),
        make,
        records: 3,
        keyType: STRING as TypeInformation<never>,
      }).execute(),
    );

    assertError(error, 'STATE_INCOMPATIBLE', /^10 states do not fit/);
    assert.match(
      errorMessage(error),
      /- the key of operator 'Keep' \(uid 'keep'\): Long in the snapshot, String in the program/,
    );
  });

  it('cannot be migrated, although a value of the same type can', async () => {
    const key = (fields: object) =>
      Types.POJO('com.acme.Key', fields as never, { hashCode: () => 1 }) as TypeInformation<never>;
    const wrapped = (n: number) => ({ id: n }) as never;
    const from = await first({ keyType: key({ id: INT }), keyOf: wrapped });

    const error = await failureOf(() =>
      evolvingProgram({
        folder: place(),
        from,
        type: order(INT),
        make,
        records: 3,
        keyType: key({ id: INT, region: STRING }),
        keyOf: wrapped,
      }).execute(),
    );

    assertError(error, 'STATE_INCOMPATIBLE', /POJO com\.acme\.Key, field region was added/);
    assert.match(errorMessage(error), /keys and namespaces cannot be migrated/);
  });
});

/** Opens slowly, and declares its state in the way that is asked for. */
class Slow extends KeyedProcessFunction<number, number, number> {
  private readonly tell: (what: string) => void;
  private readonly type: () => TypeInformation<unknown>;

  constructor(type: TypeInformation<unknown>, tell: (what: string) => void) {
    super();
    this.tell = tell;
    this.type = () => type;
  }

  override async open(): Promise<void> {
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.tell('open');
  }

  override processElement(_n: number): void {
    this.tell('record');
    this.runtimeContext.getState(new ValueStateDescriptor('lazy', this.type())).update(1);
  }
}

function slowProgram(
  configuration: Readonly<Record<string, string>>,
  type: TypeInformation<unknown>,
  events: string[],
): StreamExecutionEnvironment {
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    'parallelism.default': '2',
    ...configuration,
  }).setServices({ warn: () => {} });
  const numbers = env
    .fromSource(
      new DataGeneratorSource(
        (n) => {
          events.push('emit');
          return n;
        },
        1_000,
        { rateLimiterStrategy: RateLimiterStrategy.perCheckpoint(10) },
      ),
      WatermarkStrategy.noWatermarks<number>(),
      'numbers',
      LONG,
    )
    .uid('numbers')
    .setParallelism(1);
  numbers
    .keyBy((n) => n % 3, LONG)
    .process(new Slow(type, (what) => events.push(what)), LONG)
    .uid('slow');
  return env;
}

const CHECKPOINTS = {
  'execution.checkpointing.interval': '10 ms',
  'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
};

describe('the initialization of a job', () => {
  it('is over in all tasks before a source emits its first record', async () => {
    const events: string[] = [];
    const configuration = { ...CHECKPOINTS, 'execution.checkpointing.dir': place() };
    const job = await slowProgram(
      configuration,
      LONG as TypeInformation<unknown>,
      events,
    ).executeAsync();
    while (!events.includes('record')) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await job.cancel();

    assert.deepEqual(events.slice(0, 3), ['open', 'open', 'emit']);
    assert.equal(events.filter((each) => each === 'open').length, 2);
  });

  it('does not know of a state that is declared with the first record: that is checked then, for good', async () => {
    const configuration = { ...CHECKPOINTS, 'execution.checkpointing.dir': place() };
    const job = await slowProgram(
      configuration,
      LONG as TypeInformation<unknown>,
      [],
    ).executeAsync();
    while (job.details().checkpoints.counts.completed < 3) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await job.cancel();
    const from = job.details().checkpoints.history.find(({ status }) => status === 'COMPLETED');
    const events: string[] = [];
    const resumed = await slowProgram(
      {
        ...configuration,
        ...RESTARTING,
        'execution.state-recovery.path': from?.externalPointer as string,
      },
      STRING as TypeInformation<unknown>,
      events,
    ).executeAsync();

    const error = await failureOf(() => resumed.jobExecutionResult());

    assertError(error, 'STATE_INCOMPATIBLE', /^state 'lazy' of operator '.*' \(uid 'slow'\): Long/);
    assert.equal(resumed.details().numberOfRestarts, 0);
    assert.ok(events.includes('record'));
  });
});
