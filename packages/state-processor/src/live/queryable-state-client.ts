/**
 * Queries the states that a job made known by `asQueryableState` or `setQueryable`, with the types that
 * the program has for them.
 *
 * Invariants:
 * - An answer is the state of the key between two records: never half of an update.
 * - Whoever asks with other types than the state has is refused before a byte is decoded by them.
 *
 * Flink: QueryableStateClient.
 */
import {
  ConfigError,
  keyIdentityOf,
  type StateDescriptor,
  type StateOf,
  TaskError,
  type TtlValue,
  type TypeInformation,
  type TypeSerializer,
  Types,
  typeDescription,
  VOID_NAMESPACE,
} from '@millrace/core';
import type { QueryableStateDetails } from '@millrace/runtime';
import { declaredMeta, rowInput } from '@millrace/state';
import { nearestName } from '../snapshot/nearest-name.ts';
import type { LiveOperator } from './describe-live-state.ts';
import { immutableState } from './immutable-states.ts';
import { type LiveState, openLiveState } from './live-state.ts';
import type { LiveStateGateway } from './live-state-gateway.ts';
import { headerWith, type LiveKeyRows, readLiveKeyRows } from './read-live-key.ts';

export interface NamespaceOfQuery<N> {
  readonly namespace: N;
  readonly namespaceType: TypeInformation<N>;
}

/** What the description of a job is good for: until the job restarts, or a state is used first. */
interface KnownState {
  readonly details: QueryableStateDetails;
  readonly live: LiveState;
  readonly operator: LiveOperator;
  /** Types that were found to be the state's. */
  checked: AskedTypes | undefined;
}

export class QueryableStateClient {
  private readonly gateway: LiveStateGateway;
  private readonly known = new Map<string, KnownState>();

  /** @param gateway - `dispatcherOfProcess()`, or `gatewayOfJob` of a JobClient */
  constructor(gateway: LiveStateGateway) {
    this.gateway = gateway;
  }

  /**
   * @param queryableStateName - as the program made it known
   * @param descriptor - as the program declares the state; its name may be another
   * @param of - where the state is in windows or the like
   * @throws TaskError `STATE_UNKNOWN`, `STATE_KEY_NOT_FOUND`, `STATE_KEY_TOO_LARGE`, `JOB_NOT_FOUND`, `JOB_NOT_RUNNING` with a hint
   *   whether to ask again
   * @throws ConfigError `VALUE_NOT_SERIALIZABLE` for types that are not those of the state
   *
   * Flink: QueryableStateClient.getKvState.
   */
  async getKvState<K, D extends StateDescriptor, N = unknown>(
    jobId: string,
    queryableStateName: string,
    key: K,
    keyType: TypeInformation<K>,
    descriptor: D,
    of?: NamespaceOfQuery<N>,
  ): Promise<StateOf<D>> {
    const namespaceType = (of?.namespaceType ?? Types.VOID_NAMESPACE) as TypeInformation<unknown>;
    const namespace: unknown = of === undefined ? VOID_NAMESPACE : of.namespace;
    const types = { keyType: keyType as TypeInformation<unknown>, namespaceType, descriptor };
    const rows = await this.rowsOf(jobId, queryableStateName, key, types);
    const contents = contentsOf(rows, namespaceType.createSerializer(), namespace);
    if (rows.truncated && (rows.codec.kind === 'map' || contents === undefined)) {
      throw new TaskError(
        'STATE_KEY_TOO_LARGE',
        `the key ${JSON.stringify(key)} has more in the queryable state '${queryableStateName}' than one answer holds; ` +
          `read it from a view of live state, or from a savepoint`,
      );
    }
    if (contents === undefined) {
      throw new TaskError(
        'STATE_KEY_NOT_FOUND',
        `the queryable state '${queryableStateName}' has nothing for the key ${JSON.stringify(key)}`,
      );
    }
    return immutableState(descriptor, contents) as unknown as StateOf<D>;
  }

  /** What was known may be of an attempt that is over: then it is asked for once more. */
  private async rowsOf(
    jobId: string,
    name: string,
    key: unknown,
    types: AskedTypes,
  ): Promise<LiveKeyRows> {
    const before = this.known.get(`${jobId} ${name}`);
    if (before !== undefined) {
      try {
        return await this.ask(before, key, types);
      } catch {
        this.known.delete(`${jobId} ${name}`);
      }
    }
    const known = await this.describe(jobId, name);
    const rows = await this.ask(known, key, types);
    this.known.set(`${jobId} ${name}`, known);
    return rows;
  }

  private async ask(known: KnownState, key: unknown, types: AskedTypes): Promise<LiveKeyRows> {
    const { details, live, operator } = known;
    const { stateName } = details;
    if (!isSame(known.checked, types)) {
      checkTypes(headerWith(operator, stateName), details, types);
      known.checked = types;
    }
    return readLiveKeyRows(live, operator, { stateName, key });
  }

  private async describe(jobId: string, name: string): Promise<KnownState> {
    const { queryableStates } = await this.gateway.jobDetails(jobId);
    const details = queryableStateOf(queryableStates, name);
    const live = await openLiveState(this.gateway, jobId);
    const operator = live.liveOperator(details.operatorId);
    return { details, live, operator, checked: undefined };
  }
}

/** @throws TaskError `STATE_UNKNOWN` that names the nearest */
export function queryableStateOf(
  states: readonly QueryableStateDetails[],
  name: string,
): QueryableStateDetails {
  const found = states.find(({ queryableStateName }) => queryableStateName === name);
  if (found === undefined) {
    const names = states.map(({ queryableStateName }) => queryableStateName);
    throw new TaskError(
      'STATE_UNKNOWN',
      `the job has no queryable state '${name}'; ${nearestName(name, names)}`,
    );
  }
  return found;
}

interface AskedTypes {
  readonly keyType: TypeInformation<unknown>;
  readonly namespaceType: TypeInformation<unknown>;
  readonly descriptor: StateDescriptor;
}

function isSame(a: AskedTypes | undefined, b: AskedTypes): boolean {
  return (
    a?.keyType === b.keyType && a.namespaceType === b.namespaceType && a.descriptor === b.descriptor
  );
}

function checkTypes(
  header: ReturnType<typeof headerWith>,
  { queryableStateName, stateName }: QueryableStateDetails,
  { keyType, namespaceType, descriptor }: AskedTypes,
): void {
  const state = header.states.find(({ name }) => name === stateName)!;
  const asked = declaredMeta(namespaceType, descriptor);
  const differences = [
    ['keys', header.keySerializer, keyType.createSerializer()],
    ['namespaces', state.serializers.get('NAMESPACE_SERIALIZER'), asked.namespaceSerializer],
    ['values', state.serializers.get('VALUE_SERIALIZER'), asked.stateSerializer],
  ] as const;
  for (const [what, actual, given] of differences) {
    const there = actual && typeDescription(actual);
    const here = typeDescription((given as TypeSerializer<unknown>).snapshotConfiguration());
    if (there !== here) {
      throw new ConfigError(
        'VALUE_NOT_SERIALIZABLE',
        `the ${what} of the queryable state '${queryableStateName}' are ${there}, and it was asked for with ${here}`,
      );
    }
  }
}

/** Of one namespace; `undefined` where there is nothing. */
function contentsOf(
  { codec, batches }: LiveKeyRows,
  namespaceSerializer: TypeSerializer<unknown>,
  namespace: unknown,
): unknown {
  const identityOf = keyIdentityOf(namespaceSerializer);
  const entries: (readonly [unknown, unknown])[] = [];
  for (const batch of batches) {
    const input = rowInput({ source: 'live state' }, batch);
    for (const row of batch.rows) {
      const { namespace: found, userKey } = codec.readKey(input, row);
      if (identityOf(found) !== identityOf(namespace)) {
        continue;
      }
      const value = codec.readValue(input, row);
      if (codec.kind === 'list') {
        return (value as unknown[]).map((element) => withoutTtl(element, codec));
      }
      if (codec.kind !== 'map') {
        return withoutTtl(value, codec);
      }
      entries.push([userKey, withoutTtl(value, codec)]);
    }
  }
  return entries.length === 0 ? undefined : entries;
}

function withoutTtl(value: unknown, { hasTtl }: LiveKeyRows['codec']): unknown {
  return hasTtl && value !== null ? (value as TtlValue<unknown>).userValue : value;
}
