/** The state of the interop program after some events, written by the state processor: no job runs. */
import {
  EventTimeSessionWindows,
  type FunctionInitializationContext,
  type KeyedProcessContext,
  type KeyedProcessFunction,
  type KeySelector,
  type ListState,
  TumblingEventTimeWindows,
  type TypeInformation,
  Types,
} from '@millrace/core';
import {
  type BroadcastStateBootstrapContext,
  BroadcastStateBootstrapFunction,
  type KeyedStateBootstrapContext,
  KeyedStateBootstrapFunction,
  OperatorIdentifier,
  OperatorTransformation,
  SavepointWriter,
  StateBootstrapFunction,
} from '@millrace/state-processor';
import { event, type InteropEvent } from './interop-events.ts';
import {
  ByLong,
  ByPojo,
  ByString,
  ByTuple,
  Discard,
  Expiring,
  NullMap,
} from './interop-functions.ts';
import { WINDOW_SUM } from './interop-program.ts';
import {
  EVEN_LIST,
  KEY_AND_NAME,
  KEY_POJO,
  RULES,
  SUM_AND_COUNT,
  TUPLE_KEY,
  UNION_LIST,
} from './interop-types.ts';

/** What the rules' source does not give: it can come from the savepoint alone. */
export const BROADCAST_RULES: readonly (readonly [string, number])[] = [
  ['rule-0', 0],
  ['rule-of-savepoint', 77],
];

type JobFunction<K> = KeyedProcessFunction<K, InteropEvent, never>;

/** The job's own function fills the state. */
class RunFunction<K> extends KeyedStateBootstrapFunction<K, InteropEvent> {
  private readonly create: () => JobFunction<K>;
  private fn!: JobFunction<K>;

  constructor(create: () => JobFunction<K>) {
    super();
    this.create = create;
  }

  override open(): void | Promise<void> {
    this.fn = this.create();
    this.fn.runtimeContext = this.runtimeContext;
    return this.fn.open({ taskName: 'bootstrap' });
  }

  override processElement(value: InteropEvent, context: KeyedStateBootstrapContext<K>): void {
    this.fn.processElement(value, context as KeyedProcessContext<K>, { collect: () => {} });
  }
}

class PutLists extends StateBootstrapFunction<InteropEvent> {
  private even!: ListState<string>;
  private sums!: ListState<[number, number]>;
  private sum = 0;

  override initializeState({ operatorStateStore }: FunctionInitializationContext): void {
    this.even = operatorStateStore.getListState(EVEN_LIST);
    this.sums = operatorStateStore.getUnionListState(UNION_LIST);
  }

  override processElement({ id, value }: InteropEvent): void {
    this.sum += value;
    if (id % 100 < 2) {
      this.even.add(`e-${id}`);
    }
  }

  override snapshotState(): void {
    this.sums.update([[0, this.sum]]);
  }
}

class PutRules extends BroadcastStateBootstrapFunction<readonly [string, number]> {
  override processElement(
    [name, value]: readonly [string, number],
    context: BroadcastStateBootstrapContext,
  ): void {
    context.getBroadcastState(RULES).put(name, value);
  }
}

/** @returns the folder of the savepoint */
export async function bootstrappedSavepoint(
  target: string,
  options: { readonly events: number; readonly parallelism: number },
): Promise<string> {
  const writer = SavepointWriter.newSavepoint({ maxParallelism: 128 });
  const source = () => OperatorTransformation.bootstrapWith(events(options.events), TIMES);
  const keyed = <K>(
    uid: string,
    keys: { by: KeySelector<InteropEvent, K>; type: TypeInformation<K> },
    create: () => JobFunction<K>,
  ): void => {
    const transformation = source().keyBy(keys.by, keys.type).transform(new RunFunction(create));
    writer.withOperator(OperatorIdentifier.forUid(uid), transformation);
  };
  const byString = { by: (e: InteropEvent) => e.stringKey, type: Types.STRING };
  const byLong = { by: (e: InteropEvent) => e.longKey, type: Types.BIGINT_LONG };
  keyed('by-string', byString, () => new ByString('by-string', undefined));
  keyed('by-long', byLong, () => new ByLong('by-long', undefined));
  keyed(
    'by-tuple',
    { by: (e) => e.tupleKey, type: TUPLE_KEY },
    () => new ByTuple('by-tuple', undefined),
  );
  keyed(
    'by-pojo',
    { by: (e) => e.pojoKey, type: KEY_POJO },
    () => new ByPojo('by-pojo', undefined),
  );
  keyed('null-map', byString, () => new NullMap('null-map', undefined));
  keyed('ttl-op', byString, () => new Expiring('ttl-op', undefined));
  writer
    .withOperator(OperatorIdentifier.forUid('op-state'), source().transform(new PutLists()))
    .withOperator(
      OperatorIdentifier.forUid('broadcast-op'),
      OperatorTransformation.bootstrapWith(BROADCAST_RULES).transform(new PutRules()),
    )
    .withOperator(
      OperatorIdentifier.forUid('win-agg'),
      source()
        .keyBy(byString.by, byString.type)
        .window(TumblingEventTimeWindows.of('1 s'))
        .aggregate(WINDOW_SUM, SUM_AND_COUNT),
    )
    .withOperator(
      OperatorIdentifier.forUid('win-session'),
      source()
        .keyBy(byLong.by, byLong.type)
        .window(EventTimeSessionWindows.withGap('500 ms'))
        .aggregate(WINDOW_SUM, SUM_AND_COUNT),
    )
    .withOperator(
      OperatorIdentifier.forUid('win-process'),
      OperatorTransformation.bootstrapWith(pairs(options.events), {
        type: KEY_AND_NAME,
        timestamps: ([, name]) => event(Number(name.slice(1))).timestamp,
      })
        .keyBy(([key]) => key, Types.BIGINT_LONG)
        .window(TumblingEventTimeWindows.of('5 s'))
        .process(new Discard()),
    );
  const { path } = await writer.write(target, { parallelism: options.parallelism });
  return path.replace(/^file:/, '');
}

const TIMES = { timestamps: ({ timestamp }: InteropEvent) => timestamp };

function* events(count: number): Generator<InteropEvent> {
  for (let id = 0; id < count; id++) {
    yield event(id);
  }
}

function* pairs(count: number): Generator<[bigint, string]> {
  for (const { id, longKey } of events(count)) {
    yield [longKey, `e${id}`];
  }
}
