/**
 * The snapshot of a serializer that is built of others: an outer part of its own, then the
 * snapshots of the nested ones.
 *
 * The verdict is the worst of the nested verdicts; a reconfigured nested serializer makes a
 * reconfigured whole.
 *
 * Flink: CompositeTypeSerializerSnapshot, NestedSerializersSnapshotDelegate.
 * Bytes: docs/formats/types.md
 */
import { DataInputView } from './data-input-view.ts';
import { DataOutputView } from './data-output-view.ts';
import { atStep, incompatible, wasAndIs } from './incompatibility.ts';
import { snapshotCorrupt } from './not-of-type.ts';
import {
  readVersionedSnapshot,
  registerSerializerSnapshot,
  snapshotVersionUnsupported,
  writeVersionedSnapshot,
} from './serializer-snapshot-registry.ts';
import { typeChanged } from './simple-type-serializer.ts';
import type {
  Incompatibility,
  PathStep,
  TypeSerializer,
  TypeSerializerSchemaCompatibility,
  TypeSerializerSnapshot,
} from './type-serializer.ts';
import { PartConversionSerializer, valueConversion } from './value-conversion.ts';

const VERSION = 3;
const OUTER_MAGIC = 911108;
const NESTED_MAGIC = 1333245;
const NESTED_VERSION = 1;

/** What one kind of composite serializer is made of: `O` is its outer part. */
export interface CompositeForm<T, O> {
  readonly className: string;
  readonly outerVersion: number;
  /** How many nested serializers there are; `undefined` when that depends on the type. */
  readonly arity: number | undefined;
  writeOuter(outer: O, target: DataOutputView): void;
  readOuter(version: number, source: DataInputView): O;
  create(nested: readonly TypeSerializer<unknown>[], outer: O): TypeSerializer<T>;
  /** Why values of the old outer part cannot be read; `undefined` when they can. */
  outerMismatch(before: O, after: O): string | undefined;
  /** The rule that `outerMismatch` goes by. */
  readonly outerRule?: string;
  /** True when the outer part changed so that values must be rewritten. */
  outerMigrates?(before: O, after: O): boolean;
  /** For messages: `field 2`. */
  nestedName(index: number): string;
}

export class CompositeTypeSerializerSnapshot<T, O> implements TypeSerializerSnapshot<T> {
  readonly version: number = VERSION;
  readonly form: CompositeForm<T, O>;
  readonly outer: O;
  readonly nested: readonly TypeSerializerSnapshot<unknown>[];

  constructor(
    form: CompositeForm<T, O>,
    outer: O,
    nested: readonly TypeSerializerSnapshot<unknown>[],
  ) {
    this.form = form;
    this.outer = outer;
    this.nested = nested;
  }

  get className(): string {
    return this.form.className;
  }

  writeSnapshot(target: DataOutputView): void {
    target.writeInt(OUTER_MAGIC);
    target.writeInt(this.form.outerVersion);
    this.form.writeOuter(this.outer, target);
    target.writeInt(NESTED_MAGIC);
    target.writeInt(NESTED_VERSION);
    target.writeInt(this.nested.length);
    for (const snapshot of this.nested) {
      writeVersionedSnapshot(target, snapshot);
    }
  }

  restoreSerializer(): TypeSerializer<T> {
    const nested = this.nested.map((snapshot) => snapshot.restoreSerializer());
    return this.form.create(nested, this.outer);
  }

  resolveSchemaCompatibility(
    oldSnapshot: TypeSerializerSnapshot<unknown>,
  ): TypeSerializerSchemaCompatibility<T> {
    if (
      !(oldSnapshot instanceof CompositeTypeSerializerSnapshot) ||
      oldSnapshot.className !== this.className
    ) {
      return typeChanged(oldSnapshot, this);
    }
    const mismatch = this.form.outerMismatch(oldSnapshot.outer as O, this.outer);
    if (mismatch !== undefined) {
      const { outerRule } = this.form;
      return incompatible(mismatch, outerRule === undefined ? {} : { rule: outerRule });
    }
    if (oldSnapshot.nested.length !== this.nested.length) {
      return incompatible(
        wasAndIs(`${oldSnapshot.nested.length} fields`, `${this.nested.length}`),
        { rule: FIXED_ARITY },
      );
    }
    const verdict = resolveNested(oldSnapshot.nested, this.nested, {
      stepTo: (index) => ({ name: this.form.nestedName(index) }),
      rule: 'the type of a part cannot change',
    });
    const outerMigrates = this.form.outerMigrates?.(oldSnapshot.outer as O, this.outer) ?? false;
    if (outerMigrates && verdict.kind !== 'incompatible') {
      return { kind: 'compatible-after-migration' };
    }
    return verdict.kind === 'reconfigured'
      ? {
          kind: 'compatible-with-reconfigured-serializer',
          serializer: this.form.create(verdict.serializers, this.outer),
        }
      : verdict;
  }

  /** Converts the parts; what is around them is the same on both sides. */
  migrationFrom(oldSnapshot: TypeSerializerSnapshot<unknown>): (value: unknown) => T {
    const before = (oldSnapshot as CompositeTypeSerializerSnapshot<unknown, O>).nested;
    const parts = this.nested.map((snapshot, index) => {
      const old = before[index] as TypeSerializerSnapshot<unknown>;
      return new PartConversionSerializer(valueConversion(old, snapshot));
    });
    const whole = this.form.create(parts, this.outer);
    const bytes = new DataOutputView();
    return (value) => {
      whole.serialize(value as T, bytes.reset());
      const converted = whole.deserialize(new DataInputView(bytes.bytes()));
      for (const part of parts) {
        part.reset();
      }
      return converted;
    };
  }
}

export const FIXED_ARITY = 'the number of fields cannot change';

export type NestedVerdict =
  | { readonly kind: 'compatible-as-is' }
  | { readonly kind: 'compatible-after-migration'; readonly reason?: string }
  | { readonly kind: 'reconfigured'; readonly serializers: readonly TypeSerializer<unknown>[] }
  | Incompatibility;

/** How the parts are called in a verdict. */
export interface NestedNames {
  stepTo(index: number): PathStep;
  /** Broken by a part whose type became another. */
  readonly rule: string;
}

/** The worst verdict on pairs of old and new snapshots. */
export function resolveNested(
  before: readonly TypeSerializerSnapshot<unknown>[],
  after: readonly TypeSerializerSnapshot<unknown>[],
  names: NestedNames,
): NestedVerdict {
  const serializers: TypeSerializer<unknown>[] = [];
  let migration: string | undefined;
  let reconfigures = false;
  for (const [index, snapshot] of after.entries()) {
    const old = before[index] as TypeSerializerSnapshot<unknown>;
    const verdict = snapshot.resolveSchemaCompatibility(old);
    if (verdict.kind === 'incompatible') {
      return atStep(names.stepTo(index), names.rule, verdict);
    }
    if (verdict.kind === 'compatible-after-migration') {
      migration ??= `${names.stepTo(index).name}: ${verdict.reason ?? 'its bytes change'}`;
    }
    if (verdict.kind === 'compatible-with-reconfigured-serializer') {
      reconfigures = true;
      serializers.push(verdict.serializer);
    } else {
      serializers.push(snapshot.restoreSerializer());
    }
  }
  if (migration !== undefined) {
    return { kind: 'compatible-after-migration', reason: migration };
  }
  return reconfigures ? { kind: 'reconfigured', serializers } : { kind: 'compatible-as-is' };
}

/** Makes the snapshots of a form readable; gives the form back. */
export function registerCompositeForm<T, O>(form: CompositeForm<T, O>): CompositeForm<T, O> {
  registerSerializerSnapshot(form.className, (version, source) => {
    if (version < 1 || version > VERSION) {
      throw snapshotVersionUnsupported(form.className, version);
    }
    let outerVersion = version;
    if (version === VERSION) {
      expectMagic(source, OUTER_MAGIC);
      outerVersion = source.readInt();
    }
    const outer = form.readOuter(outerVersion, source);
    return new CompositeTypeSerializerSnapshot(form, outer, readNested(form, source));
  });
  return form;
}

function readNested<T, O>(
  form: CompositeForm<T, O>,
  source: DataInputView,
): TypeSerializerSnapshot<unknown>[] {
  expectMagic(source, NESTED_MAGIC);
  const nestedVersion = source.readInt();
  if (nestedVersion !== NESTED_VERSION) {
    throw snapshotCorrupt(`nested snapshots have version 1, found ${nestedVersion}`);
  }
  const count = source.readCount();
  if (form.arity !== undefined && count !== form.arity) {
    throw snapshotCorrupt(`${form.className} has ${form.arity} nested types, found ${count}`);
  }
  const nested: TypeSerializerSnapshot<unknown>[] = [];
  for (let i = 0; i < count; i++) {
    nested.push(readVersionedSnapshot(source));
  }
  return nested;
}

function expectMagic(source: DataInputView, expected: number): void {
  const found = source.readInt();
  if (found !== expected) {
    throw snapshotCorrupt(
      `a composite snapshot has the mark ${expected}, found ${found} at ${source.position - 4}`,
    );
  }
}

/** A form whose outer part is empty. */
export function plainForm<T>(
  description: { className: string; outerVersion: number; nestedNames: readonly string[] },
  create: (nested: readonly TypeSerializer<unknown>[]) => TypeSerializer<T>,
): CompositeForm<T, undefined> {
  const { className, outerVersion, nestedNames } = description;
  return registerCompositeForm<T, undefined>({
    className,
    outerVersion,
    arity: nestedNames.length,
    writeOuter: () => {},
    readOuter: () => undefined,
    create,
    outerMismatch: () => undefined,
    nestedName: (index) => nestedNames[index] ?? `field ${index}`,
  });
}
