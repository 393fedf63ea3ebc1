/** What the serializers of a state tell beside its type. */
import {
  CompositeTypeSerializerSnapshot,
  TTL_SNAPSHOT_CLASS,
  type TypeSerializerSnapshot,
} from '@millrace/core';
import type { StateMetaInfoSnapshot } from '@millrace/state';

/** TTL wraps the value, or the elements of a list, or the values of a map. */
export function hasTtl(snapshot: TypeSerializerSnapshot<unknown>): boolean {
  if (snapshot.className === TTL_SNAPSHOT_CLASS) {
    return true;
  }
  return (
    snapshot instanceof CompositeTypeSerializerSnapshot &&
    /(List|Map)SerializerSnapshot$/.test(snapshot.className) &&
    snapshot.nested.some((nested) => nested.className === TTL_SNAPSHOT_CLASS)
  );
}

/** The class that a state's values are written by, in short: `MapSerializer`. */
export function serializerName(state: StateMetaInfoSnapshot): string | null {
  const snapshot = state.serializers.get('VALUE_SERIALIZER');
  const className = (snapshot as { readonly className?: unknown } | undefined)?.className;
  return typeof className === 'string'
    ? (className
        .split(/[.$]/)
        .at(-1)
        ?.replace(/Snapshot$/, '') ?? null)
    : null;
}
