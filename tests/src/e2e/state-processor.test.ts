/** Savepoints that are written with no job running: our own jobs go on from them, and faults leave nothing. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  DataOutputView,
  FileSystems,
  OpaqueSerializerSnapshot,
  SerializerTypeInformation,
  type TypeSerializer,
  Types,
  ValueStateDescriptor,
} from '@millrace/core';
import {
  createStateHandleOpener,
  loadCheckpointMetadata,
  operatorIdFromUid,
} from '@millrace/state';
import {
  convert,
  edit,
  KeyedStateBootstrapFunction,
  KeyedStateReaderFunction,
  OperatorIdentifier,
  OperatorTransformation,
  SavepointReader,
  SavepointWriter,
} from '@millrace/state-processor';
import { crashAtStep, FaultyFileSystem, failNth, MemoryFileSystem } from '@millrace/testing';
import { snapshotContent } from '../compatibility/snapshot-content.ts';
import { bootstrappedSavepoint } from '../interop/bootstrapped-savepoint.ts';
import { NUMBER_OF_EVENTS } from '../interop/interop-events.ts';
import { checkpointSettings, savepoint, temporaryFolder } from '../interop/retained-checkpoint.ts';
import {
  assertSameOperators,
  type Operators,
  operatorStateItems,
} from '../interop/same-content.ts';

const folder = temporaryFolder('state-processor-e2e');
after(() => rmSync(folder, { recursive: true }));

const KEYED_UIDS = [
  'by-string',
  'by-long',
  'by-tuple',
  'by-pojo',
  'null-map',
  'ttl-op',
  'win-agg',
  'win-session',
  'win-process',
];

async function contentOf(path: string): Promise<Operators> {
  const fileSystems = new FileSystems();
  const { metadata } = await loadCheckpointMetadata(fileSystems, path);
  const getFileSystem = (uri: string) => fileSystems.getFileSystem(uri);
  const content = await snapshotContent(metadata, createStateHandleOpener({ getFileSystem }));
  return Object.fromEntries(
    [...KEYED_UIDS, 'op-state'].map((uid) => [uid, content.get(operatorIdFromUid(uid))]),
  ) as Operators;
}

/** A job declares each state, whether it holds something or not. */
function withoutEmptyStates(operators: Operators): Operators {
  return Object.fromEntries(
    Object.entries(operators).map(([uid, operator]) => {
      const states = Object.entries(operator.keyedStates ?? {}).filter(
        ([, { count }]) => count > 0,
      );
      return [uid, { ...operator, keyedStates: Object.fromEntries(states) }];
    }),
  );
}

describe('a savepoint that was written with no job running', () => {
  for (const parallelism of [1, 3]) {
    it(`is restored by a job of parallelism ${parallelism} with every key, value, pane and timer`, async () => {
      const target = join(folder, `bootstrapped-${parallelism}`);
      const written = await bootstrappedSavepoint(target, {
        events: NUMBER_OF_EVENTS,
        parallelism: 2,
      });

      const taken = await savepoint(
        {
          parallelism,
          events: 0,
          configuration: {
            ...checkpointSettings(folder),
            'execution.state-recovery.path': written,
          },
        },
        join(folder, 'taken'),
      );

      const [found, expected] = [await contentOf(taken), await contentOf(written)];
      assertSameOperators(withoutEmptyStates(found), expected, KEYED_UIDS);
      assert.deepEqual(
        operatorStateItems(found['op-state'], 'even-list'),
        operatorStateItems(expected['op-state'], 'even-list'),
      );
    });
  }
});

const COUNTS = OperatorIdentifier.forUid('counts');
const COUNT = new ValueStateDescriptor('count', Types.LONG);

class Put extends KeyedStateBootstrapFunction<number, number> {
  override processElement(value: number): void {
    this.runtimeContext.getState(COUNT).update(value * value);
  }
}

class Read extends KeyedStateReaderFunction<number, number> {
  override open(): void {
    this.runtimeContext.getState(COUNT);
  }

  override readKey(...[, , out]: Parameters<KeyedStateReaderFunction<number, number>['readKey']>) {
    out.collect(this.runtimeContext.getState(COUNT).value() ?? -1);
  }
}

function counts(fileSystems: FileSystems, numbers: Iterable<number>): SavepointWriter {
  return SavepointWriter.newSavepoint({ maxParallelism: 128, fileSystems }).withOperator(
    COUNTS,
    OperatorTransformation.bootstrapWith(numbers)
      .keyBy((value) => value, Types.LONG)
      .transform(new Put()),
  );
}

async function numbersIn(path: string, fileSystems: FileSystems): Promise<number[]> {
  const reader = await SavepointReader.read(path, { fileSystems });
  const found: number[] = [];
  for await (const value of reader.readKeyedState(COUNTS, new Read())) {
    found.push(value);
  }
  return found.sort((a, b) => a - b);
}

const NUMBERS = Array.from({ length: 5000 }, (_, i) => i);
const SQUARES = NUMBERS.map((i) => i * i);

describe('a savepoint whose writing fails', () => {
  it('leaves nothing, at whichever operation it failed, and the next attempt succeeds', async () => {
    for (const operation of ['create', 'write', 'close', 'rename'] as const) {
      for (const occurrence of [1, 2, 3]) {
        const files = new MemoryFileSystem();
        const faulty = new FaultyFileSystem(files, failNth(operation, occurrence));
        const fileSystems = new FileSystems([faulty]);
        const attempt = () =>
          counts(fileSystems, NUMBERS).write('memory:/target', { parallelism: 3 });

        const outcome = await attempt().catch((error: { code: string }) => error.code);
        if (typeof outcome === 'string') {
          assert.equal(outcome, 'IO_EXCEPTION');
          assert.deepEqual(files.paths, []);
          await attempt();
        } else {
          assert.ok(
            operation === 'rename' && occurrence > 1,
            `${operation} ${occurrence} failed unseen`,
          );
        }

        assert.deepEqual(await numbersIn('memory:/target', fileSystems), SQUARES);
      }
    }
  });

  it('is whole or is none after a crash at any step of converting it', async () => {
    const files = new MemoryFileSystem();
    const fileSystems = new FileSystems([files]);
    await counts(fileSystems, NUMBERS).write('memory:/source');
    const run = async (at: number) => {
      const faulty = new FaultyFileSystem(files, crashAtStep(at));
      const target = `memory:/target-${at}`;
      const options = { fileSystems: new FileSystems([faulty]), maxParallelism: 64 };
      const failed = await convert('memory:/source', target, options).then(
        () => false,
        () => true,
      );
      return { target, failed };
    };

    let whole = 0;
    let none = 0;
    for (let step = 1; ; step++) {
      const { target, failed } = await run(step);
      if (await files.getFileStatus(`${target}/_metadata`)) {
        assert.deepEqual(await numbersIn(target, fileSystems), SQUARES);
        whole++;
      } else {
        none++;
      }
      if (!failed) {
        break;
      }
    }

    assert.ok(whole >= 1 && none > 5, `${whole} whole, ${none} none`);
  });
});

/** As a savepoint of Flink has it for a class that is nothing but a class. */
const KRYO = new OpaqueSerializerSnapshot({
  className: 'org.apache.flink.api.java.typeutils.runtime.kryo.KryoSerializerSnapshot',
  version: 2,
  payload: kryoPayload('com.acme.Secret'),
});

function kryoPayload(className: string): Uint8Array {
  const output = new DataOutputView();
  output.writeUTF(className);
  for (let map = 0; map < 3; map++) {
    output.writeBigLong(5440760593776n); // the mark of Flink's LinkedOptionalMap
    output.writeInt(0);
  }
  return output.copyBytes();
}

/** Text, under the name of a class that nothing here can read. */
class SecretSerializer implements TypeSerializer<string> {
  readonly length = -1;
  readonly isImmutableType = true;

  serialize(value: string, target: DataOutputView): void {
    target.writeUTF(value);
  }

  deserialize(): never {
    throw new Error('is never read');
  }

  copy(value: string): string {
    return value;
  }

  hashCode(): never {
    throw new Error('is never hashed');
  }

  snapshotConfiguration() {
    return KRYO as never;
  }
}

const SECRET = new ValueStateDescriptor(
  'secret',
  new SerializerTypeInformation(new SecretSerializer(), { name: 'Secret' }),
);

class PutSecret extends KeyedStateBootstrapFunction<number, number> {
  override processElement(value: number): void {
    this.runtimeContext.getState(SECRET).update(`secret of ${value}`);
    this.runtimeContext.getState(COUNT).update(value);
  }
}

describe('values of a class that is not known here', () => {
  it('go over as they are when a savepoint is converted, rescaled and edited', async () => {
    const files = new MemoryFileSystem();
    const fileSystems = new FileSystems([files]);
    await SavepointWriter.newSavepoint({ maxParallelism: 128, fileSystems })
      .withOperator(
        COUNTS,
        OperatorTransformation.bootstrapWith(NUMBERS)
          .keyBy((value) => value, Types.LONG)
          .transform(new PutSecret()),
      )
      .write('memory:/source');

    await convert('memory:/source', 'memory:/converted', {
      fileSystems,
      maxParallelism: 300,
      parallelism: 2,
    });
    const set = { kind: 'set', operator: COUNTS, state: 'count', key: 7, value: 70 } as const;
    const { results } = await edit('memory:/converted', 'memory:/edited', [set], { fileSystems });

    assert.equal(results[0]?.replaced, 1);
    const bytes = files.paths
      .filter((path) => path.startsWith('memory:/edited/'))
      .map((path) => Buffer.from(files.contents(path)).toString('latin1'))
      .join('');
    for (const value of NUMBERS) {
      assert.ok(bytes.includes(`secret of ${value}`), `the secret of ${value}`);
    }
    const unreadable = { ...set, state: 'secret', value: 'no' } as const;
    await assert.rejects(edit('memory:/edited', 'memory:/refused', [unreadable], { fileSystems }), {
      message: /Kryo<com.acme.Secret>/,
    });
  });
});
