import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ListSerializer,
  MapSerializer,
  type StateKind,
  StateTtlConfig,
  type StateTtlOptions,
  TtlValueSerializer,
  type TypeInformation,
  type TypeSerializer,
  Types,
  VOID_NAMESPACE_SERIALIZER,
} from '@millrace/core';
import type { StateTtlCleanup } from '@millrace/state';
import { TtlCompactionTime, ttlCompactionSpec } from './ttl-compaction.ts';

const TTL_MS = 50;

function cleanup(options: Partial<StateTtlOptions> = {}, now = () => 0): StateTtlCleanup {
  const config = new StateTtlConfig({ timeToLive: TTL_MS, ...options });
  return {
    config,
    now,
    isExpired: () => false,
    filterOfFullSnapshot: () => undefined,
    expiredNow: () => () => false,
  };
}

function specOf(kind: StateKind, type: TypeInformation<unknown>, ttl = cleanup()) {
  const value = new TtlValueSerializer(type.createSerializer());
  const serializers: Partial<Record<StateKind, unknown>> = {
    list: new ListSerializer(value),
    map: new MapSerializer(Types.STRING.createSerializer(), value),
  };
  const stateSerializer = (serializers[kind] ?? value) as TypeSerializer<unknown>;
  const namespaceSerializer = VOID_NAMESPACE_SERIALIZER as TypeSerializer<unknown>;
  return ttlCompactionSpec({ name: 'state', kind, namespaceSerializer, stateSerializer }, ttl);
}

const of = (type: unknown): TypeInformation<unknown> => type as TypeInformation<unknown>;

describe('what compactions are told of a state with a time to live', () => {
  it('is where the time stands: of values and accumulators before them, of maps after a flag', () => {
    const kinds = (['value', 'reducing', 'aggregating', 'map'] as const).map(
      (kind) => specOf(kind, of(Types.LONG))?.kind,
    );

    assert.deepEqual(kinds, ['value', 'value', 'value', 'map']);
    assert.equal(specOf('value', of(Types.LONG))?.ttlMs, TTL_MS);
  });

  it('is where the elements of a list end, if that can be told', () => {
    const ends = [Types.LONG, Types.STRING, Types.LIST(Types.LONG)].map(
      (type) => specOf('list', of(type))?.elementBytes,
    );

    assert.deepEqual(ends, [16, 0, -1]);
  });

  it('is nothing where the program switched the cleanup off', () => {
    const off = cleanup({ disableCleanupInBackground: true });

    assert.equal(specOf('value', of(Types.LONG), off), undefined);
  });
});

describe('the time that compactions judge by', () => {
  it('is told when a state is declared, and then after so many records as it says', () => {
    let now = 7;
    const told: number[] = [];
    const time = new TtlCompactionTime({ setTtlTime: (ms) => told.push(ms) });
    const filter = { cleanupInRocksdbCompactFilter: { queryTimeAfterNumEntries: 3 } };

    time.add(cleanup(filter, () => now++));
    for (let record = 0; record < 7; record++) {
      time.tick();
    }

    assert.deepEqual(told, [7, 8, 9]);
  });

  it('is never told where no state has a time to live', () => {
    const told: number[] = [];
    const time = new TtlCompactionTime({ setTtlTime: (ms) => told.push(ms) });

    time.tick();
    time.refresh();

    assert.deepEqual(told, []);
  });
});
