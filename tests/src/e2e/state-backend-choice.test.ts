/** Which state backend and which checkpoint storage a job gets. Flink: StateBackendLoader and its table of outcomes. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Configuration, FileSystems, GenericMetricGroup } from '@millrace/core';
import { chooseCheckpointStorage, loadStateBackend } from '@millrace/runtime';
import {
  type CheckpointStorage,
  FileSystemCheckpointStorage,
  JobManagerCheckpointStorage,
  type KeyedStateBackendParameters,
  type StateBackend,
} from '@millrace/state';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import {
  DiscardingSink,
  EmbeddedRocksDBStateBackend,
  FsStateBackend,
  HashMapStateBackend,
  MemoryStateBackend,
  RocksDBStateBackend,
  StreamExecutionEnvironment,
  Types,
} from 'millrace';

const folder = mkdtempSync(join(tmpdir(), 'millrace-choice-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const NEEDS_ADDON = { skip: whyNoNativeAddon() ?? false };
const FLINK = 'org.apache.flink';
const DIRECTORY = { 'execution.checkpointing.dir': join(folder, 'checkpoints') };

async function choose(
  keys: Record<string, string>,
  ofProgram?: StateBackend,
  storageOfProgram?: CheckpointStorage,
): Promise<{ backend: StateBackend; storage: CheckpointStorage; warnings: string[] }> {
  const configuration = new Configuration(keys);
  const stateBackend = await loadStateBackend(configuration, ofProgram);
  const warnings: string[] = [];
  const storage = chooseCheckpointStorage(
    {
      stateBackend,
      ofProgram: storageOfProgram === undefined ? undefined : () => storageOfProgram,
      configuration,
      warn: (message) => void warnings.push(message),
    },
    { jobId: 'job', fileSystems: new FileSystems() },
  );
  return { backend: stateBackend, storage, warnings };
}

describe('a job whose program sets no backend', () => {
  for (const [title, keys, backendClass, storageClass] of [
    ['with nothing set', {}, HashMapStateBackend, JobManagerCheckpointStorage],
    ['with a directory', DIRECTORY, HashMapStateBackend, FileSystemCheckpointStorage],
    [
      'with jobmanager, and a directory and filesystem beside it',
      {
        'state.backend': 'jobmanager',
        'execution.checkpointing.storage': 'filesystem',
        ...DIRECTORY,
      },
      MemoryStateBackend,
      JobManagerCheckpointStorage,
    ],
    [
      'with filesystem',
      { 'state.backend': 'filesystem' },
      HashMapStateBackend,
      JobManagerCheckpointStorage,
    ],
    [
      'with filesystem and a directory',
      { 'state.backend': 'filesystem', ...DIRECTORY },
      HashMapStateBackend,
      FileSystemCheckpointStorage,
    ],
    [
      'with hashmap, the storage jobmanager and a directory',
      {
        'state.backend.type': 'hashmap',
        'execution.checkpointing.storage': 'jobmanager',
        ...DIRECTORY,
      },
      HashMapStateBackend,
      JobManagerCheckpointStorage,
    ],
    [
      'with Flink’s older factory of files, and a directory',
      {
        'state.backend': `${FLINK}.runtime.state.filesystem.FsStateBackendFactory`,
        ...DIRECTORY,
      },
      FsStateBackend,
      FileSystemCheckpointStorage,
    ],
    [
      'with Flink’s older factory of memory',
      { 'state.backend': `${FLINK}.runtime.state.memory.MemoryStateBackendFactory` },
      MemoryStateBackend,
      JobManagerCheckpointStorage,
    ],
  ] as const) {
    it(`${title} has ${backendClass.name} and ${storageClass.name}`, async () => {
      const { backend, storage } = await choose(keys);

      assert.equal(backend.constructor, backendClass);
      assert.equal(storage.constructor, storageClass);
    });
  }

  for (const name of [
    'RocksDB',
    'rocksdb',
    `${FLINK}.contrib.streaming.state.EmbeddedRocksDBStateBackendFactory`,
    `${FLINK}.contrib.streaming.state.EmbeddedRocksDBStateBackend`,
  ]) {
    it(`with ${name} and a directory has RocksDB and files`, NEEDS_ADDON, async () => {
      const { backend, storage } = await choose({ 'state.backend': name, ...DIRECTORY });

      assert.equal(backend.constructor, EmbeddedRocksDBStateBackend);
      assert.equal(storage.constructor, FileSystemCheckpointStorage);
    });
  }

  it(
    'with Flink’s older factory of RocksDB has the older backend at the directory',
    NEEDS_ADDON,
    async () => {
      const name = `${FLINK}.contrib.streaming.state.RocksDBStateBackendFactory`;
      const { backend, storage } = await choose({ 'state.backend': name, ...DIRECTORY });

      assert.equal(backend.constructor, RocksDBStateBackend);
      assert.equal(storage.constructor, FileSystemCheckpointStorage);
    },
  );

  for (const name of [
    `${FLINK}.contrib.streaming.state.RocksDBStateBackendFactory`,
    `${FLINK}.runtime.state.filesystem.FsStateBackendFactory`,
  ]) {
    it(`is told that ${name} needs a directory`, async () => {
      await assert.rejects(choose({ 'state.backend': name }), {
        code: 'CONFIG_VALUE_INVALID',
        message: /needs the directory of checkpoints; set execution.checkpointing.dir/,
      });
    });
  }

  it('with the new spelling has that, whatever the older one says', async () => {
    const { backend } = await choose({
      'state.backend': 'no-such-backend',
      'state.backend.type': 'hashmap',
    });

    assert.equal(backend.constructor, HashMapStateBackend);
  });

  it('is told what there is where a backend is not known', async () => {
    await assert.rejects(choose({ 'state.backend': 'rocksb' }), {
      code: 'CONFIG_VALUE_INVALID',
      message:
        /state.backend.type is 'rocksb' \(from the program\); use hashmap or rocksdb, .* imported; did you mean rocksdb\?/,
    });
  });

  it('is told which import of a package is not there', async () => {
    await assert.rejects(choose({ 'state.backend': '#backends/mine' }), {
      code: 'CONFIG_VALUE_INVALID',
      message:
        /state.backend.type is '#backends\/mine' .*specifier "#backends\/mine" is not defined/,
    });
  });

  it('may have a backend of its own module, by an export of it as well', async () => {
    const path = join(folder, 'own-backend.mjs');
    writeFileSync(
      path,
      `export const createStateBackend = () => ({ name: 'own' });
       export const another = (configuration) => ({ name: configuration.toMap()['my.name'] });`,
    );

    const own = await choose({ 'state.backend.type': path });
    const another = await choose({ 'state.backend.type': `${path}#another`, 'my.name': 'mine' });

    assert.equal(own.backend.name, 'own');
    assert.equal(another.backend.name, 'mine');
    await assert.rejects(choose({ 'state.backend.type': `${path}#missing` }), {
      code: 'CONFIG_VALUE_INVALID',
      message: /exports no function missing/,
    });
  });
});

describe('a job whose program sets a backend', () => {
  const memory = new JobManagerCheckpointStorage(new FileSystems().getFileSystem('/'), {
    jobId: 'job',
  });

  it('has it, whatever is configured', async () => {
    const { backend } = await choose({ 'state.backend': 'rocksdb' }, new HashMapStateBackend());

    assert.equal(backend.constructor, HashMapStateBackend);
  });

  it('with RocksDB takes up what the program left open', NEEDS_ADDON, async () => {
    const keys = { 'execution.checkpointing.incremental': 'true' };
    const incremental = async (backend: EmbeddedRocksDBStateBackend) =>
      ((await choose(keys, backend)).backend as EmbeddedRocksDBStateBackend)
        .isIncrementalCheckpointsEnabled;

    assert.equal(await incremental(new EmbeddedRocksDBStateBackend()), true);
    assert.equal(await incremental(new EmbeddedRocksDBStateBackend(false)), false);
  });

  it('FsStateBackend puts checkpoints at its path, and says so where another storage is set', async () => {
    const path = join(folder, 'fs');
    const alone = await choose({}, new FsStateBackend(path, false));
    const beside = await choose(DIRECTORY, new FsStateBackend(path), memory);

    for (const { storage } of [alone, beside]) {
      assert.equal((storage as FileSystemCheckpointStorage).paths.directory, `file:${path}/job`);
    }
    assert.deepEqual(alone.warnings, []);
    assert.match(beside.warnings.join(), /FsStateBackend says itself where checkpoints go/);
  });

  it('MemoryStateBackend keeps checkpoints in memory, with metadata at a path', async () => {
    for (const backend of [
      new MemoryStateBackend(),
      new MemoryStateBackend(1024, false),
      new MemoryStateBackend(`file://${folder}/memory`, null),
    ]) {
      const { storage } = await choose(DIRECTORY, backend);

      assert.equal(storage.constructor, JobManagerCheckpointStorage);
    }
    assert.throws(() => new MemoryStateBackend('file:///a', 'file:///b'), { code: 'UNSUPPORTED' });
    assert.throws(() => new MemoryStateBackend(0), { code: 'CONFIG_VALUE_INVALID' });
  });

  it(
    'RocksDBStateBackend puts checkpoints at its path, or where its backend does',
    NEEDS_ADDON,
    async () => {
      const path = join(folder, 'rocks');
      for (const backend of [
        new RocksDBStateBackend(path, true),
        new RocksDBStateBackend(new FsStateBackend(path), true),
      ]) {
        const { backend: configured, storage } = await choose(DIRECTORY, backend);

        assert.equal((storage as FileSystemCheckpointStorage).paths.directory, `file:${path}/job`);
        assert.equal((configured as RocksDBStateBackend).isIncrementalCheckpointsEnabled, true);
      }
      assert.throws(() => new RocksDBStateBackend(new HashMapStateBackend()), {
        code: 'CONFIG_VALUE_INVALID',
      });
    },
  );
});

/** On the heap, with a note of what each subtask was given. */
class RecordingBackend extends HashMapStateBackend {
  readonly given: KeyedStateBackendParameters<unknown>[] = [];

  override createKeyedStateBackend<K>(parameters: KeyedStateBackendParameters<K>) {
    this.given.push(parameters as KeyedStateBackendParameters<unknown>);
    return super.createKeyedStateBackend(parameters);
  }
}

describe('the slots of a job', () => {
  async function run(keys: Record<string, string>): Promise<RecordingBackend> {
    const backend = new RecordingBackend();
    const env = StreamExecutionEnvironment.createLocalEnvironment({
      'parallelism.default': '2',
      'taskmanager.memory.managed.size': '600 b',
      ...keys,
    }).setStateBackend(backend);
    for (const [name, group] of [
      ['one', 'default'],
      ['two', 'default'],
      ['three', 'other'],
    ] as const) {
      env
        .fromData(['a', 'b', 'c'], Types.STRING)
        .keyBy((word) => word, Types.STRING)
        .reduce((first) => first)
        .name(name)
        .slotSharingGroup(group)
        .sinkTo(new DiscardingSink());
    }
    await env.execute();
    return backend;
  }

  it('are shared by subtasks of one index of one group, and have equal shares of managed memory', async () => {
    const { given } = await run({});
    const slots = given.map(
      ({ operatorName, slot }) => `${operatorName}: ${slot?.id.replace(/^\S+ /, '')}`,
    );

    assert.deepEqual(slots.sort(), [
      'one: default_0',
      'one: default_1',
      'three: other_0',
      'three: other_1',
      'two: default_0',
      'two: default_1',
    ]);
    assert.deepEqual(new Set(given.map(({ slot }) => slot?.managedMemoryBytes)), new Set([150]));
    assert.ok(given.every(({ metricGroup }) => metricGroup instanceof GenericMetricGroup));
  });

  it('are as many as are configured where that is more than the job takes', async () => {
    for (const [configured, bytes] of [
      ['3', 150],
      ['6', 100],
    ] as const) {
      const { given } = await run({ 'taskmanager.numberOfTaskSlots': configured });

      assert.deepEqual(
        new Set(given.map(({ slot }) => slot?.managedMemoryBytes)),
        new Set([bytes]),
      );
    }
  });
});
