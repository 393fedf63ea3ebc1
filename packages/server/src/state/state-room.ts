/** Seeing into state: live, and in the checkpoints and savepoints of a job. */
import { CheckpointError, DataInputView } from '@millrace/core';
import type { HotKeys } from '@millrace/runtime';
import {
  type JsonValue,
  readLiveKey,
  readStateEntries,
  type StateEntry,
  valueToJson,
} from '@millrace/state-processor';
import type { RestApp, RestRoom } from '../http/rest-room.ts';
import { EmptyResponseBody } from '../schema/answers.ts';
import { checkHasKeys, type NamedState } from './keyless-states.ts';
import { measureRoutes } from './measure-routes.ts';
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
  OperatorParameters,
  Snapshots,
  SourceQuery,
  StateEntries,
  StateOverview,
  StateParameters,
} from './state-schemas.ts';
import { LIVE, StateSources } from './state-sources.ts';

const tags = ['state'];
const PAGE_ENTRIES = 100;
const LIMIT_KEYS = 10;
/** Of one key in a snapshot. */
const KEY_ENTRIES_MAX = 10_000;

export const stateRoom: RestRoom = (app, context) => {
  const sources = new StateSources(context);
  const sessions = new ScanSessions(context.clock);
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
        const { source, key, prefix, cursor, limit = PAGE_ENTRIES } = query;
        const owner = ownerOf(params);
        const place = { ...params, source: source ?? LIVE, key };
        const page =
          cursor === undefined
            ? await sessions.begin(
                owner,
                { key, prefix },
                await openScan(sources, sessions, place),
                limit,
              )
            : await sessions.goOn({ owner, source, key, prefix }, cursor, limit);
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
function ownerOf({ jobid, operatorid, statename }: NamedState): string {
  return JSON.stringify([jobid, operatorid, statename]);
}

interface StatePlace extends NamedState {
  readonly source: string;
}

async function openScan(
  sources: StateSources,
  sessions: ScanSessions,
  of: StatePlace & { readonly key: string | undefined },
): Promise<ScanSource> {
  const { jobid, operatorid: operator, statename: state, source } = of;
  const options = { operator, state, ...(of.key === undefined ? {} : { key: of.key }) };
  if (source !== LIVE) {
    const snapshot = await sources.snapshot(jobid, source);
    const takenAt = (await sources.snapshots(jobid)).find(({ id }) => id === source)?.timestamp;
    const entries = readStateEntries(snapshot, options);
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
    entries: readStateEntries(view, options),
    close: () => view.close(),
  };
}

async function entriesOfKey(sources: StateSources, of: StatePlace & { readonly key: string }) {
  const { jobid, operatorid: operator, statename: state, source, key } = of;
  let found: { entries: readonly StateEntry[]; subtask: number | null; truncated: boolean };
  if (source === LIVE) {
    const live = await sources.live(jobid, (live) => {
      checkHasKeys(live.liveOperator(operator).described, of);
      return readLiveKey(live, { operator, state, key });
    });
    found = { ...live, subtask: live.subtask ?? null };
  } else {
    const snapshot = await sources.snapshot(jobid, source);
    checkHasKeys(snapshot.operator(operator), of);
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
    ...('subtask' in entry ? { subtask: entry.subtask } : {}),
    ...('index' in entry ? { element: entry.index } : {}),
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
