/**
 * What a seed decides before the run: how the job is set up, and how much goes wrong.
 *
 * The faults have a budget and end at `CALM_AT_MS`, so that every run can come to its end.
 */
import { Configuration, type RestoreMode } from '@millrace/core';
import { SeededRandom } from '@millrace/testing';

/** Simulated time after which nothing goes wrong any more and files take no time. */
export const CALM_AT_MS = 2_500;

/** Slots that the job finds in the end; before that there may be fewer than it needs. */
const SLOTS_IN_THE_END = 4;

/** One seed in so many has the adaptive scheduler. */
const SEEDS_PER_ADAPTIVE = 4;

/** Of a job with the adaptive scheduler; many come while it starts, or ask for what it has. */
const RESOURCE_CHANGES = { min: 4, range: 12 };

/** Most jobs have ended by then. */
const RESCALE_MS_MAX = 600;

export const CHECKPOINT_DIRECTORY = 'memory:/checkpoints';
export const SAVEPOINT_DIRECTORY = 'memory:/savepoints';
const HIGH_AVAILABILITY_DIRECTORY = 'memory:/ha';

/** Where keyed state is, as `state.backend.type` names it. */
export type SimulatedBackend = 'hashmap' | 'rocksdb';

export interface SimulationPlan {
  readonly seed: number;
  readonly backend: SimulatedBackend;
  readonly parallelism: number;
  /** Each start of the process has a parallelism of its own. */
  readonly rescales: boolean;
  /** Changes of the parallelism of the job that runs, in the order of their times. */
  readonly rescalesInPlace: readonly RescaleInPlace[];
  /** The job takes the slots that there are; `undefined` with the default scheduler. */
  readonly adaptive: AdaptivePlan | undefined;
  readonly settings: Readonly<Record<string, string>>;
  /** What the keyed operators send is taken with stops, so that records wait before them. */
  readonly isSlow: boolean;
  /** At most so many of each are injected. */
  readonly budget: FaultBudget;
  /** How often a file operation takes time, and how long at most. */
  readonly lag: { readonly probability: number; readonly msMax: number };
  /** A crash is one of the machine, which loses what was not synced, not of the process only. */
  readonly losesUnsynced: boolean;
  /** The job is stopped with a savepoint, and another job goes on from that. */
  readonly move: JobMove | undefined;
  /** Several, which speak by messages; `undefined` where one slot runs all. */
  readonly slots: SlotsPlan | undefined;
}

export interface AdaptivePlan {
  readonly mode: 'adaptive' | 'reactive';
  readonly slotsAtFirst: number;
  /** In the order of their times. */
  readonly changes: readonly ResourceChange[];
}

/** At a simulated time, whatever the job does then. */
export type ResourceChange = { readonly atMs: number } & (
  | { readonly slots: number }
  /** Of each vertex. */
  | { readonly lowerBound: number; readonly upperBound: number }
);

export interface SlotsPlan {
  /** At least 2. */
  readonly count: number;
  /** Subtasks of one index share a slot, as in one slot sharing group; else vertices are apart. */
  readonly sharesSlots: boolean;
  /** Of a message, or of records between slots. */
  readonly delayMsMax: number;
}

export interface JobMove {
  /** Simulated time; a job that has ended by then is not moved. */
  readonly atMs: number;
  /** In which the other job takes the savepoint. */
  readonly mode: RestoreMode;
}

export interface RescaleInPlace {
  /** Simulated time; the process that runs then, if the job has not ended. */
  readonly atMs: number;
  readonly parallelism: number;
}

export interface FaultBudget {
  readonly recordFailures: number;
  readonly fileFaults: number;
  readonly commitFaults: number;
  readonly crashes: number;
  readonly slotDeaths: number;
  /** A slot has no turn for a while, which may be too long for the JobManager. */
  readonly slotStalls: number;
}

/**
 * @param slots - how many there are; the seed decides, in half of all cases for one, unless given
 * @param isAdaptive - whether the job has the adaptive scheduler; the seed decides unless given
 */
export function simulationPlan(
  seed: number,
  backend: SimulatedBackend = 'hashmap',
  slots?: number,
  isAdaptive: boolean = new SeededRandom(seed ^ 0x0d_1ce5).nextInt(SEEDS_PER_ADAPTIVE) === 0,
): SimulationPlan {
  const random = new SeededRandom(seed);
  // Apart, so that a seed decides the same for one slot as before there could be several.
  const randomOfSlots = new SeededRandom(seed ^ 0x0510_75);
  const slotsPlan = slotsPlanOf(randomOfSlots, slots);
  const randomOfBarriers = new SeededRandom(seed ^ 0x0a_119e);
  const unaligned = randomOfBarriers.nextInt(2) === 0;
  const randomOfAdaptive = new SeededRandom(seed ^ 0x0ada_97);
  const adaptive = isAdaptive ? adaptivePlanOf(randomOfAdaptive) : undefined;
  const quiet = random.nextInt(20) === 0;
  const upTo = (max: number): number => (quiet ? 0 : random.nextInt(max + 1));
  return {
    seed,
    backend,
    parallelism: 1 + random.nextInt(3),
    rescales: random.nextInt(2) === 0,
    rescalesInPlace: rescalesInPlaceOf(new SeededRandom(seed ^ 0x5ca_1e)),
    adaptive,
    settings: {
      ...settingsOf(random),
      ...(backend === 'rocksdb' ? rocksdbSettingsOf(new SeededRandom(seed ^ 0x0b_a5eb)) : {}),
      ...(unaligned ? unalignedSettingsOf(randomOfBarriers) : {}),
      ...(adaptive && adaptiveSettingsOf(adaptive, randomOfAdaptive)),
    },
    isSlow: unaligned && randomOfBarriers.nextInt(3) > 0,
    budget: {
      recordFailures: upTo(4),
      fileFaults: upTo(8),
      commitFaults: upTo(4),
      crashes: upTo(3),
      slotDeaths: quiet || slotsPlan === undefined ? 0 : randomOfSlots.nextInt(4),
      slotStalls: quiet || slotsPlan === undefined ? 0 : randomOfSlots.nextInt(6),
    },
    lag: { probability: random.pick([0, 0.1, 0.3]), msMax: random.pick([2, 10, 25]) },
    losesUnsynced: random.nextInt(2) === 0,
    move:
      random.nextInt(2) === 0
        ? undefined
        : {
            atMs: random.pick([20, 100, 300, 600]),
            mode: random.pick(['CLAIM', 'NO_CLAIM', 'LEGACY'] as const),
          },
    slots: slotsPlan,
  };
}

function slotsPlanOf(random: SeededRandom, slots: number | undefined): SlotsPlan | undefined {
  const chosen = random.pick([1, 1, 1, 2, 3, 4]);
  const count = slots ?? chosen;
  const plan = {
    count,
    sharesSlots: random.nextInt(2) === 0,
    delayMsMax: random.pick([0, 3, 12]),
  };
  return count === 1 ? undefined : plan;
}

/** @param savepoint - of the job that this one goes on from */
export function configurationOf(
  plan: SimulationPlan,
  parallelism: number,
  savepoint: string | undefined,
): Configuration {
  return Configuration.fromMap({
    ...plan.settings,
    'parallelism.default': String(parallelism),
    ...(savepoint === undefined
      ? {}
      : {
          'pipeline.name': 'simulation, moved',
          'execution.state-recovery.path': savepoint,
          'execution.state-recovery.claim-mode': plan.move?.mode ?? 'NO_CLAIM',
        }),
  });
}

function rescalesInPlaceOf(random: SeededRandom): RescaleInPlace[] {
  const times = Array.from({ length: random.nextInt(8) }, () => random.nextInt(RESCALE_MS_MAX));
  return times.sort((a, b) => a - b).map((atMs) => ({ atMs, parallelism: 1 + random.nextInt(4) }));
}

function adaptivePlanOf(random: SeededRandom): AdaptivePlan {
  const mode = random.pick(['adaptive', 'reactive'] as const);
  const change = (atMs: number): ResourceChange => {
    if (mode === 'reactive' || random.nextInt(2) === 0) {
      return { atMs, slots: random.nextInt(SLOTS_IN_THE_END + 1) };
    }
    const lowerBound = 1 + random.nextInt(2);
    return { atMs, lowerBound, upperBound: lowerBound + random.nextInt(3) };
  };
  const length = RESOURCE_CHANGES.min + random.nextInt(RESOURCE_CHANGES.range);
  const times = Array.from({ length }, () => random.nextInt(RESCALE_MS_MAX));
  const changes = times.sort((a, b) => a - b).map(change);
  const last = { atMs: RESCALE_MS_MAX, slots: SLOTS_IN_THE_END };
  const slotsAtFirst = random.nextInt(SLOTS_IN_THE_END + 1);
  return { mode, slotsAtFirst, changes: [...changes, last] };
}

function adaptiveSettingsOf(
  { mode }: AdaptivePlan,
  random: SeededRandom,
): Readonly<Record<string, string>> {
  const key = 'jobmanager.adaptive-scheduler';
  return {
    'jobmanager.scheduler': 'adaptive',
    ...(mode === 'reactive' ? { 'scheduler-mode': 'reactive' } : {}),
    [`${key}.resource-wait-timeout`]: '-1 ms',
    [`${key}.resource-stabilization-timeout`]: `${random.pick([0, 3, 20])} ms`,
    [`${key}.scaling-interval.min`]: `${random.pick([0, 0, 15])} ms`,
    [`${key}.min-parallelism-increase`]: random.pick(['1', '1', '2']),
  };
}

function settingsOf(random: SeededRandom): Record<string, string> {
  const milliseconds = (choices: readonly number[]): string => `${random.pick(choices)} ms`;
  return {
    'pipeline.name': 'simulation',
    'pipeline.operator-chaining.enabled': random.pick(['true', 'true', 'false']),
    'pipeline.auto-watermark-interval': milliseconds([5, 20]),
    'execution.checkpointing.interval': milliseconds([10, 20, 40]),
    'execution.checkpointing.timeout': milliseconds([12, 30, 600_000, 600_000]),
    'execution.checkpointing.min-pause': milliseconds([0, 0, 5]),
    'execution.checkpointing.max-concurrent-checkpoints': random.pick(['1', '1', '2', '3']),
    'execution.checkpointing.tolerable-failed-checkpoints': random.pick(['0', '1', '3', '100']),
    'execution.checkpointing.num-retained': random.pick(['1', '2', '3']),
    'execution.checkpointing.dir': CHECKPOINT_DIRECTORY,
    'execution.checkpointing.data-inline-threshold': random.pick(['0 b', '200 b', '20 kb']),
    'execution.checkpointing.write-buffer-size': random.pick(['0', '64', '4096']),
    'high-availability.type': 'filesystem',
    'high-availability.storageDir': HIGH_AVAILABILITY_DIRECTORY,
    'job-result-store.delete-on-commit': 'false',
    'restart-strategy.type': 'fixed-delay',
    'restart-strategy.fixed-delay.attempts': '1000000',
    'restart-strategy.fixed-delay.delay': milliseconds([1, 10, 50]),
  };
}

/** Some overtake from the start, others after a while or, in effect, never. */
function unalignedSettingsOf(random: SeededRandom): Record<string, string> {
  return {
    'execution.checkpointing.unaligned.enabled': 'true',
    'execution.checkpointing.aligned-checkpoint-timeout': `${random.pick([0, 0, 2, 8, 1_000])} ms`,
    'execution.checkpointing.max-concurrent-checkpoints': '1',
  };
}

/** A cache of values that holds a few, so that most are evicted to the database again and again. */
function rocksdbSettingsOf(random: SeededRandom): Record<string, string> {
  return {
    'execution.checkpointing.incremental': random.pick(['true', 'false']),
    'execution.checkpointing.local-backup.enabled': random.pick(['true', 'false']),
    'execution.state-recovery.from-local': random.pick(['true', 'false']),
    'state.backend.rocksdb.block.cache-size': '64 kb',
    'state.backend.rocksdb.checkpoint.transfer.thread.num': random.pick(['1', '4']),
    'state.backend.rocksdb.memory.managed': 'false',
    'state.backend.rocksdb.memory.value-cache-size': random.pick([
      '0 b',
      '500 b',
      '2 kb',
      '8 kb',
      '1 mb',
    ]),
    'state.backend.rocksdb.timer-service.factory': random.pick(['ROCKSDB', 'ROCKSDB', 'HEAP']),
    'state.backend.rocksdb.timer-service.cache-size': random.pick(['1', '4', '128']),
    'state.backend.rocksdb.use-ingest-db-restore-mode': random.pick(['true', 'false']),
    'state.backend.rocksdb.write-batch-size': random.pick(['0 b', '100 b', '2 mb']),
  };
}
