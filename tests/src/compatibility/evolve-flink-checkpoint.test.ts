/** A checkpoint of real Flink, resumed by a program whose types evolved since. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { avroType } from '@millrace/avro';
import {
  DataGeneratorSource,
  KeyedProcessFunction,
  type MapState,
  MapStateDescriptor,
  StreamExecutionEnvironment,
  type TypeInformation,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
} from 'millrace';
import { assertError, failureOf } from '../e2e/failures.ts';
import { event, type InteropEvent, NUMBER_OF_EVENTS } from '../interop/interop-events.ts';
import { expectedFolder, FIXTURES, readExpected } from './flink-fixtures.ts';
import { toJson } from './snapshot-content.ts';

const { BOOLEAN, INT, LONG, LONG_ARRAY, STRING } = Types;
const expected = readExpected('hashmap-chk').operators;

/** Without `score` and `opt`, with `added`, `note` and `flag`; `inner` lost `y` and got `z`. */
const POJO = Types.POJO(
  'lab.Types0$Pojo',
  {
    id: INT,
    name: STRING,
    ok: BOOLEAN,
    inner: Types.POJO('lab.Types0$Inner', { x: INT, z: LONG }),
    arr: LONG_ARRAY,
    added: INT,
    note: STRING,
    flag: BOOLEAN,
  },
  { initialValues: { note: 'none' } },
) as TypeInformation<unknown>;

const javaString = { type: 'string', 'avro.java.string': 'String' };

/** Without `reading`, with `unit`; `seq` is a double, `note` is `remark`, and a level was added. */
const READING = avroType(
  {
    type: 'record',
    name: 'AvroReading',
    namespace: 'lab.avro',
    fields: [
      { name: 'sensor', type: javaString },
      { name: 'seq', type: 'double' },
      { name: 'flag', type: 'boolean' },
      { name: 'remark', type: ['null', javaString], default: null, aliases: ['note'] },
      { name: 'tags', type: { type: 'array', items: javaString } },
      { name: 'attrs', type: { type: 'map', values: 'long', 'avro.java.string': 'String' } },
      {
        name: 'level',
        type: { type: 'enum', name: 'Level', symbols: ['OFF', 'LOW', 'MID', 'HIGH'] },
      },
      { name: 'unit', type: javaString, default: 'C' },
    ],
  },
  'lab.avro.AvroReading',
);

type Read = Map<string, unknown>;

class ReadPojos extends KeyedProcessFunction<string, InteropEvent, never> {
  private readonly told: (key: string, value: unknown, map: unknown) => void;
  private readonly type: () => TypeInformation<unknown>;
  private value!: ValueState<unknown>;
  private map!: MapState<number, unknown>;

  constructor(type: TypeInformation<unknown>, told: ReadPojos['told']) {
    super();
    this.told = told;
    this.type = () => type;
  }

  override open(): void {
    const type = this.type();
    this.value = this.runtimeContext.getState(new ValueStateDescriptor('v-pojo', type));
    this.map = this.runtimeContext.getMapState(new MapStateDescriptor('m-long-pojo', LONG, type));
  }

  override processElement({ stringKey }: InteropEvent): void {
    this.told(stringKey, this.value.value(), [...this.map.entries()]);
  }
}

class ReadAvro extends KeyedProcessFunction<bigint, InteropEvent, never> {
  private readonly told: (key: bigint, value: unknown) => void;
  private value!: ValueState<unknown>;

  constructor(told: ReadAvro['told']) {
    super();
    this.told = told;
  }

  override open(): void {
    this.value = this.runtimeContext.getState(new ValueStateDescriptor('v-avro-specific', READING));
  }

  override processElement({ longKey }: InteropEvent): void {
    this.told(longKey, this.value.value());
  }
}

function program(pojo: TypeInformation<unknown>, read: { pojos: Read; maps: Read; avro: Read }) {
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    'execution.state-recovery.path': join(FIXTURES, expectedFolder('hashmap-chk')),
    'execution.state-recovery.ignore-unclaimed-state': 'true',
    'restart-strategy.type': 'none',
  }).setServices({ warn: () => {} });
  env.setParallelism(2).setMaxParallelism(128);
  const events = env
    .fromSource(
      new DataGeneratorSource((index) => event(index), NUMBER_OF_EVENTS),
      WatermarkStrategy.noWatermarks<InteropEvent>(),
      'all events',
    )
    .uid('all-events');
  const told = (key: string, value: unknown, map: unknown): void => {
    read.pojos.set(key, toJson(value));
    read.maps.set(key, toJson(map));
  };
  events
    .keyBy((each) => each.stringKey, STRING)
    .process(new ReadPojos(pojo, told))
    .uid('by-string');
  events
    .keyBy((each) => each.longKey, Types.BIGINT_LONG)
    .process(new ReadAvro((key, value) => read.avro.set(String(key), toJson(value))))
    .uid('by-long');
  return env;
}

interface Entry {
  readonly key: string;
  readonly value: unknown;
}

function entriesOf(uid: string, state: string): readonly Entry[] {
  return expected[uid]?.keyedStates?.[state]?.entries as readonly Entry[];
}

function evolvedPojo(value: unknown): unknown {
  const { id, name, ok, inner, arr } = value as Record<string, unknown>;
  const { x } = (inner ?? {}) as { x?: unknown };
  const nested = inner === null ? null : { x, z: 0 };
  return { id, name, ok, inner: nested, arr, added: 0, note: 'none', flag: false };
}

describe('a checkpoint of real Flink', () => {
  const read = { pojos: new Map(), maps: new Map(), avro: new Map() } as {
    pojos: Read;
    maps: Read;
    avro: Read;
  };
  before(async () => {
    await program(POJO, read).execute();
  });

  it('gives POJOs the fields of the program, at any depth', () => {
    const entries = entriesOf('by-string', 'v-pojo');

    assert.equal(entries.length, 50);
    for (const { key, value } of entries) {
      assert.deepEqual(read.pojos.get(key), evolvedPojo(value), key);
    }
  });

  it('gives POJOs in a map the fields of the program', () => {
    const entries = entriesOf('by-string', 'm-long-pojo');

    assert.equal(entries.length, 49);
    for (const { key, value } of entries) {
      const evolved = (value as [unknown, unknown][]).map(([k, v]) => [k, evolvedPojo(v)]);
      assert.deepEqual(new Map(read.maps.get(key) as []), new Map(evolved as []), key);
    }
  });

  it('gives Avro data by the schemas of writer and reader', () => {
    const entries = entriesOf('by-long', 'v-avro-specific');

    assert.equal(entries.length, 45);
    for (const { key, value } of entries) {
      const { reading: _gone, note, ...rest } = value as Record<string, unknown>;
      assert.deepEqual(read.avro.get(String(key)), { ...rest, remark: note, unit: 'C' }, key);
    }
  });

  it('is refused by a program that changed the type of a field, which it names', async () => {
    const changed = Types.POJO('lab.Types0$Pojo', { id: LONG }) as TypeInformation<unknown>;

    const error = await failureOf(() => program(changed, read).execute());

    assertError(
      error,
      'STATE_INCOMPATIBLE',
      /^2 states .*state 'v-pojo' of operator '\w+' \(uid 'by-string'\): POJO lab\.Types0\$Pojo, field id: Int in the snapshot, Long/s,
    );
  });
});
