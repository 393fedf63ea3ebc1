/** The type of the interop program's records on its edges: the bytes of the Java project's class. */
import {
  type DataInputView,
  type DataOutputView,
  SerializerTypeInformation,
  type TypeInformation,
  type TypeSerializer,
  type TypeSerializerSnapshot,
  Types,
} from 'millrace';
import type { InteropEvent } from './interop-events.ts';

/** The fields of the Java class. */
interface JavaEvent {
  readonly id: number;
  readonly skey: string;
  readonly lkey: bigint;
  readonly ta: string;
  readonly tb: number;
  readonly pid: number;
  readonly pname: string;
  readonly ts: number;
  readonly value: number;
}

const JAVA_EVENT = Types.POJO<JavaEvent>('lab.Types0$Event', {
  id: Types.LONG,
  skey: Types.STRING,
  lkey: Types.BIGINT_LONG,
  ta: Types.STRING,
  tb: Types.INT,
  pid: Types.INT,
  pname: Types.STRING,
  ts: Types.LONG,
  value: Types.LONG,
}).createSerializer();

class EventSerializer implements TypeSerializer<InteropEvent> {
  readonly length = -1;
  readonly isImmutableType = true;

  serialize(event: InteropEvent, target: DataOutputView): void {
    const { id, stringKey: skey, longKey: lkey, timestamp: ts, value } = event;
    const [ta, tb] = event.tupleKey;
    const { id: pid, name: pname } = event.pojoKey;
    JAVA_EVENT.serialize({ id, skey, lkey, ta, tb, pid, pname, ts, value }, target);
  }

  deserialize(source: DataInputView): InteropEvent {
    const { id, skey, lkey, ta, tb, pid, pname, ts, value } = JAVA_EVENT.deserialize(source);
    return {
      id,
      stringKey: skey,
      longKey: lkey,
      tupleKey: [ta, tb],
      pojoKey: { id: pid, name: pname },
      timestamp: ts,
      value,
    };
  }

  copy(event: InteropEvent): InteropEvent {
    return event;
  }

  hashCode(event: InteropEvent): number {
    return event.id | 0;
  }

  snapshotConfiguration(): TypeSerializerSnapshot<InteropEvent> {
    return JAVA_EVENT.snapshotConfiguration() as unknown as TypeSerializerSnapshot<InteropEvent>;
  }
}

export const EVENT: TypeInformation<InteropEvent> = new SerializerTypeInformation(
  new EventSerializer(),
  { name: 'POJO<lab.Types0$Event>', javaClassName: 'lab.Types0$Event' },
);
