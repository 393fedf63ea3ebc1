/** How large states and their keys are. What takes too long is estimated from the key groups that were read. */
import {
  keyedSubtasks,
  measureSnapshot,
  type SnapshotOperator,
  type StateSource,
} from '@millrace/state-processor';
import { goneSignal } from '../http/gone-signal.ts';
import type { RestApp, RestContext } from '../http/rest-room.ts';
import { checkKeysAreMeasured } from './keyless-states.ts';
import type { ScanSessions } from './scan-sessions.ts';
import { SharedMeasurings } from './shared-measurings.ts';
import { answering } from './state-errors.ts';
import {
  LargestKeys,
  LargestQuery,
  OperatorParameters,
  SourceQuery,
  StateParameters,
  StateSizes,
} from './state-schemas.ts';
import { LIVE, type StateSources } from './state-sources.ts';

const tags = ['state'];
const LIMIT_KEYS = 10;
/** For how long live state is measured before the rest is estimated: its tasks give it. */
const LIVE_MS = 2000;
/** And that of a snapshot, which costs no task anything. */
const SNAPSHOT_MS = 10_000;

export function measureRoutes(
  app: RestApp,
  sources: StateSources,
  sessions: ScanSessions,
  { clock }: RestContext,
): void {
  const measurings = new SharedMeasurings<Measured>(clock);
  const measure = (of: MeasuredPlace, client: AbortSignal): Promise<Measured> =>
    measurings.get(JSON.stringify(of), client, (signal) =>
      sessions.withRoom(of.jobid, () => measureOf(sources, of, { signal, now: () => clock.now() })),
    );
  app.get(
    '/jobs/:jobid/state/:operatorid/sizes',
    {
      schema: {
        ...{ tags, operationId: 'getStateSizes', params: OperatorParameters },
        summary: 'Entries and bytes by state and by key group.',
        querystring: SourceQuery,
        response: { 200: StateSizes },
      },
    },
    ({ params: { jobid, operatorid }, query: { source = LIVE } }, reply) =>
      answering(async () => {
        const of = { jobid, operatorid, source, limit: 0 };
        return sizesOf(await measure(of, goneSignal(reply.raw)), source);
      }),
  );
  app.get(
    '/jobs/:jobid/state/:operatorid/:statename/keys/largest',
    {
      schema: {
        ...{ tags, operationId: 'getLargestKeys', params: StateParameters },
        summary: 'The keys with the most bytes in a state.',
        querystring: LargestQuery,
        response: { 200: LargestKeys },
      },
    },
    ({ params, query: { source = LIVE, limit = LIMIT_KEYS } }, reply) =>
      answering(async () => {
        const { jobid, operatorid, statename } = params;
        const of = { jobid, operatorid, source, limit, statename };
        const { sizes, isComplete } = await measure(of, goneSignal(reply.raw));
        const { entries = 0 } = sizes.states.find(({ name }) => name === statename) ?? {};
        const keys = sizes.largestKeys.map(({ key, bytes, entries }) => ({ key, bytes, entries }));
        const exact = isComplete && sizes.largestKeysAreExact;
        return { source, keys, exact, scanned: entries };
      }),
  );
}

interface MeasuredPlace {
  readonly jobid: string;
  readonly operatorid: string;
  readonly source: string;
  readonly limit: number;
  /** The keys of this one alone. */
  readonly statename?: string;
}

type OperatorSizes = Awaited<ReturnType<typeof measureSnapshot>>['operators'][number];

interface Measured {
  readonly sizes: OperatorSizes;
  /** False when time was over before all was looked at. */
  readonly isComplete: boolean;
  /** Of all key groups. */
  readonly scannedShare: number;
  readonly subtaskOf: (keyGroup: number) => number | null;
}

async function measureOf(
  sources: StateSources,
  of: MeasuredPlace,
  { signal, now }: { readonly signal: AbortSignal; readonly now: () => number },
): Promise<Measured> {
  const { jobid, operatorid: operator, source, limit: largestKeys, statename } = of;
  const states = statename === undefined ? undefined : [statename];
  const check = (described: SnapshotOperator): void => {
    if (statename !== undefined) {
      checkKeysAreMeasured(described, { jobid, operatorid: operator, statename });
    }
  };
  const options = { operator, largestKeys, signal, ...(states && { states }) };
  const within = (ms: number) => {
    const until = now() + ms;
    return { ...options, isOver: () => now() >= until };
  };
  if (source !== LIVE) {
    const snapshot = await sources.snapshot(jobid, source);
    check(snapshot.operator(operator));
    const { operators } = await measureSnapshot(snapshot, within(SNAPSHOT_MS));
    const parts = snapshot.operator(operator).subtasks;
    return measuredOf(operators, (keyGroup) => {
      const part = parts.find(({ keyGroupRange }) => keyGroupRange?.contains(keyGroup));
      return part?.index ?? null;
    });
  }
  const { view, subtasks } = await sources.live(jobid, async (live) => {
    check(live.liveOperator(operator).described);
    const view = await live.openView(operator, states === undefined ? {} : { states });
    return { view, subtasks: keyedSubtasks(live.liveOperator(operator)) };
  });
  try {
    const { operators } = await measureSnapshot(view as StateSource, within(LIVE_MS));
    return measuredOf(operators, (keyGroup) => {
      const part = subtasks.find(
        ({ keyGroups }) => keyGroups.startKeyGroup <= keyGroup && keyGroup <= keyGroups.endKeyGroup,
      );
      return part?.subtask ?? null;
    });
  } finally {
    await view.close();
  }
}

function measuredOf([sizes]: readonly OperatorSizes[], subtaskOf: Measured['subtaskOf']): Measured {
  const measured = sizes as OperatorSizes;
  const { scannedShare } = measured;
  return { sizes: measured, isComplete: scannedShare === 1, scannedShare, subtaskOf };
}

function sizesOf({ sizes, isComplete, scannedShare, subtaskOf }: Measured, source: string) {
  const scaled = (value: number): number =>
    isComplete || scannedShare === 0 ? value : Math.round(value / scannedShare);
  return {
    source,
    // Operator state is not left out, however long it takes.
    states: sizes.states.map(({ name, kind, entries, bytes }) =>
      kind === 'operator'
        ? { name, entries, bytes, exact: true }
        : { name, entries: scaled(entries), bytes: scaled(bytes), exact: isComplete },
    ),
    keyGroups: sizes.keyGroups.map(({ entries, bytes }, keyGroup) => ({
      keyGroup,
      subtask: subtaskOf(keyGroup),
      entries,
      bytes,
    })),
  };
}
