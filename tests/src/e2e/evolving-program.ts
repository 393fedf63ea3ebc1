/**
 * A program of which each run is another version: the same operators and state names with other
 * types. One run takes a checkpoint, the next resumes from it.
 *
 * Record `n` has the key `n % KEYS`.
 */
import {
  type AggregatingState,
  AggregatingStateDescriptor,
  type BroadcastState,
  type CheckpointedFunction,
  DataGeneratorSource,
  type DataStream,
  type FunctionInitializationContext,
  type JobClient,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  ProcessWindowFunction,
  type ReducingState,
  ReducingStateDescriptor,
  StreamExecutionEnvironment,
  type TimeWindow,
  TumblingEventTimeWindows,
  type TypeInformation,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
} from 'millrace';

export const KEYS = 3;
const NUMBERS = 1_000;

export interface Version<T> {
  /** Where its checkpoints go; they outlive it. */
  readonly folder: string;
  /** The checkpoint that it resumes from. */
  readonly from?: string;
  /** Of every state. */
  readonly type: TypeInformation<T>;
  /** What the records of this version become. */
  readonly make: (n: number) => T;
  /** Records of this run; the next goes on after them. */
  readonly records: number;
  readonly configuration?: Readonly<Record<string, string>>;
  readonly keyType?: TypeInformation<never>;
  readonly keyOf?: (n: number) => never;
  /** Fails at a further record once two checkpoints hold all. */
  readonly dies?: boolean;
  /** Told before the first record of a key is added. */
  readonly onSeen?: (key: unknown, seen: Seen<T>) => void;
  readonly onRestored?: (subtask: number, restored: Restored<T>) => void;
  readonly onWindow?: (key: unknown, contents: readonly T[]) => void;
  readonly onRecord?: (n: number) => void;
}

/** What the states of a key hold. */
export interface Seen<T> {
  readonly value: T | undefined;
  readonly list: readonly T[];
  readonly map: readonly (readonly [string, T])[];
  readonly reducing: T | undefined;
  readonly aggregating: readonly T[] | undefined;
}

/** What the operator states of a subtask hold. */
export interface Restored<T> {
  readonly list: readonly T[];
  readonly union: readonly T[];
  readonly broadcast: readonly (readonly [string, T])[];
}

class Keep<T> extends KeyedProcessFunction<number, number, T> implements CheckpointedFunction {
  private readonly version: () => Version<T>;
  private value!: ValueState<T>;
  private list!: ListState<T>;
  private map!: MapState<string, T>;
  private reducing!: ReducingState<T>;
  private aggregating!: AggregatingState<T, readonly T[]>;
  private items!: ListState<T>;
  private all!: ListState<T>;
  private rules!: BroadcastState<string, T>;
  private known = new Set<unknown>();

  constructor(version: Version<T>) {
    super();
    this.version = () => version;
  }

  initializeState({ isRestored, operatorStateStore }: FunctionInitializationContext): void {
    const { type, make, onRestored } = this.version();
    this.items = operatorStateStore.getListState(new ListStateDescriptor('items', type));
    this.all = operatorStateStore.getUnionListState(new ListStateDescriptor('all', type));
    this.rules = operatorStateStore.getBroadcastState(
      new MapStateDescriptor('rules', Types.STRING, type),
    );
    const subtask = this.runtimeContext.taskInfo.indexOfThisSubtask;
    if (isRestored) {
      onRestored?.(subtask, {
        list: [...this.items.get()],
        union: [...this.all.get()],
        broadcast: [...this.rules.entries()],
      });
    } else {
      this.items.add(make(subtask));
      this.all.add(make(subtask));
      this.rules.put('rule', make(0));
    }
  }

  snapshotState(): void {}

  override open(): void {
    const { type } = this.version();
    const context = this.runtimeContext;
    this.value = context.getState(new ValueStateDescriptor('value', type));
    this.list = context.getListState(new ListStateDescriptor('list', type));
    this.map = context.getMapState(new MapStateDescriptor('map', Types.STRING, type));
    this.reducing = context.getReducingState(
      new ReducingStateDescriptor('reducing', (_a: T, b: T) => b, type),
    );
    this.aggregating = context.getAggregatingState(
      new AggregatingStateDescriptor('aggregating', this.collect(), Types.LIST(type)),
    );
  }

  override processElement(n: number, context: KeyedProcessContext<number>): void {
    const { make, onSeen, onRecord, dies, records } = this.version();
    onRecord?.(n);
    if (dies === true && n >= records) {
      throw new Error('killed');
    }
    if (!this.known.has(context.currentKey)) {
      this.known.add(context.currentKey);
      onSeen?.(context.currentKey, {
        value: this.value.value(),
        list: [...this.list.get()],
        map: [...this.map.entries()],
        reducing: this.reducing.get(),
        aggregating: this.aggregating.get(),
      });
    }
    this.value.update(make(n));
    this.list.add(make(n));
    this.map.put(`m${n}`, make(n));
    this.reducing.add(make(n));
    this.aggregating.add(make(n));
  }

  private collect() {
    return {
      createAccumulator: (): T[] => [],
      add: (value: T, all: T[]): T[] => [...all, value],
      getResult: (all: T[]): readonly T[] => all,
      merge: (a: T[], b: T[]): T[] => [...a, ...b],
    };
  }
}

class ReadWindow<T> extends ProcessWindowFunction<T, never, unknown, TimeWindow> {
  private readonly tell: (key: unknown, contents: readonly T[]) => void;

  constructor(tell: (key: unknown, contents: readonly T[]) => void) {
    super();
    this.tell = tell;
  }

  override process(key: unknown, _context: unknown, contents: Iterable<T>): void {
    this.tell(key, [...contents]);
  }
}

/** Grants `records`, then none; a last one after two checkpoints to a version that dies by it. */
function heldAfter({ records, dies = false }: { records: number; dies?: boolean }) {
  let left = records;
  let checkpoints = dies ? 2 : Number.POSITIVE_INFINITY;
  return {
    createRateLimiter: () => {
      let release = (): void => {};
      return {
        acquire: (wanted: number): number => {
          const granted = Math.min(wanted, left);
          left -= granted;
          return granted;
        },
        whenAvailable: () =>
          new Promise<void>((resolve) => {
            release = resolve;
          }),
        notifyCheckpointComplete: (): void => {
          if (left === 0 && --checkpoints === 0) {
            left = 1;
            release();
          }
        },
        close: (): void => {},
      };
    },
  };
}

/** One event-time window of all records; it fires in a version that has `onWindow`. */
function watermarks<T>(version: Version<T>): WatermarkStrategy<number> {
  let left = version.records;
  return WatermarkStrategy.forGenerator<number>(() => ({
    onEvent: (_n, _timestamp, output) => {
      left -= 1;
      if (left === 0 && version.onWindow !== undefined) {
        output.emitWatermark(NUMBERS);
      }
    },
    onPeriodicEmit: () => {},
  })).withTimestampAssigner((n) => n);
}

export function evolvingProgram<T>(version: Version<T>): StreamExecutionEnvironment {
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    'execution.checkpointing.interval': '10 ms',
    'execution.checkpointing.dir': version.folder,
    'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
    'restart-strategy.type': 'none',
    'parallelism.default': '2',
    ...(version.from === undefined ? {} : { 'execution.state-recovery.path': version.from }),
    ...version.configuration,
  }).setServices({ warn: () => {} });
  const source = new DataGeneratorSource((n) => n, NUMBERS, {
    rateLimiterStrategy: heldAfter(version),
  });
  const numbers = env
    .fromSource(source, watermarks(version), 'numbers', Types.LONG)
    .uid('numbers')
    .setParallelism(1);
  numbers
    .keyBy(
      version.keyOf ?? ((n) => n % KEYS),
      (version.keyType ?? Types.LONG) as TypeInformation<number>,
    )
    .process(new Keep(version), version.type)
    .name('Keep')
    .uid('keep');
  addWindow(numbers, version);
  return env;
}

function addWindow<T>(numbers: DataStream<number>, version: Version<T>): void {
  numbers
    .map(version.make, version.type)
    .uid('make')
    .setParallelism(1)
    .keyBy(() => 'all', Types.STRING)
    .window(TumblingEventTimeWindows.of(NUMBERS))
    .process(new ReadWindow<T>((key, contents) => version.onWindow?.(key, contents)))
    .name('Window')
    .uid('window');
}

/** Runs a version until a checkpoint holds all its records. @returns the checkpoint's path */
export async function runVersion<T>(version: Version<T>): Promise<string> {
  const job = await evolvingProgram(version).executeAsync('evolving');
  const ended = job.jobExecutionResult().catch((error: unknown) => error);
  await until(job, () => recordsOut(job) >= version.records);
  // One may be under way already; the next one begins after the last record.
  const wanted = job.details().checkpoints.counts.completed + 2;
  await until(job, () => job.details().checkpoints.counts.completed >= wanted);
  await job.cancel();
  await ended;
  const path = job
    .details()
    .checkpoints.history.find(({ status }) => status === 'COMPLETED')?.externalPointer;
  if (path === undefined) {
    throw new Error('the job kept no checkpoint');
  }
  return path;
}

function recordsOut(job: JobClient): number {
  const operators = job.details().vertices.flatMap((vertex) => vertex.operators);
  return operators.find(({ name }) => name === 'Source: numbers')?.numRecordsOut ?? 0;
}

async function until(job: JobClient, holds: () => boolean): Promise<void> {
  while (!holds()) {
    if (job.jobStatus() === 'FAILED') {
      await job.jobExecutionResult();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
