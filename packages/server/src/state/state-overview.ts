/** Which operators have which states, of which types. */
import type { JobDetails } from '@millrace/runtime';
import { type SnapshotOperator, serializerName } from '@millrace/state-processor';
import { LIVE, type StateSources } from './state-sources.ts';

type Kind =
  | 'value'
  | 'list'
  | 'map'
  | 'reducing'
  | 'aggregating'
  | 'timers'
  | 'operator'
  | 'broadcast';

export async function overviewOf(sources: StateSources, jobId: string, source: string) {
  const details = await sources.details(jobId);
  if (source !== LIVE) {
    const { operators } = await sources.snapshot(jobId, source);
    return {
      source,
      operators: operators.map((operator) => operatorOf(operator, details, {})),
    };
  }
  return sources.live(jobId, async (live) => ({
    source,
    operators: live.operators.map((operator) =>
      operatorOf(operator, details, live.liveOperator(operator.operatorId).ttlMs),
    ),
  }));
}

function operatorOf(
  operator: SnapshotOperator,
  { queryableStates }: JobDetails,
  ttlMs: Readonly<Record<string, number>>,
) {
  const { operatorId, uid = null, name = null, parallelism, maxParallelism, problems } = operator;
  const keyType = operator.keyType ?? null;
  const queryableName = (state: string): string | null =>
    queryableStates.find((each) => each.operatorId === operatorId && each.stateName === state)
      ?.queryableStateName ?? null;
  const nothing = { queryableName: null, ttlMs: null, serializer: null };
  const keyed = operator.keyedStates.map((state) => ({
    name: state.name,
    kind: state.kind.toLowerCase() as Kind,
    keyType,
    namespaceType: state.namespaceType,
    valueType: state.valueType,
    serializer: serializerName(state.metaInfo),
    queryableName: queryableName(state.name),
    ttlMs: ttlMs[state.name] ?? null,
  }));
  const timers = operator.timers.map((state) => ({
    ...nothing,
    name: state.name,
    kind: 'timers' as const,
    keyType,
    namespaceType: null,
    valueType: state.elementType,
  }));
  const others = operator.operatorStates.map((state) => ({
    ...nothing,
    name: state.name,
    kind: state.mode === 'broadcast' ? ('broadcast' as const) : ('operator' as const),
    keyType: state.keyType ?? null,
    namespaceType: null,
    valueType: state.elementType ?? null,
  }));
  return {
    ...{ operatorId, uid, name, parallelism, maxParallelism },
    states: [...keyed, ...timers, ...others],
    problems: problems.map(({ message }) => message),
  };
}
