import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { operatorIdFromUid } from '@millrace/state';
import { KeyGroupStreamPartitioner } from './key-group-stream-partitioner.ts';
import { ANY_TYPE, GraphFixture } from './stream-graph-fixture.ts';
import { hashStreamGraph } from './stream-graph-hasher.ts';
import { RebalancePartitioner } from './stream-partitioners.ts';

/** Operator ids that Flink 1.20.5 wrote for these uids; `expected.json` of a savepoint has them. */
const FLINK_OPERATOR_IDS: Readonly<Record<string, string>> = {
  'by-string': '43c502db369b106061a4c7c72c012f5f',
  'by-long': '3ffbd17d44a5df52af31dfcc7200cd35',
  'by-tuple': '13fc5d6df39da9f6d656bf0119b2d7b5',
  'by-pojo': '28a5be47cc8efa8cf9a926f0356f7672',
  'ttl-op': '356a841fd8568944a6777abb9350aa52',
  'broadcast-op': '6212a133585c3c39031436410704dbdb',
  'win-agg': '36df975d83041563f318d3ae28d194a8',
  'win-process': 'c07b13e0cc64cfa2dfdfb00f5b49e946',
  'win-session': '4aa42c36844dba6f47107d23eedd8beb',
  'op-state': '5bcd88bb93ab9e5694f5fb26d5804aba',
  source: 'e5a72f353fc1e6bbf3bd96a41384998c',
  'src-uid': '65eb651c08e51afc6b01b9ec8c609cba',
  'proc-uid': '4d0be9be59dc6eba85d3a355af130ca4',
};

const KEY_TYPE = { ...ANY_TYPE, isKeyType: true };
const HASH = new KeyGroupStreamPartitioner((value: unknown) => value, KEY_TYPE);

function idsOf(fixture: GraphFixture): Record<string, string | undefined> {
  const ids = hashStreamGraph(fixture.graph);
  return Object.fromEntries(fixture.graph.nodes.map((node) => [node.name, ids.get(node.id)]));
}

describe('operator ids from uids', () => {
  it('are those that Flink wrote to its savepoints', () => {
    const ids = Object.keys(FLINK_OPERATOR_IDS).map((uid) => [uid, operatorIdFromUid(uid)]);

    assert.deepEqual(Object.fromEntries(ids), FLINK_OPERATOR_IDS);
  });

  it('do not depend on the place in the graph', () => {
    const fixture = new GraphFixture();
    const a = fixture.source('a', { uid: 'src-uid' });
    const b = fixture.operator('b', a);
    fixture.operator('c', b, { uid: 'proc-uid', parallelism: 4 });

    const ids = idsOf(fixture);

    assert.equal(ids.a, FLINK_OPERATOR_IDS['src-uid']);
    assert.equal(ids.c, FLINK_OPERATOR_IDS['proc-uid']);
  });

  it('refuse one uid for two operators and name both', () => {
    const fixture = new GraphFixture();
    fixture.operator('counts', fixture.source('orders', { uid: 'x' }), { uid: 'x' });

    assert.throws(() => hashStreamGraph(fixture.graph), {
      code: 'DUPLICATE_UID',
      message: "uid 'x' is used by 'orders' and by 'counts'; give each operator its own",
    });
  });

  it('refuse an operator without one when generated ids are switched off', () => {
    const fixture = new GraphFixture({ autoGenerateUids: false });
    fixture.operator('counts', fixture.source('orders', { uid: 'x' }));

    assert.throws(() => hashStreamGraph(fixture.graph), {
      code: 'UID_MISSING',
      message: "operator 'counts' has no uid and pipeline.auto-generate-uids is false; call uid()",
    });
  });
});

describe('generated operator ids', () => {
  // The ids below are those that Flink's web UI shows for jobs of these shapes.

  it('are those of Flink for a source chained to a map, hash, and a window chained to a sink', () => {
    const fixture = new GraphFixture();
    const map = fixture.operator('map', fixture.source('source'));
    fixture.operator('sink', fixture.operator('window', fixture.partition(map, HASH)));

    const ids = idsOf(fixture);

    assert.equal(ids.source, 'cbc357ccb763df2852fee8c4fc7d55f2');
    assert.equal(ids.window, '90bea66de1c231edf33913ecd54406c1');
  });

  it('are those of Flink for source, hash, flat map and a chained sink', () => {
    const fixture = new GraphFixture();
    const source = fixture.source('source', { parallelism: 2 });
    const flatMap = fixture.operator('flat map', fixture.partition(source, HASH), {
      parallelism: 2,
    });
    fixture.operator('sink', flatMap, { parallelism: 2 });

    const ids = idsOf(fixture);

    assert.equal(ids.source, 'bc764cd8ddf7a0cff126f51c16239658');
    assert.equal(ids['flat map'], '20ba6b65f97481d5570070de90e4e791');
  });

  it('are those of Flink for a socket word count: rebalance, then hash, then a chained sink', () => {
    const fixture = new GraphFixture();
    const source = fixture.source('source');
    const flatMap = fixture.operator('flat map', source, { parallelism: 2 });
    const sum = fixture.operator('sum', fixture.partition(flatMap, HASH), { parallelism: 2 });
    fixture.operator('sink', sum, { parallelism: 2 });

    const ids = idsOf(fixture);

    assert.equal(ids.source, 'bc764cd8ddf7a0cff126f51c16239658');
    assert.equal(ids['flat map'], '0a448493b4782967b150582570326227');
    assert.equal(ids.sum, 'e70bbd798b564e0a50e10e343f1ac56b');
  });

  it('are those of Flink for two inputs, in the order of the inputs', () => {
    const fixture = new GraphFixture();
    const left = fixture.source('left');
    const right = fixture.source('right');
    const connected = fixture.twoInputOperator('connected', [[left], [right]]);
    fixture.operator('sink', connected);

    const ids = idsOf(fixture);

    assert.deepEqual(ids, {
      left: 'bc764cd8ddf7a0cff126f51c16239658',
      right: 'feca28aff5a3958840bee985ee7de4d3',
      connected: '4bf7c1955ffe56e2106d666433eaf137',
      sink: 'ccb29b5204e83e8a588b3828afaa7015',
    });
  });

  it('are those of Flink for a stream that is connected with a union of it and another', () => {
    const fixture = new GraphFixture();
    const left = fixture.source('left');
    const right = fixture.source('right');
    const connected = fixture.twoInputOperator('connected', [[right], [left, right]]);
    fixture.operator('sink', connected);

    const ids = idsOf(fixture);

    assert.equal(ids.connected, '91a1156a7e0d9766445f0fdd112fd95c');
    assert.equal(ids.sink, '16e44fad251bff0e0cb951918d6f587e');
  });

  it('do not depend on names or on the value of a parallelism', () => {
    const build = (suffix: string, parallelism: number): string[] => {
      const fixture = new GraphFixture();
      const source = fixture.source(`source${suffix}`, { parallelism });
      fixture.operator(`map${suffix}`, source, { parallelism });
      return [...hashStreamGraph(fixture.graph).values()];
    };

    assert.deepEqual(build('', 1), build(' two', 7));
  });

  it('of later operators shift when one is added before them', () => {
    const short = new GraphFixture();
    short.operator('sink', short.source('source'));
    const long = new GraphFixture();
    long.operator('sink', long.operator('map', long.source('source')));

    assert.notEqual(idsOf(short).sink, idsOf(long).sink);
  });

  it('are given to an operator once all its inputs have theirs', () => {
    const fixture = new GraphFixture();
    const near = fixture.source('near');
    const far = fixture.source('far');
    const middle = fixture.operator('middle', fixture.partition(far, new RebalancePartitioner()));
    fixture.operator('join', [near, middle]);

    const ids = idsOf(fixture);

    assert.equal(new Set(Object.values(ids)).size, 4);
    assert.match(ids.join ?? '', /^[0-9a-f]{32}$/);
  });

  it('are refused for operators that no source leads to', () => {
    const fixture = new GraphFixture();
    fixture.source('source');
    const a = fixture.operator('a', []);
    fixture.graph.addEdge({ sourceId: a, targetId: a });

    assert.throws(() => hashStreamGraph(fixture.graph), {
      code: 'INVALID_GRAPH',
      message: "no source leads to the operator 'a'",
    });
  });
});
