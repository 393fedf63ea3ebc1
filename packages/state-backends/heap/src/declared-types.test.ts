import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ListStateDescriptor,
  MapStateDescriptor,
  ReducingStateDescriptor,
  type StateDescriptor,
  type TypeInformation,
  Types,
  ValueStateDescriptor,
} from '@millrace/core';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { declare, openHeap } from './heap-fixture.ts';

interface AnyState {
  add(value: unknown): void;
  addAll(values: readonly unknown[]): void;
  get(userKey?: unknown): unknown;
  put(userKey: unknown, value: unknown): void;
  update(value: unknown): void;
  value(): unknown;
}

interface Case {
  readonly title: string;
  readonly descriptor: StateDescriptor;
  /** What fits, before. */
  readonly first?: (state: AnyState) => void;
  readonly given: (state: AnyState) => void;
  readonly told: string;
}

const PAIR = Types.POJO<{ n: number; t: string }>('a.Pair', { n: Types.LONG, t: Types.STRING });

type AnyType = TypeInformation<unknown>;

const value = (type: unknown) => new ValueStateDescriptor('s', type as AnyType);
const map = (key: unknown, type: unknown) =>
  new MapStateDescriptor<unknown, unknown>('s', key as AnyType, type as AnyType);

const CASES: readonly Case[] = [
  {
    title: 'a text for a long',
    descriptor: value(Types.LONG),
    first: (state) => state.update(1),
    given: (state) => state.update('2'),
    told: "value state 's' of operator 'counter' is declared as Long and was given '2' for the key 'a': '2' is not a Long; use a whole number, or declare Types.DOUBLE or Types.BIGINT_LONG",
  },
  {
    title: 'a fraction for a long',
    descriptor: value(Types.LONG),
    first: (state) => state.update(2 ** 40),
    given: (state) => state.update(0.5),
    told: 'was given 0.5 ',
  },
  {
    title: 'a number of 33 bits for an int',
    descriptor: value(Types.INT),
    first: (state) => state.update(1),
    given: (state) => state.update(2 ** 32),
    told: 'is declared as Int and was given 4294967296 ',
  },
  {
    title: 'a bigint for a double',
    descriptor: value(Types.DOUBLE),
    first: (state) => state.update(0.5),
    given: (state) => state.update(1n),
    told: 'is declared as Double and was given 1n ',
  },
  {
    title: 'a number for a text',
    descriptor: value(Types.STRING),
    first: (state) => state.update('1'),
    given: (state) => state.update(2),
    told: 'is declared as String and was given 2 ',
  },
  {
    title: 'another field in the first object',
    descriptor: value(PAIR),
    given: (state) => state.update({ n: '1', t: 'x' }),
    told: "is declared as Pojo a.Pair and was given { n: '1', t: 'x' } for the key 'a': n: '1' is not",
  },
  {
    title: 'what a reduce function makes',
    descriptor: new ReducingStateDescriptor<unknown>(
      's',
      (a, b) => `${a}${b}`,
      Types.LONG as AnyType,
    ),
    first: (state) => state.add(1),
    given: (state) => state.add(2),
    told: "reducing state 's' of operator 'counter' is declared as Long and was given '12' ",
  },
  {
    title: 'an element of a list',
    descriptor: new ListStateDescriptor<unknown>('s', Types.LONG as AnyType),
    first: (state) => state.addAll([1, 2]),
    given: (state) => state.add('3'),
    told: "list state 's' of operator 'counter' is declared as List<Long> and was given '3' ",
  },
  {
    title: 'the first element of a list of objects',
    descriptor: new ListStateDescriptor<unknown>('s', PAIR as AnyType),
    given: (state) => state.add({ n: 1, t: 2 }),
    told: 'is declared as List<Pojo a.Pair> and was given { n: 1, t: 2 } ',
  },
  {
    title: 'a user key of a map of numbers',
    descriptor: map(Types.STRING, Types.LONG),
    first: (state) => state.put('x', 1),
    given: (state) => state.put(7, 1),
    told: "map state 's' of operator 'counter' is declared as Map<String, Long> and was given 7 ",
  },
  {
    title: 'a user key of a map of objects',
    descriptor: map(Types.STRING, PAIR),
    first: (state) => state.put('x', { n: 1, t: '' }),
    given: (state) => state.put(7, { n: 1, t: '' }),
    told: 'is declared as Map<String, Pojo a.Pair> and was given 7 ',
  },
  {
    title: 'a value of a map beside its keys',
    descriptor: map(Types.LONG, Types.INT),
    first: (state) => state.put(1, 1),
    given: (state) => state.put(1, {}),
    told: 'is declared as Map<Long, Int> and was given {} ',
  },
  {
    title: 'a value of a map of texts',
    descriptor: map(Types.LONG, Types.STRING),
    first: (state) => state.put(1, 'x'),
    given: (state) => state.put(1, 1),
    told: 'is declared as Map<Long, String> and was given 1 ',
  },
];

async function stateOf(descriptor: StateDescriptor) {
  const backend = await openHeap();
  backend.setCurrentKey('a');
  return { backend, state: declare(backend, descriptor) as unknown as AnyState };
}

describe('what is not of the declared type of a state', () => {
  for (const type of [Types.INT, Types.SHORT, Types.BYTE]) {
    it(`is a bigint or a symbol for ${type.name}`, async () => {
      for (const given of [5n, Symbol('five')]) {
        const { state } = await stateOf(value(type));

        assert.throws(() => state.update(given), { code: 'VALUE_NOT_SERIALIZABLE' });
      }
    });
  }

  for (const { title, descriptor, first, given, told } of CASES) {
    it(`is refused where it is given: ${title}`, async () => {
      const { state } = await stateOf(descriptor);
      first?.(state);

      assert.throws(
        () => given(state),
        (error: Error & { code?: string; reaction?: string }) => {
          assert.deepEqual([error.code, error.reaction], ['VALUE_NOT_SERIALIZABLE', 'config']);
          assert.ok(error.message.includes(told), error.message);
          return true;
        },
      );
    });
  }

  it('is no number that the type has, however wide, and no null in a map', async () => {
    for (const [type, numbers] of [
      [Types.LONG, [-(2 ** 31), 2 ** 53 - 1, -0, 1 - 2 ** 53]],
      [Types.INT, [-(2 ** 31), 2 ** 31 - 1, -0]],
      [Types.DOUBLE, [0.5, Number.NaN, Number.POSITIVE_INFINITY, -0, 2 ** 80]],
    ] as const) {
      const { backend, state } = await stateOf(map(Types.STRING, type));
      numbers.forEach((number, i) => {
        state.put(`${i}`, number);
      });
      state.put('none', null);

      assert.deepEqual(
        numbers.map((_, i) => state.get(`${i}`)),
        numbers,
      );
      await backend.snapshot(1, new MemoryCheckpointStreams()).write();
    }
  });

  it('is anything where the type leaves that open, until a snapshot has to write it', async () => {
    const open = Types.TUPLE(Types.STRING, Types.GENERIC);
    const given = [
      'x',
      new (class Meter {
        read() {
          return 1;
        }
      })(),
    ];
    const { backend, state } = await stateOf(value(open));

    state.update(given);

    assert.equal(state.value(), given);
    await assert.rejects(backend.snapshot(1, new MemoryCheckpointStreams()).write(), {
      code: 'VALUE_NOT_SERIALIZABLE',
    });
  });
});
