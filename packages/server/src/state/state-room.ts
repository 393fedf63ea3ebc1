/** Seeing into state: live, and in the checkpoints and savepoints of a job. */
import { CheckpointError, DataInputView } from '@millrace/core';
import type { HotKeys } from '@millrace/runtime';
import {
  type JsonValue,
  measureSnapshot,
  readLiveKey,
  readStateEntries,
  type StateEntry,
  type StateSource,
  valueToJson,
} from '@millrace/state-processor';
import { TimedCache } from '../cache/timed-cache.ts';
import type { RestApp, RestContext, RestRoom } from '../http/rest-room.ts';
import { EmptyResponseBody } from '../schema/answers.ts';
import { queryableRoutes } from './queryable-routes.ts';
import { ScanSessions, type ScanSource } from './scan-sessions.ts';
import { sqlRoute } from './sql-route.ts';
import { answering } from './state-errors.ts';
import { overviewOf } from './state-overview.ts';
import {
  CursorQuery,
  EntriesQuery,
  HottestKeys,
  HottestQuery,
  JobParameters,
  KeyEntries,
  KeyQuery,
  LargestKeys,
  LargestQuery,
  OperatorParameters,
  Snapshots,
  SourceQuery,
  StateEntries,
  StateOverview,
  StateParameters,
  StateSizes,
} from './state-schemas.ts';
import { LIVE, StateSources } from './state-sources.ts';

const tags = ['state'];
const PAGE_ENTRIES = 100;
const LIMIT_KEYS = 10;
/** Of one key in a snapshot. */
const KEY_ENTRIES_MAX = 10_000;
/** For how long live state is measured before the rest is estimated. */
const MEASURE_MS = 2000;
const MEASURED_MS = 10_000;

export const stateRoom: RestRoom = (app, context) => {
  const sources = new StateSources(context.gateway, context.clock);
  const sessions = new ScanSessions(context.clock);
  app.addHook('preHandler', lowerCaseIds);
  overviewRoutes(app, sources);
  entryRoutes(app, sources, sessions);
  measureRoutes(app, sources, sessions, context);
  hottestRoute(app, sources);
  queryableRoutes(app, sources);
  sqlRoute(app, sources, sessions);
};

function overviewRoutes(app: RestApp, sources: StateSources): void {
  app.get(
    '/jobs/:jobid/snapshots',
    {
      schema: {
        ...{ tags, operationId: 'getSnapshots', params: JobParameters },
        summary: 'Checkpoints and savepoints of the job that can be looked into.',
        response: { 200: Snapshots },
      },
    },
    ({ params: { jobid } }) =>
      answering(async () => ({ snapshots: [...(await sources.snapshots(jobid))] })),
  );
  app.get(
    '/jobs/:jobid/state',
    {
      schema: {
        ...{ tags, operationId: 'getState', params: JobParameters, querystring: SourceQuery },
        summary: 'Operators and their states, with types.',
        response: { 200: StateOverview },
      },
    },
    ({ params: { jobid }, query: { source = LIVE } }) =>
      answering(() => overviewOf(sources, jobid, source)),
  );
}

function entryRoutes(app: RestApp, sources: StateSources, sessions: ScanSessions): void {
  app.get(
    '/jobs/:jobid/state/:operatorid/:statename',
    {
      schema: {
        ...{ tags, operationId: 'getStateOfKey', params: StateParameters, querystring: KeyQuery },
        summary: 'What one key has in a state.',
        response: { 200: KeyEntries },
      },
    },
    ({ params, query: { source = LIVE, key } }) =>
      answering(() => entriesOfKey(sources, { ...params, source, key })),
  );
  app.get(
    '/jobs/:jobid/state/:operatorid/:statename/entries',
    {
      schema: {
        ...{ tags, operationId: 'getStateEntries', params: StateParameters },
        summary: 'The entries of a state, page by page of one consistent view.',
        querystring: EntriesQuery,
        response: { 200: StateEntries },
      },
    },
    ({ params, query }) =>
      answering(async () => {
        const { source, prefix, cursor, limit = PAGE_ENTRIES } = query;
        const { jobid, operatorid, statename } = params;
        const owner = ownerOf(params);
        const place = { jobid, operatorid, statename, source: source ?? LIVE };
        const page =
          cursor === undefined
            ? await sessions.begin(owner, prefix, await openScan(sources, sessions, place), limit)
            : await sessions.goOn({ owner, source }, cursor, limit);
        return { ...page, entries: page.entries.map(entryJson) };
      }),
  );
  app.delete(
    '/jobs/:jobid/state/:operatorid/:statename/entries',
    {
      schema: {
        ...{ tags, operationId: 'closeStateEntries', params: StateParameters },
        summary: 'Closes a cursor before its end, and the view of live state that it holds.',
        querystring: CursorQuery,
        response: { 200: EmptyResponseBody },
      },
    },
    ({ params, query: { cursor } }) =>
      answering(async () => {
        await sessions.close(ownerOf(params), cursor);
        return {};
      }),
  );
}

/** What a cursor is good for. */
function ownerOf({ jobid, operatorid, statename }: Omit<StatePlace, 'source'>): string {
  return JSON.stringify([jobid, operatorid, statename]);
}

/** As the ids of jobs and operators are written; Flink takes both. */
function lowerCaseIds(request: { params: unknown }, _reply: unknown, done: () => void): void {
  const params = request.params as Record<string, string> | undefined;
  for (const name of ['jobid', 'operatorid']) {
    const id = params?.[name];
    if (params !== undefined && id !== undefined && /^[0-9a-f]{32}$/i.test(id)) {
      params[name] = id.toLowerCase(); // Elsewhere it is a uid or a name.
    }
  }
  done();
}

interface StatePlace {
  readonly jobid: string;
  readonly operatorid: string;
  readonly statename: string;
  readonly source: string;
}

async function openScan(
  sources: StateSources,
  sessions: ScanSessions,
  of: StatePlace,
): Promise<ScanSource> {
  const { jobid, operatorid: operator, statename: state, source } = of;
  if (source !== LIVE) {
    const snapshot = await sources.snapshot(jobid, source);
    const takenAt = (await sources.snapshots(jobid)).find(({ id }) => id === source)?.timestamp;
    const entries = readStateEntries(snapshot, { operator, state });
    return { source, live: undefined, takenAt: takenAt ?? 0, entries, close: async () => {} };
  }
  const place = { jobId: jobid, operator };
  const view = await sessions.opening(place, () =>
    sources.live(jobid, (live) => live.openView(operator, { states: [state] })),
  );
  return {
    source,
    live: place,
    takenAt: view.takenAt,
    entries: readStateEntries(view, { operator, state }),
    close: () => view.close(),
  };
}

async function entriesOfKey(sources: StateSources, of: StatePlace & { readonly key: string }) {
  const { jobid, operatorid: operator, statename: state, source, key } = of;
  let found: { entries: readonly StateEntry[]; subtask: number | null; truncated: boolean };
  if (source === LIVE) {
    found = await sources.live(jobid, (live) => readLiveKey(live, { operator, state, key }));
  } else {
    const snapshot = await sources.snapshot(jobid, source);
    const entries: StateEntry[] = [];
    const options = { operator, state, key, limit: KEY_ENTRIES_MAX + 1 };
    for await (const batch of readStateEntries(snapshot, options)) {
      entries.push(...batch);
    }
    const truncated = entries.length > KEY_ENTRIES_MAX;
    found = { entries: entries.slice(0, KEY_ENTRIES_MAX), subtask: null, truncated };
  }
  const [first] = found.entries;
  if (first === undefined) {
    const what = `state '${state}' has nothing for the key ${key}`;
    throw new CheckpointError('STATE_KEY_NOT_FOUND', what);
  }
  return {
    source,
    key: 'key' in first ? first.key : null,
    keyGroup: 'keyGroup' in first ? first.keyGroup : null,
    subtask: found.subtask,
    entries: found.entries.map(entryJson),
    truncated: found.truncated,
  };
}

function entryJson(entry: StateEntry) {
  const namespace: JsonValue = ('namespace' in entry ? entry.namespace : undefined) ?? null;
  const mapKey = 'userKey' in entry ? { mapKey: entry.userKey } : {};
  return {
    keyGroup: 'keyGroup' in entry ? entry.keyGroup : null,
    key: 'key' in entry ? entry.key : null,
    namespace,
    ...mapKey,
    value: entry.kind === 'timer' ? entry.timestamp : entry.value,
  };
}

function measureRoutes(
  app: RestApp,
  sources: StateSources,
  sessions: ScanSessions,
  { clock }: RestContext,
): void {
  const patience = { patienceMs: Number.MAX_SAFE_INTEGER, staleAgeMsMax: 0 };
  const measured = new TimedCache<Measured>({
    ...{ clock, maxAgeMs: MEASURED_MS, sizeMax: 32 },
    ...patience,
  });
  const measure = (of: MeasuredPlace): Promise<Measured> =>
    measured.get(JSON.stringify(of), () =>
      sessions.withRoom(of.jobid, () => measureOf(sources, of, () => clock.now())),
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
    ({ params: { jobid, operatorid }, query: { source = LIVE } }) =>
      answering(async () =>
        sizesOf(await measure({ jobid, operatorid, source, limit: 0 }), source),
      ),
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
    ({ params: { jobid, operatorid, statename }, query: { source = LIVE, limit = LIMIT_KEYS } }) =>
      answering(async () => {
        const of = { jobid, operatorid, source, limit, states: [statename] };
        const { sizes, isComplete } = await measure(of);
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
  readonly states?: readonly string[];
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
  now: () => number,
): Promise<Measured> {
  const { jobid, operatorid: operator, source, limit: largestKeys, states } = of;
  const options = { operator, largestKeys, ...(states && { states }) };
  if (source !== LIVE) {
    const snapshot = await sources.snapshot(jobid, source);
    const { operators } = await measureSnapshot(snapshot, options);
    const parts = snapshot.operator(operator).subtasks;
    return measuredOf(operators, (keyGroup) => {
      const part = parts.find(({ keyGroupRange }) => keyGroupRange?.contains(keyGroup));
      return part?.index ?? null;
    });
  }
  const { view, subtasks } = await sources.live(jobid, async (live) => {
    const view = await live.openView(operator, states === undefined ? {} : { states });
    return { view, subtasks: live.liveOperator(operator).subtasks };
  });
  try {
    const until = now() + MEASURE_MS;
    const isOver = (): boolean => now() >= until;
    const { operators } = await measureSnapshot(view as StateSource, { ...options, isOver });
    return measuredOf(operators, (keyGroup) => {
      const part = subtasks.find(
        ({ description: { keyGroups } }) =>
          keyGroups.startKeyGroup <= keyGroup && keyGroup <= keyGroups.endKeyGroup,
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
    states: sizes.states.map(({ name, entries, bytes }) => ({
      name,
      entries: scaled(entries),
      bytes: scaled(bytes),
      exact: isComplete,
    })),
    keyGroups: sizes.keyGroups.map(({ entries, bytes }, keyGroup) => ({
      keyGroup,
      subtask: subtaskOf(keyGroup),
      entries,
      bytes,
    })),
  };
}

function hottestRoute(app: RestApp, sources: StateSources): void {
  app.get(
    '/jobs/:jobid/state/:operatorid/keys/hottest',
    {
      schema: {
        ...{ tags, operationId: 'getHottestKeys', params: OperatorParameters },
        summary:
          'The keys that most records have: counted by a sketch from the first request on, for a minute after the last.',
        querystring: HottestQuery,
        response: { 200: HottestKeys },
      },
    },
    ({ params: { jobid, operatorid }, query: { limit = LIMIT_KEYS } }) =>
      answering(async () => {
        const { parts, serializer } = await sources.live(jobid, async (live) => {
          const operator = live.liveOperator(operatorid);
          const serializer = operator.described.keySerializer?.restoreSerializer();
          return { serializer, parts: await live.hotKeys(operator, limit) };
        });
        const decode = (key: Uint8Array): JsonValue =>
          valueToJson(serializer?.deserialize(new DataInputView(key)));
        return hottestOf(parts, limit, decode);
      }),
  );
}

/** A key is of one subtask: no two parts have the same. */
function hottestOf(
  parts: readonly HotKeys[],
  limit: number,
  decode: (key: Uint8Array) => JsonValue,
) {
  const sampledAccesses = parts.reduce((sum, part) => sum + part.sampledAccesses, 0);
  const keys = parts.flatMap((part) => part.keys).sort((a, b) => b.count - a.count);
  return {
    sampledAccesses,
    keys: keys.slice(0, limit).map(({ key, count, overcount }) => ({
      key: decode(key),
      share: count / sampledAccesses,
      errorShare: overcount / sampledAccesses,
    })),
  };
}
