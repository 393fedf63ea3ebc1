/** What the values of live state are taken for, and how much of one key is given at once. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { KEY_ROWS_MAX } from '@millrace/runtime';
import {
  gatewayOfJob,
  openLiveState,
  QueryableStateClient,
  readLiveKey,
} from '@millrace/state-processor';
import {
  DataGeneratorSource,
  DiscardingSink,
  type JobClient,
  KeyedProcessFunction,
  type MapState,
  MapStateDescriptor,
  RateLimiterStrategy,
  StateTtlConfig,
  StreamExecutionEnvironment,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
} from 'millrace';

interface Session {
  user: string;
  lastAccessTimestamp: number;
}

const SESSION = Types.POJO<Session>('com.acme.Session', {
  user: Types.STRING,
  lastAccessTimestamp: Types.LONG,
});
const OPERATOR = 'values';
const KEY = 'one';
const LARGE = 30_000;

function descriptor(name: string, hasTtl: boolean): ValueStateDescriptor<Session> {
  const state = new ValueStateDescriptor(name, SESSION);
  state.setQueryable(`${name}s`);
  if (hasTtl) {
    state.enableTimeToLive(new StateTtlConfig({ timeToLive: '1 h' }));
  }
  return state;
}

function largeMap(): MapStateDescriptor<number, string> {
  const state = new MapStateDescriptor('large', Types.LONG, Types.STRING);
  state.setQueryable('larges');
  return state;
}

class Values extends KeyedProcessFunction<string, number, number> {
  private plain!: ValueState<Session>;
  private aging!: ValueState<Session>;
  private large!: MapState<number, string>;

  override open(): void {
    this.plain = this.runtimeContext.getState(descriptor('plain', false));
    this.aging = this.runtimeContext.getState(descriptor('aging', true));
    this.large = this.runtimeContext.getMapState(largeMap());
  }

  override processElement(value: number): void {
    const session = { user: 'ada', lastAccessTimestamp: 7 };
    this.plain.update(session);
    this.aging.update(session);
    if (value === 0) {
      for (let i = 0; i < LARGE; i++) {
        this.large.put(i, `value ${i}`);
      }
    }
  }
}

let job: JobClient;

before(async () => {
  let processed!: () => void;
  const firstTime = new Promise<void>((resolve) => {
    processed = resolve;
  });
  class Announcing extends Values {
    override processElement(value: number): void {
      super.processElement(value);
      processed();
    }
  }
  const env = StreamExecutionEnvironment.createLocalEnvironment({ 'parallelism.default': '1' });
  env
    .fromSource(
      new DataGeneratorSource((index) => index, Number.MAX_SAFE_INTEGER, {
        rateLimiterStrategy: RateLimiterStrategy.perSecond(1000),
      }),
      WatermarkStrategy.noWatermarks<number>(),
      'numbers',
      Types.LONG,
    )
    .keyBy(() => KEY, Types.STRING)
    .process(new Announcing(), Types.LONG)
    .uid(OPERATOR)
    .sinkTo(new DiscardingSink<number>());
  job = await env.executeAsync('live values');
  await firstTime;
});

after(() => job.cancel());

describe('a value of live state with a field lastAccessTimestamp', () => {
  const session: Session = { user: 'ada', lastAccessTimestamp: 7 };

  for (const [name, hasTtl] of [
    ['plain', false],
    ['aging', true],
  ] as const) {
    it(`is itself ${hasTtl ? 'under' : 'without'} a time to live`, async () => {
      const gateway = gatewayOfJob(job);
      const client = new QueryableStateClient(gateway);

      const asked = descriptor(name, hasTtl);
      const state = await client.getKvState(job.jobId, `${name}s`, KEY, Types.STRING, asked);
      const live = await openLiveState(gateway, job.jobId);
      const { entries } = await readLiveKey(live, { operator: OPERATOR, state: name, key: KEY });
      const [entry] = entries;

      assert.deepEqual(state.value(), session);
      assert.ok(entry?.kind === 'keyed');
      assert.deepEqual(entry.value, session);
      assert.equal(Number(entry.lastAccessTimestamp) > 7, hasTtl);
    });
  }
});

describe('a key of live state with more than an answer holds', () => {
  it('gives a part of it that is bounded, and says so', async () => {
    const live = await openLiveState(gatewayOfJob(job), job.jobId);
    const of = { operator: OPERATOR, state: 'large', key: KEY };

    const { entries, truncated } = await readLiveKey(live, of);
    const small = await readLiveKey(live, { ...of, state: 'plain' });

    assert.equal(truncated, true);
    assert.ok(entries.length > 0 && entries.length <= KEY_ROWS_MAX, `${entries.length}`);
    assert.equal(small.truncated, false);
  });

  it('is refused to whom a part would seem to be all', async () => {
    const client = new QueryableStateClient(gatewayOfJob(job));

    await assert.rejects(client.getKvState(job.jobId, 'larges', KEY, Types.STRING, largeMap()), {
      code: 'STATE_KEY_TOO_LARGE',
    });
  });
});
