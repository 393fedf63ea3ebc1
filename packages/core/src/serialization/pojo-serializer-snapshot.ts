/**
 * What a snapshot says of a POJO: its fields in the order of the bytes, and its subclasses.
 *
 * A field that was added or removed makes the state migrate; another type of a field, or another
 * name of the class, is incompatible. Subclasses keep their tags.
 *
 * Flink: PojoSerializerSnapshot. Bytes: docs/formats/types.md
 */
import { type NestedVerdict, resolveNested } from './composite-type-serializer-snapshot.ts';
import { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { incompatible, wasAndIs } from './incompatibility.ts';
import {
  frame,
  type OptionalEntry,
  readOptionalMap,
  writeOptionalMap,
} from './linked-optional-map.ts';
import { snapshotCorrupt } from './not-of-type.ts';
import { readFramedSnapshot } from './opaque-serializer-snapshot.ts';
import type { PojoDescription, PojoSubclass } from './pojo-description.ts';
import { pojoMigration } from './pojo-migration.ts';
import {
  readVersionedSnapshot,
  registerSerializerSnapshot,
  snapshotVersionUnsupported,
  writeVersionedSnapshot,
} from './serializer-snapshot-registry.ts';
import { RUNTIME_PACKAGE, typeChanged } from './simple-type-serializer.ts';
import {
  type Incompatibility,
  type PathStep,
  type TypeSerializer,
  TypeSerializerSchemaCompatibility,
  type TypeSerializerSnapshot,
} from './type-serializer.ts';
import { valueConversion } from './value-conversion.ts';

const { compatibleAfterMigration } = TypeSerializerSchemaCompatibility;

const CLASS_NAME = `${RUNTIME_PACKAGE}.PojoSerializerSnapshot`;
const VERSION = 2;

interface NamedSnapshot {
  readonly name: string;
  /** `undefined` when the writer did not know the class or field any more. */
  readonly key: Uint8Array | undefined;
  readonly snapshot: TypeSerializerSnapshot<unknown> | undefined;
  /** Of a field of the program's. */
  readonly initialValue?: unknown;
}

interface PojoSnapshotData {
  readonly className: string;
  readonly fields: readonly NamedSnapshot[];
  readonly registered: readonly NamedSnapshot[];
  readonly nonRegistered: readonly NamedSnapshot[];
  readonly hashCode: ((value: unknown) => number) | undefined;
}

type CreatePojoSerializer = (description: PojoDescription) => TypeSerializer<object>;

// Set by the serializer's module, which needs this one.
let createSerializer: CreatePojoSerializer | undefined;

/** Lets snapshots that are read give serializers. */
export function setPojoSerializerClass(create: CreatePojoSerializer): void {
  createSerializer = create;
}

export class PojoSerializerSnapshot implements TypeSerializerSnapshot<object> {
  readonly className: string = CLASS_NAME;
  readonly version: number = VERSION;
  private readonly data: PojoSnapshotData;

  constructor(data: PojoSnapshotData) {
    this.data = data;
  }

  /** Class of the objects, and `POJO<class>` for messages. */
  get typeName(): string {
    return `POJO<${this.data.className}>`;
  }

  writeSnapshot(target: DataOutputView): void {
    target.writeUTF(this.data.className);
    writeOptionalMap(target, this.data.fields.map(toEntry));
    writeOptionalMap(target, this.data.registered.map(toEntry));
    writeOptionalMap(target, this.data.nonRegistered.map(toEntry));
  }

  restoreSerializer(): TypeSerializer<object> {
    return this.createWith({
      fields: this.data.fields.map((field) => restored(field)),
      registered: this.data.registered.map(toSubclass),
      nonRegistered: this.data.nonRegistered.map(toSubclass),
    });
  }

  resolveSchemaCompatibility(
    oldSnapshot: TypeSerializerSnapshot<unknown>,
  ): TypeSerializerSchemaCompatibility<object> {
    if (!(oldSnapshot instanceof PojoSerializerSnapshot)) {
      return typeChanged(oldSnapshot, this);
    }
    const before = oldSnapshot.data;
    const mismatch = this.classMismatch(before);
    if (mismatch !== undefined) {
      return mismatch;
    }
    const common = this.data.fields.filter((field) => indexOf(before.fields, field) >= 0);
    const fields = this.resolveCommon(before.fields, common, {
      stepTo: (name) => ({ name, owner: `POJO ${this.data.className}` }),
      rule: "a field's type cannot change",
    });
    const subclasses = this.resolveCommon(subclassesOf(before), subclassesOf(this.data), {
      stepTo: (name) => ({ name: `subclass ${name}` }),
      rule: 'a subclass cannot become another type',
    });
    if (fields.kind === 'incompatible') {
      return fields;
    }
    if (subclasses.kind === 'incompatible') {
      return subclasses;
    }
    const changes = fieldChanges(before.fields, this.data.fields);
    if (
      fields.kind === 'compatible-after-migration' ||
      subclasses.kind === 'compatible-after-migration' ||
      changes !== undefined
    ) {
      const reason = changes ?? migrationReason(fields) ?? migrationReason(subclasses);
      return compatibleAfterMigration(`POJO ${this.data.className}, ${reason}`);
    }
    const tagsMove = !isPrefix(before.registered, this.data.registered);
    const moreSubclasses = before.nonRegistered.some(
      (subclass) => indexOf(this.data.nonRegistered, subclass) < 0,
    );
    if (
      !tagsMove &&
      !moreSubclasses &&
      fields.kind === 'compatible-as-is' &&
      subclasses.kind === 'compatible-as-is'
    ) {
      return { kind: 'compatible-as-is' };
    }
    return {
      kind: 'compatible-with-reconfigured-serializer',
      serializer: this.reconfigured(before),
    };
  }

  /** Old fields that are left, and the initial values of new ones. */
  migrationFrom(oldSnapshot: TypeSerializerSnapshot<unknown>): (value: unknown) => object {
    const before = (oldSnapshot as PojoSerializerSnapshot).data;
    return pojoMigration({
      className: this.data.className,
      fields: this.data.fields.map((field) => {
        const old = before.fields[indexOf(before.fields, field)];
        return {
          name: field.name,
          convert: old && conversionOf(old, field),
          initialize: old === undefined ? initializerOf(field) : undefined,
        };
      }),
      subclasses: subclassesOf(before).map((old) => {
        const now = findNamed(subclassesOf(this.data), old);
        return { className: old.name, convert: now && conversionOf(old, now) };
      }),
    });
  }

  private classMismatch(before: PojoSnapshotData): Incompatibility | undefined {
    const { className } = this.data;
    if (before.className !== className) {
      return incompatible(wasAndIs(`POJO ${before.className}`, `POJO ${className}`), {
        rule: 'a class cannot be renamed',
        remedy: `keep the name ${before.className}`,
      });
    }
    const known = subclassesOf(this.data);
    const lost = subclassesOf(before).find(
      (subclass) => isAbsent(subclass) || findNamed(known, subclass) === undefined,
    );
    return (
      lost &&
      incompatible(
        `POJO ${className} has the subclass ${lost.name} in the snapshot, not in the program`,
        {
          rule: 'a subclass that the state names cannot be removed',
          remedy: `describe ${lost.name} in the option subclasses or registeredSubclasses of Types.POJO`,
        },
      )
    );
  }

  private resolveCommon(
    before: readonly NamedSnapshot[],
    after: readonly NamedSnapshot[],
    names: { stepTo(name: string): PathStep; readonly rule: string },
  ): NestedVerdict {
    const pairs = after.flatMap((item) => {
      const old = before[indexOf(before, item)];
      return old?.snapshot !== undefined && item.snapshot !== undefined
        ? [{ name: item.name, old: old.snapshot, snapshot: item.snapshot }]
        : [];
    });
    return resolveNested(
      pairs.map((pair) => pair.old),
      pairs.map((pair) => pair.snapshot),
      { stepTo: (index) => names.stepTo(pairs[index]?.name ?? ''), rule: names.rule },
    );
  }

  /** The new serializer with the old tags first, the old unregistered subclasses, and old enums. */
  private reconfigured(before: PojoSnapshotData): TypeSerializer<object> {
    const known = subclassesOf(this.data);
    const merge = (old: readonly NamedSnapshot[], now: readonly NamedSnapshot[]) => [
      ...old.map((item) => reconcile(item, findNamed(known, item))),
      ...now.filter((item) => indexOf(old, item) < 0).map(toSubclass),
    ];
    return this.createWith({
      fields: this.data.fields.map(
        (field) =>
          reconcile(before.fields[indexOf(before.fields, field)] ?? field, field).serializer,
      ),
      registered: merge(before.registered, this.data.registered),
      nonRegistered: merge(before.nonRegistered, this.data.nonRegistered),
    });
  }

  private createWith(parts: {
    fields: readonly TypeSerializer<unknown>[];
    registered: readonly PojoSubclass[];
    nonRegistered: readonly PojoSubclass[];
  }): TypeSerializer<object> {
    return (createSerializer as CreatePojoSerializer)({
      className: this.data.className,
      fields: this.data.fields.map((field, index) => ({
        name: field.name,
        declaringClass: declaringClassOf(field),
        serializer: parts.fields[index] as TypeSerializer<unknown>,
        initialValue: field.initialValue,
      })),
      registeredSubclasses: parts.registered,
      nonRegisteredSubclasses: parts.nonRegistered,
      hashCode: this.data.hashCode,
    });
  }
}

export function pojoSnapshotOf(description: PojoDescription): PojoSerializerSnapshot {
  const subclasses = (list: readonly PojoSubclass[]) =>
    list.map((subclass) => ({
      name: subclass.className,
      key: new Uint8Array(),
      snapshot: subclass.serializer.snapshotConfiguration(),
    }));
  return new PojoSerializerSnapshot({
    className: description.className,
    fields: description.fields.map((field) => ({
      name: field.name,
      key:
        field.declaringClass === undefined ? undefined : fieldKey(field.declaringClass, field.name),
      snapshot: field.serializer.snapshotConfiguration(),
      initialValue: field.initialValue,
    })),
    registered: subclasses(description.registeredSubclasses),
    nonRegistered: subclasses(description.nonRegisteredSubclasses),
    hashCode: description.hashCode,
  });
}

function fieldKey(declaringClass: string, name: string): Uint8Array {
  return frame((target) => {
    target.writeUTF(declaringClass);
    target.writeUTF(name);
  });
}

function declaringClassOf(field: NamedSnapshot): string | undefined {
  return field.key === undefined ? undefined : new DataInputView(field.key).readUTF();
}

function toEntry(item: NamedSnapshot): OptionalEntry {
  const { name, key, snapshot } = item;
  return {
    name,
    key,
    value: snapshot && frame((target) => writeVersionedSnapshot(target, snapshot)),
  };
}

function fromEntry(entry: OptionalEntry): NamedSnapshot {
  const snapshot =
    entry.value && readFramedSnapshot(entry.value, (source) => readWholeFrame(entry.name, source));
  return { name: entry.name, key: entry.key, snapshot };
}

function readWholeFrame(name: string, source: DataInputView): TypeSerializerSnapshot<unknown> {
  const snapshot = readVersionedSnapshot(source);
  if (source.remaining > 0) {
    throw snapshotCorrupt(`${source.remaining} bytes follow the serializer snapshot of ${name}`);
  }
  return snapshot;
}

function restored(item: NamedSnapshot): TypeSerializer<unknown> {
  if (item.snapshot === undefined) {
    throw snapshotCorrupt(`nothing is known of the type of ${item.name}`);
  }
  return item.snapshot.restoreSerializer();
}

function toSubclass(item: NamedSnapshot): PojoSubclass {
  return { className: item.name, serializer: restored(item) };
}

/** The serializer to use for what was `old` and is `now`, both compatible without migration. */
function reconcile(old: NamedSnapshot, now: NamedSnapshot | undefined): PojoSubclass {
  if (now?.snapshot === undefined || old.snapshot === undefined) {
    return toSubclass(old);
  }
  const verdict = now.snapshot.resolveSchemaCompatibility(old.snapshot);
  return verdict.kind === 'compatible-with-reconfigured-serializer'
    ? { className: now.name, serializer: verdict.serializer }
    : toSubclass(now);
}

/** How a part that was `old` becomes what it is `now`. */
function conversionOf(
  old: NamedSnapshot,
  now: NamedSnapshot,
): ((value: unknown) => unknown) | undefined {
  return old.snapshot === undefined || now.snapshot === undefined
    ? undefined
    : valueConversion(old.snapshot, now.snapshot);
}

function initializerOf({ initialValue, snapshot }: NamedSnapshot): () => unknown {
  if (initialValue === null || initialValue === undefined || snapshot === undefined) {
    return () => null;
  }
  const serializer = snapshot.restoreSerializer();
  return () => serializer.copy(initialValue);
}

function subclassesOf(data: PojoSnapshotData): readonly NamedSnapshot[] {
  return [...data.registered, ...data.nonRegistered];
}

/** `undefined` when the fields are the same and in the same order. */
function fieldChanges(
  before: readonly NamedSnapshot[],
  after: readonly NamedSnapshot[],
): string | undefined {
  if (before.length === after.length && isPrefix(before, after)) {
    return undefined;
  }
  const missingIn = (list: readonly NamedSnapshot[], of: readonly NamedSnapshot[]) =>
    of.filter((field) => indexOf(list, field) < 0).map((field) => field.name);
  const changes = [
    ...missingIn(before, after).map((name) => `field ${name} was added`),
    ...missingIn(after, before).map((name) => `field ${name} was removed`),
  ];
  return changes.length === 0 ? 'the fields have another order' : changes.join(', ');
}

function migrationReason(verdict: NestedVerdict): string | undefined {
  return verdict.kind === 'compatible-after-migration' ? `field ${verdict.reason}` : undefined;
}

function findNamed(list: readonly NamedSnapshot[], item: NamedSnapshot): NamedSnapshot | undefined {
  return list.find((other) => other.name === item.name);
}

function indexOf(list: readonly NamedSnapshot[], item: NamedSnapshot): number {
  return list.findIndex((other) => other.name === item.name);
}

function isAbsent(item: NamedSnapshot): boolean {
  return item.key === undefined || item.snapshot === undefined;
}

function isPrefix(before: readonly NamedSnapshot[], after: readonly NamedSnapshot[]): boolean {
  return before.every((item, index) => after[index]?.name === item.name);
}

registerSerializerSnapshot(CLASS_NAME, (version, source) => {
  if (version !== VERSION) {
    throw snapshotVersionUnsupported(CLASS_NAME, version);
  }
  return new PojoSerializerSnapshot({
    className: source.readUTF(),
    fields: readOptionalMap(source).map(fromEntry),
    registered: readOptionalMap(source).map(fromEntry),
    nonRegistered: readOptionalMap(source).map(fromEntry),
    hashCode: undefined,
  });
});
