/**
 * What becomes of a state whose type in the program may differ from the one in the snapshot.
 *
 * Flink: StateSerializerProvider.
 */
import {
  CompositeTypeSerializerSnapshot,
  ConfigError,
  TTL_SNAPSHOT_CLASS,
  type TypeSerializer,
  type TypeSerializerSnapshot,
  typeNameOf,
} from '@millrace/core';

export interface SerializerVerdictRule {
  /** What wrote the snapshot; `undefined` when the state is new. */
  readonly restored: TypeSerializerSnapshot<unknown> | undefined;
  /** Names the state and its operator, for the message. */
  readonly what: string;
  /** False for keys and namespaces: equal ones must stay equal bytes. */
  readonly allowsMigration: boolean;
}

/**
 * The serializer to go on with.
 *
 * @throws ConfigError `STATE_INCOMPATIBLE`, also for a migration where none is allowed
 */
export function resolveSerializer<T>(
  serializer: TypeSerializer<T>,
  rule: SerializerVerdictRule,
): TypeSerializer<T> {
  const { restored } = rule;
  if (restored === undefined) {
    return serializer;
  }
  const snapshot = serializer.snapshotConfiguration();
  const verdict = snapshot.resolveSchemaCompatibility(restored);
  switch (verdict.kind) {
    case 'compatible-as-is':
      return serializer;
    case 'compatible-with-reconfigured-serializer':
      return verdict.serializer;
    case 'compatible-after-migration':
      if (rule.allowsMigration) {
        return serializer;
      }
      throw incompatible(rule.what, 'it needs a migration, which keys and namespaces cannot have', {
        restored,
        declared: snapshot,
      });
    case 'incompatible':
      throw (
        timeToLiveToggled(rule.what, restored, snapshot) ??
        incompatible(rule.what, verdict.reason, { restored, declared: snapshot })
      );
  }
}

/** True when the bytes of a snapshot are not those that `serializer` reads. */
export function needsMigration(
  serializer: TypeSerializer<unknown>,
  restored: TypeSerializerSnapshot<unknown> | undefined,
): boolean {
  if (restored === undefined) {
    return false;
  }
  const verdict = serializer.snapshotConfiguration().resolveSchemaCompatibility(restored);
  return verdict.kind === 'compatible-after-migration';
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

function incompatible(
  what: string,
  reason: string,
  snapshots: {
    readonly restored: TypeSerializerSnapshot<unknown>;
    readonly declared: TypeSerializerSnapshot<unknown>;
  },
): ConfigError {
  return new ConfigError(
    'STATE_INCOMPATIBLE',
    `${what} is ${typeNameOf(snapshots.restored)} in the snapshot and ` +
      `${typeNameOf(snapshots.declared)} in the program: ${reason}; ` +
      'go back to the old type, or declare the new one under another name',
  );
}
