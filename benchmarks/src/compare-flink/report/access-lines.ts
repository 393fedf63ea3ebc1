/** What the sections of state access and of checkpoints measured, as lines of the comparison. */
import type { BackendKind } from '../compared-state-backends.ts';
import type { AccessResult } from '../measure-accesses.ts';
import type { Step, StepName } from '../measure-checkpoints.ts';
import type { AccessSection, CheckpointSection } from '../sections.ts';
import type { Reply } from '../side.ts';
import { accessAim } from './aims.ts';
import type { Aim, ComparedBackendName, ComparedLine, Measured } from './compared-line.ts';

/** What our side is called. */
export const MILLRACE = 'Millrace';
/** Behind that name, and behind the work of a line: keys were told to the backend ahead. */
export const KEYS_AHEAD = ', keys ahead';

/** The longest time that a checkpoint may hold up records. */
const PAUSE: Aim = { atMost: 20 };

export function backendName(kind: BackendKind): ComparedBackendName {
  return kind === 'hashmap' ? 'heap' : 'rocksdb';
}

/** One of each way in which our side was measured, beside all other sides. */
export function accessLines(section: AccessSection, result: AccessResult): ComparedLine[] {
  const figures = result.figures.map(({ side, operationsPerMs }) => ({
    name: side,
    samples: operationsPerMs,
  }));
  const others = figures.filter(({ name }) => !name.startsWith(MILLRACE));
  return ['', KEYS_AHEAD].flatMap((way) => {
    const own = figures.find(({ name }) => name === MILLRACE + way);
    return own === undefined ? [] : [accessLine(section, result, { way, own, others })];
  });
}

function accessLine(
  section: AccessSection,
  result: AccessResult,
  of: { readonly way: string; readonly own: Measured; readonly others: readonly Measured[] },
): ComparedLine {
  const { keys } = section;
  const backend = backendName(section.backend);
  const access = `${result.group} ${result.access}`;
  const { distribution } = result;
  const aim = accessAim(access, { keys, distribution, backend });
  return {
    kind: 'state',
    work: `${access}, ${keys.toLocaleString('en')} keys, ${distribution}${of.way}`,
    backend,
    unit: 'operations/ms',
    better: 'more',
    ...bySide([{ name: MILLRACE, samples: of.own.samples }, ...of.others]),
    ...(aim === undefined ? {} : { aim }),
  };
}

const SUM_OF_PARTS = (reply: Reply): number => (reply.syncMs as number) + (reply.asyncMs as number);
const TIME = (reply: Reply): number => reply.ms as number;

/** `aims`: on the heap and on RocksDB. */
const STEPS: Readonly<
  Record<
    StepName,
    {
      readonly work: string;
      readonly figure: (reply: Reply) => number;
      readonly aims: readonly [Aim | undefined, Aim | undefined];
    }
  >
> = {
  fill: { work: 'filling new keys', figure: TIME, aims: [undefined, { ratio: 2 }] },
  pause: {
    work: 'longest pause of accesses by a checkpoint',
    figure: ({ longestMs }) => longestMs as number,
    aims: [PAUSE, PAUSE],
  },
  // There is a second core, for both sides. Twice Flink's time is the aim where there is one alone.
  checkpoint: {
    work: 'full checkpoint',
    figure: SUM_OF_PARTS,
    aims: [{ ratio: 1 }, { ratio: 1 }],
  },
  incremental: {
    work: 'incremental checkpoint, 1 % touched',
    figure: SUM_OF_PARTS,
    aims: [undefined, { ratio: 1 }],
  },
  restore: { work: 'restore 1 → 1', figure: TIME, aims: [{ ratio: 2 }, { ratio: 1 }] },
  rescale: { work: 'restore 1 → 2', figure: TIME, aims: [{ ratio: 2 }, { ratio: 1 }] },
};

export function stepLines(section: CheckpointSection, steps: readonly Step[]): ComparedLine[] {
  const names = [...new Set(steps.map(({ name }) => name))];
  const backend = backendName(section.backend);
  const lines = names.map((name): ComparedLine => {
    const { work, figure, aims } = STEPS[name];
    const aim = aims[backend === 'heap' ? 0 : 1];
    return {
      kind: 'checkpoints',
      work: `${work}, ${section.keys.toLocaleString('en')} entries`,
      backend,
      unit: 'ms',
      better: 'less',
      ...bySide(samplesOf(steps, name, figure)),
      ...(aim === undefined ? {} : { aim }),
    };
  });
  return [...lines, pauseWithoutCheckpoint(section, steps)];
}

/** Beside the pauses: collections of garbage and other work of the machine hold accesses up too. */
function pauseWithoutCheckpoint(section: CheckpointSection, steps: readonly Step[]): ComparedLine {
  return {
    kind: 'checkpoints',
    work: `longest pause without a checkpoint, ${section.keys.toLocaleString('en')} entries`,
    backend: backendName(section.backend),
    unit: 'ms',
    better: 'less',
    ...bySide(samplesOf(steps, 'pause', ({ withoutMs }) => withoutMs as number)),
  };
}

function samplesOf(
  steps: readonly Step[],
  name: StepName,
  figure: (reply: Reply) => number,
): Measured[] {
  const own = steps.filter((step) => step.name === name);
  return (own[0]?.figures ?? []).map(({ side }, index) => ({
    name: side,
    samples: own.map(({ figures }) => figure(figures[index]?.reply ?? {})),
  }));
}

/** Of a line of state access. */
export function isWithKeysAhead({ work }: ComparedLine): boolean {
  return work.endsWith(KEYS_AHEAD);
}

/** Sides by what they are called. */
export function bySide(
  figures: readonly Measured[],
): Pick<ComparedLine, 'ours' | 'flink'> & { readonly limit?: Measured } {
  const ours = figures.find(({ name }) => name === MILLRACE);
  const flink = figures.filter(({ name }) => name.startsWith('Flink'));
  const limit = figures.find((figure) => figure !== ours && !flink.includes(figure));
  if (ours === undefined) {
    throw new Error(`no figures of Millrace among ${figures.map(({ name }) => name).join(', ')}`);
  }
  return { ours, flink, ...(limit === undefined ? {} : { limit }) };
}
