/** The types and states of the interop program, under the names of the Java project's classes. */
import { avroType } from '@millrace/avro';
import {
  type AggregateFunction,
  AggregatingStateDescriptor,
  ListStateDescriptor,
  MapStateDescriptor,
  ReducingStateDescriptor,
  StateTtlConfig,
  type TypeInformation,
  Types,
  ValueStateDescriptor,
} from 'millrace';
import type { Inner, KeyPojo, Pojo } from './interop-events.ts';

const INNER = Types.POJO<Inner>('lab.Types0$Inner', { x: Types.INT, y: Types.STRING });

const POJO = Types.POJO<Pojo>('lab.Types0$Pojo', {
  id: Types.INT,
  name: Types.STRING as TypeInformation<string | null>,
  score: Types.DOUBLE,
  ok: Types.BOOLEAN,
  opt: Types.LONG as TypeInformation<number | null>,
  inner: INNER as TypeInformation<Inner | null>,
  arr: Types.LONG_ARRAY,
});

/** Hashed as the Java class does it. */
export const KEY_POJO: TypeInformation<KeyPojo> = Types.POJO<KeyPojo>(
  'lab.Types0$KeyPojo',
  { id: Types.INT, name: Types.STRING },
  {
    hashCode: ({ id, name }) =>
      (Math.imul(31, id) + Types.STRING.createSerializer().hashCode(name)) | 0,
  },
);

export const TUPLE_KEY: TypeInformation<[string, number]> = Types.TUPLE(Types.STRING, Types.INT);
export const SUM_AND_COUNT: TypeInformation<[number, number]> = Types.TUPLE(Types.LONG, Types.LONG);
export const KEY_AND_NAME: TypeInformation<[bigint, string]> = Types.TUPLE(
  Types.BIGINT_LONG,
  Types.STRING,
);

/** Of values: their sum and number. */
export const AVERAGE: AggregateFunction<number, [number, number], number> = {
  createAccumulator: () => [0, 0],
  add: (value, [sum, count]) => [sum + value, count + 1],
  getResult: ([sum, count]) => (count === 0 ? 0 : sum / count),
  merge: (a, b) => [a[0] + b[0], a[1] + b[1]],
};

const READING_SCHEMA = {
  type: 'record',
  name: 'AvroReading',
  namespace: 'lab.avro',
  fields: [
    { name: 'sensor', type: { type: 'string', 'avro.java.string': 'String' } },
    { name: 'reading', type: 'double' },
    { name: 'seq', type: 'long' },
    { name: 'flag', type: 'boolean' },
    {
      name: 'note',
      type: ['null', { type: 'string', 'avro.java.string': 'String' }],
      default: null,
    },
    {
      name: 'tags',
      type: { type: 'array', items: { type: 'string', 'avro.java.string': 'String' } },
    },
    { name: 'attrs', type: { type: 'map', values: 'int', 'avro.java.string': 'String' } },
    { name: 'level', type: { type: 'enum', name: 'Level', symbols: ['LOW', 'MID', 'HIGH'] } },
  ],
};

const GENERIC_SCHEMA = {
  type: 'record',
  name: 'GenericReading',
  namespace: 'lab.generic',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'name', type: 'string' },
    { name: 'opt', type: ['null', 'int'], default: null },
    { name: 'raw', type: 'bytes' },
    { name: 'f', type: 'float' },
  ],
};

export const V_LONG: ValueStateDescriptor<number> = new ValueStateDescriptor('v-long', Types.LONG);
export const V_STRING: ValueStateDescriptor<string> = new ValueStateDescriptor(
  'v-string',
  Types.STRING,
);
export const V_POJO: ValueStateDescriptor<Pojo> = new ValueStateDescriptor('v-pojo', POJO);
export const V_TUPLE: ValueStateDescriptor<[string, number]> = new ValueStateDescriptor(
  'v-tuple2',
  TUPLE_KEY,
);
export const V_FIRED: ValueStateDescriptor<number> = new ValueStateDescriptor(
  'v-fired',
  Types.LONG,
);
export const V_AVRO_SPECIFIC: ValueStateDescriptor<unknown> = new ValueStateDescriptor(
  'v-avro-specific',
  avroType(READING_SCHEMA, 'lab.avro.AvroReading'),
);
export const V_AVRO_GENERIC: ValueStateDescriptor<unknown> = new ValueStateDescriptor(
  'v-avro-generic',
  avroType(GENERIC_SCHEMA),
);
export const L_LONG: ListStateDescriptor<number> = new ListStateDescriptor('l-long', Types.LONG);
export const L_STRING: ListStateDescriptor<string> = new ListStateDescriptor(
  'l-string',
  Types.STRING,
);
export const M_STRING_LONG: MapStateDescriptor<string, number> = new MapStateDescriptor(
  'm-string-long',
  Types.STRING,
  Types.LONG,
);
export const M_LONG_POJO: MapStateDescriptor<number, Pojo> = new MapStateDescriptor(
  'm-long-pojo',
  Types.LONG,
  POJO,
);
/** Flink's map state takes null values without their type saying so. */
export const M_NULL: MapStateDescriptor<string, number | null> = new MapStateDescriptor(
  'm-null',
  Types.STRING,
  Types.LONG as TypeInformation<number | null>,
);
export const R_LONG: ReducingStateDescriptor<number> = new ReducingStateDescriptor(
  'r-long',
  (a: number, b: number) => a + b,
  Types.LONG,
);
export const A_AVG: AggregatingStateDescriptor<number, [number, number], number> =
  new AggregatingStateDescriptor('a-avg', AVERAGE, SUM_AND_COUNT);
const TEN_YEARS = new StateTtlConfig({ timeToLive: '3650 d' });
export const TTL_V: ValueStateDescriptor<number> = new ValueStateDescriptor(
  'ttl-v',
  Types.LONG,
).enableTimeToLive(TEN_YEARS);
export const TTL_L: ListStateDescriptor<number> = new ListStateDescriptor(
  'ttl-l',
  Types.LONG,
).enableTimeToLive(TEN_YEARS);
export const TTL_M: MapStateDescriptor<string, number> = new MapStateDescriptor(
  'ttl-m',
  Types.STRING,
  Types.LONG,
).enableTimeToLive(TEN_YEARS);
export const B_COUNT: ValueStateDescriptor<number> = new ValueStateDescriptor(
  'b-count',
  Types.LONG,
);
export const RULES: MapStateDescriptor<string, number> = new MapStateDescriptor(
  'rules',
  Types.STRING,
  Types.LONG,
);
export const EVEN_LIST: ListStateDescriptor<string> = new ListStateDescriptor(
  'even-list',
  Types.STRING,
);
export const UNION_LIST: ListStateDescriptor<[number, number]> = new ListStateDescriptor(
  'union-list',
  Types.TUPLE(Types.INT, Types.LONG),
);
