/**
 * States that a program made known by `asQueryableState` or `setQueryable`, key by key.
 *
 * Flink: KvStateClientProxy, over REST.
 */
import { TaskError } from '@millrace/core';
import {
  type JsonValue,
  type KeyedEntry,
  queryableStateOf,
  readLiveKey,
} from '@millrace/state-processor';
import type { RestApp } from '../http/rest-room.ts';
import { answering } from './state-errors.ts';
import { overviewOf } from './state-overview.ts';
import {
  JobParameters,
  QueriedValue,
  QueryableParameters,
  QueryableQuery,
  QueryableStates,
} from './state-schemas.ts';
import { LIVE, type StateSources } from './state-sources.ts';

const tags = ['state'];

export function queryableRoutes(app: RestApp, sources: StateSources): void {
  app.get(
    '/jobs/:jobid/queryable-states',
    {
      schema: {
        ...{ tags, operationId: 'getQueryableStates', params: JobParameters },
        summary: 'States that can be asked for by name.',
        response: { 200: QueryableStates },
      },
    },
    ({ params: { jobid } }) => answering(() => namesOf(sources, jobid)),
  );
  app.get(
    '/jobs/:jobid/queryable-states/:name',
    {
      schema: {
        ...{ tags, operationId: 'queryState', params: QueryableParameters },
        summary: 'What a key has in a queryable state, read between two records.',
        querystring: QueryableQuery,
        response: { 200: QueriedValue },
      },
    },
    ({ params: { jobid, name }, query }) =>
      answering(() => queriedValueOf(sources, { jobId: jobid, name, ...query })),
  );
}

async function namesOf(sources: StateSources, jobId: string) {
  const { queryableStates } = await sources.details(jobId);
  const { operators } =
    queryableStates.length === 0 ? { operators: [] } : await overviewOf(sources, jobId, LIVE);
  return {
    queryableStates: queryableStates.map((each) => {
      const { queryableStateName: name, operatorId, operatorName, stateName } = each;
      const state = operators
        .find((operator) => operator.operatorId === operatorId)
        ?.states.find((known) => known.name === stateName);
      return {
        ...{ name, operatorId, operatorName, stateName },
        kind: state?.kind ?? null,
        keyType: state?.keyType ?? null,
        namespaceType: state?.namespaceType ?? null,
        valueType: state?.valueType ?? null,
      };
    }),
  };
}

async function queriedValueOf(
  sources: StateSources,
  of: {
    readonly jobId: string;
    readonly name: string;
    readonly key: string;
    readonly namespace?: string;
  },
) {
  const { jobId, name, key, namespace } = of;
  const { operatorId, stateName } = queryableStateOf(
    (await sources.details(jobId)).queryableStates,
    name,
  );
  const options = { operator: operatorId, state: stateName, key };
  const { entries, truncated } = await sources.live(jobId, (live) => readLiveKey(live, options));
  const wanted = namespace === undefined ? undefined : canonical(namespace);
  const found = entries.filter(
    (entry): entry is KeyedEntry =>
      entry.kind === 'keyed' && namespaceText(entry.namespace) === wanted,
  );
  const [first] = found;
  if (first === undefined && truncated) {
    throw new TaskError(
      'STATE_KEY_TOO_LARGE',
      `the key ${key} has more in the queryable state '${name}' than one answer holds, and what was asked for is not in what was read`,
    );
  }
  if (first === undefined) {
    throw new TaskError(
      'STATE_KEY_NOT_FOUND',
      `the queryable state '${name}' has nothing for the key ${key}${namespace === undefined ? '' : ` in ${namespace}`}`,
    );
  }
  const isMap = first.userKey !== undefined;
  const value = isMap ? mapOf(found) : first.value;
  return { key: first.key, value, truncated: isMap && truncated };
}

function mapOf(entries: readonly KeyedEntry[]): JsonValue {
  const pairs = entries.map(({ userKey, value }) => [userKey ?? null, value] as const);
  return pairs.every(([userKey]) => typeof userKey === 'string')
    ? Object.fromEntries(pairs.map(([userKey, value]) => [userKey as string, value]))
    : pairs.map(([userKey, value]) => [userKey, value]);
}

function namespaceText(namespace: JsonValue | undefined): string | undefined {
  return namespace === undefined ? undefined : JSON.stringify(namespace);
}

/** Text of a String namespace needs no quotes. */
function canonical(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return JSON.stringify(text);
  }
}
