/**
 * A serializer that a user wrote, in its three versions: cents alone; cents and a currency; cents
 * and the index of the currency in a list that the snapshot holds.
 */
import {
  type DataInputView,
  type DataOutputView,
  type SerializerSnapshotReader,
  SerializerTypeInformation,
  snapshotVersionUnsupported,
  type TypeInformation,
  type TypeSerializer,
  TypeSerializerSchemaCompatibility,
  type TypeSerializerSnapshot,
} from 'millrace';

export interface Money {
  readonly cents: number;
  /** Of version 2 and 3. */
  readonly currency?: string;
}

export const MONEY_SNAPSHOT = 'com.acme.MoneySerializerSnapshot';

interface Layout {
  readonly version: 1 | 2 | 3;
  /** Of version 3. */
  readonly currencies: readonly string[];
}

class MoneySerializer implements TypeSerializer<Money> {
  readonly length = -1;
  readonly isImmutableType = true;
  readonly layout: Layout;

  constructor(layout: Layout) {
    this.layout = layout;
  }

  serialize({ cents, currency = '' }: Money, target: DataOutputView): void {
    target.writeLong(cents);
    if (this.layout.version === 2) {
      target.writeUTF(currency);
    } else if (this.layout.version === 3) {
      target.writeByte(this.layout.currencies.indexOf(currency));
    }
  }

  deserialize(source: DataInputView): Money {
    const cents = source.readLong();
    switch (this.layout.version) {
      case 1:
        return { cents };
      case 2:
        return { cents, currency: source.readUTF() };
      case 3:
        return { cents, currency: this.layout.currencies[source.readUnsignedByte()] as string };
    }
  }

  copy(value: Money): Money {
    return value;
  }

  hashCode({ cents }: Money): number {
    return cents | 0;
  }

  snapshotConfiguration(): TypeSerializerSnapshot<Money> {
    return new MoneySerializerSnapshot(this.layout);
  }
}

class MoneySerializerSnapshot implements TypeSerializerSnapshot<Money> {
  readonly className: string = MONEY_SNAPSHOT;
  readonly version: number;
  private readonly layout: Layout;

  constructor(layout: Layout) {
    this.version = layout.version;
    this.layout = layout;
  }

  writeSnapshot(target: DataOutputView): void {
    if (this.version === 3) {
      target.writeInt(this.layout.currencies.length);
      for (const currency of this.layout.currencies) {
        target.writeUTF(currency);
      }
    }
  }

  restoreSerializer(): TypeSerializer<Money> {
    return new MoneySerializer(this.layout);
  }

  resolveSchemaCompatibility(
    old: TypeSerializerSnapshot<unknown>,
  ): TypeSerializerSchemaCompatibility<Money> {
    if (!(old instanceof MoneySerializerSnapshot) || old.version > this.version) {
      return TypeSerializerSchemaCompatibility.incompatible('money cannot forget its currency');
    }
    if (old.version < this.version) {
      return TypeSerializerSchemaCompatibility.compatibleAfterMigration();
    }
    const [before, now] = [old.layout.currencies, this.layout.currencies];
    if (before.every((currency, index) => now[index] === currency)) {
      return TypeSerializerSchemaCompatibility.compatibleAsIs();
    }
    const added = now.filter((currency) => !before.includes(currency));
    return TypeSerializerSchemaCompatibility.compatibleWithReconfiguredSerializer(
      new MoneySerializer({ version: 3, currencies: [...before, ...added] }),
    );
  }

  migrationFrom(old: TypeSerializerSnapshot<unknown>) {
    return old.version === 1
      ? (value: unknown): Money => ({ ...(value as Money), currency: 'EUR' })
      : undefined;
  }
}

/** Reads the snapshots of all versions. */
export const readMoneySnapshot: SerializerSnapshotReader = (version, source) => {
  switch (version) {
    case 1:
    case 2:
      return new MoneySerializerSnapshot({ version, currencies: [] });
    case 3: {
      const currencies: string[] = [];
      for (let left = source.readInt(); left > 0; left--) {
        currencies.push(source.readUTF());
      }
      return new MoneySerializerSnapshot({ version, currencies });
    }
  }
  throw snapshotVersionUnsupported(MONEY_SNAPSHOT, version);
};

export function money(
  version: 1 | 2 | 3,
  currencies: readonly string[] = [],
): TypeInformation<unknown> {
  const serializer = new MoneySerializer({ version, currencies });
  return new SerializerTypeInformation(serializer, {
    name: 'Money',
  }) as unknown as TypeInformation<unknown>;
}
