/**
 * What becomes of a state whose type in the program may differ from the one in the snapshot.
 *
 * Flink: StateSerializerProvider.
 */
import {
  CompositeTypeSerializerSnapshot,
  ConfigError,
  describePath,
  type Incompatibility,
  javaTypeName,
  TTL_SNAPSHOT_CLASS,
  type TypeInformation,
  type TypeSerializer,
  type TypeSerializerSnapshot,
} from '@millrace/core';

/**
 * Takes note of a state that does not fit the snapshot, or throws. After it returned, the state
 * begins empty: the attempt will not process a record.
 */
export interface ReportStateMismatch {
  (mismatch: ConfigError): void;
  /** Told of each serializer that the snapshot has too, also where it fits; for a rehearsal. */
  readonly observe?: (verdict: ObservedVerdict) => void;
}

/** What becomes of one serializer: of a state, a key or a namespace. */
export interface ObservedVerdict {
  /** Names the state and its operator. */
  readonly what: string;
  readonly kind: 'as-is' | 'after-migration' | 'incompatible';
  readonly restored: TypeSerializerSnapshot<unknown>;
  readonly declared: TypeSerializerSnapshot<unknown>;
  /** What changed, where it is known. */
  readonly reason: string | undefined;
}

export const throwStateMismatch: ReportStateMismatch = (mismatch) => {
  throw mismatch;
};

export interface SerializerVerdictRule {
  /** What wrote the snapshot; `undefined` when the state is new. */
  readonly restored: TypeSerializerSnapshot<unknown> | undefined;
  /** Names the state and its operator, for the message. */
  readonly what: string;
  /** False for keys and namespaces: equal ones must stay equal bytes. */
  readonly allowsMigration: boolean;
  /** What the user can do beside going back; another name of the state when it is left out. */
  readonly wayOut?: string;
  readonly report: ReportStateMismatch;
}

/**
 * The serializer to go on with; `undefined` when there is none, which was reported as
 * `STATE_INCOMPATIBLE`, also for a migration where none is allowed.
 */
export function resolveSerializer<T>(
  serializer: TypeSerializer<T>,
  rule: SerializerVerdictRule,
): TypeSerializer<T> | undefined {
  const { restored } = rule;
  if (restored === undefined) {
    return serializer;
  }
  const snapshot = serializer.snapshotConfiguration();
  const verdict = snapshot.resolveSchemaCompatibility(restored);
  rule.report.observe?.({
    what: rule.what,
    kind: observedKind(verdict.kind, rule.allowsMigration),
    restored,
    declared: snapshot,
    reason: 'reason' in verdict ? verdict.reason : undefined,
  });
  switch (verdict.kind) {
    case 'compatible-as-is':
      return serializer;
    case 'compatible-with-reconfigured-serializer':
      return verdict.serializer;
    case 'compatible-after-migration':
      if (rule.allowsMigration) {
        return serializer;
      }
      rule.report(incompatible(rule, migrationRefused(restored, snapshot, verdict.reason)));
      return undefined;
    case 'incompatible':
      rule.report(
        timeToLiveToggled(rule.what, restored, snapshot) ??
          incompatible(rule, named(verdict, restored, snapshot)),
      );
      return undefined;
  }
}

function observedKind(
  kind: ReturnType<TypeSerializerSnapshot<unknown>['resolveSchemaCompatibility']>['kind'],
  allowsMigration: boolean,
): ObservedVerdict['kind'] {
  switch (kind) {
    case 'compatible-after-migration':
      return allowsMigration ? 'after-migration' : 'incompatible';
    case 'incompatible':
      return 'incompatible';
    default:
      return 'as-is';
  }
}

function migrationRefused(
  restored: TypeSerializerSnapshot<unknown>,
  declared: TypeSerializerSnapshot<unknown>,
  reason = 'its bytes change',
): Incompatibility {
  const types = `${javaTypeName(restored)} in the snapshot, ${javaTypeName(declared)} in the program`;
  return {
    kind: 'incompatible',
    reason: `${types}: ${reason}`,
    rule: 'keys and namespaces cannot be migrated, since equal ones must stay equal bytes',
  };
}

/** The error when one of two types has timestamps beside its values and the other has none. */
function timeToLiveToggled(
  what: string,
  restored: TypeSerializerSnapshot<unknown>,
  declared: TypeSerializerSnapshot<unknown>,
): ConfigError | undefined {
  const had = hasTimeToLive(restored);
  if (had === hasTimeToLive(declared)) {
    return undefined;
  }
  return new ConfigError(
    'STATE_INCOMPATIBLE',
    had
      ? `${what} has a time to live in the snapshot and none in the program: a time to live cannot ` +
          'be taken from state that has values; enable one, as long as you like, or declare the ' +
          'state under another name'
      : `${what} has a time to live in the program and none in the snapshot: a time to live cannot ` +
          'be given to state that has values; go without it, or declare the state under another name',
  );
}

/** Of the whole value, of the elements of a list or of the values of a map. */
function hasTimeToLive(snapshot: TypeSerializerSnapshot<unknown>): boolean {
  return (
    snapshot.className === TTL_SNAPSHOT_CLASS ||
    (snapshot instanceof CompositeTypeSerializerSnapshot &&
      snapshot.nested.some((nested) => nested.className === TTL_SNAPSHOT_CLASS))
  );
}

/** What a serializer of the user's says does not name the types; ours do. */
function named(
  verdict: Incompatibility,
  restored: TypeSerializerSnapshot<unknown>,
  declared: TypeSerializerSnapshot<unknown>,
): Incompatibility {
  if (verdict.path !== undefined || verdict.reason.includes(' in the snapshot')) {
    return verdict;
  }
  const types = `${javaTypeName(restored)} in the snapshot, ${javaTypeName(declared)} in the program`;
  return { ...verdict, reason: `${types}: ${verdict.reason}` };
}

function incompatible(
  { what, wayOut = 'declare the state under another name' }: SerializerVerdictRule,
  verdict: Incompatibility,
): ConfigError {
  const where = describePath(verdict.path);
  const rule = verdict.rule ?? 'the type of a state cannot become another';
  const remedy = verdict.remedy ?? 'go back to the old type';
  return stateMismatch(
    `${what}: ${where === '' ? '' : `${where}: `}${verdict.reason}; ${rule}; ${remedy}, or ${wayOut}`,
  );
}

/** For keys and timers, which belong to the operator and have no name that a program gives. */
export const ANOTHER_UID = 'give the operator another uid and so begin without its state';

/**
 * The program's serializer of keys, held against what wrote each part of a snapshot. Where one does
 * not fit, which was reported, the keys do not, and the program's own goes on.
 */
export function resolveKeySerializer<K>(
  operator: {
    readonly operatorName: string;
    readonly operatorUid?: string | undefined;
    readonly keyType: TypeInformation<K>;
    readonly reportMismatch?: ReportStateMismatch;
  },
  headers: readonly { readonly keySerializer: TypeSerializerSnapshot<unknown> }[],
): { readonly keySerializer: TypeSerializer<K>; readonly keysFit: boolean } {
  let keySerializer = operator.keyType.createSerializer();
  let keysFit = true;
  for (const header of headers) {
    const resolved = resolveSerializer(keySerializer, {
      restored: header.keySerializer,
      what: `the key of ${describeOperator(operator)}`,
      allowsMigration: false,
      wayOut: ANOTHER_UID,
      report: operator.reportMismatch ?? throwStateMismatch,
    });
    keySerializer = resolved ?? keySerializer;
    keysFit &&= resolved !== undefined;
  }
  return { keySerializer, keysFit };
}

/** `STATE_INCOMPATIBLE`, to be reported. */
export function stateMismatch(message: string): ConfigError {
  return new ConfigError('STATE_INCOMPATIBLE', message);
}

/** `operator 'Count' (uid 'count')`, for messages. */
export function describeOperator(operator: {
  readonly operatorName: string;
  readonly operatorUid?: string | undefined;
}): string {
  const { operatorName, operatorUid } = operator;
  return `operator '${operatorName}'${operatorUid === undefined ? '' : ` (uid '${operatorUid}')`}`;
}
