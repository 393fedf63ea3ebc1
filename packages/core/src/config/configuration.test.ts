import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as CheckpointingOptions from './checkpointing-options.ts';
import { COMMAND_LINE_ORIGIN, Configuration } from './configuration.ts';
import * as CoreOptions from './core-options.ts';
import { intOption, listOption, mapOption, stringOption } from './option-builders.ts';
import * as StateBackendOptions from './state-backend-options.ts';

const { CHECKPOINTING_INTERVAL, CHECKPOINTS_DIRECTORY } = CheckpointingOptions;

describe('configuration', () => {
  it('gives the default only from get, never from getOptional', () => {
    const configuration = new Configuration();

    assert.equal(configuration.get(CoreOptions.DEFAULT_PARALLELISM), 1);
    assert.equal(configuration.getOptional(CoreOptions.DEFAULT_PARALLELISM), undefined);
    assert.equal(configuration.contains(CoreOptions.DEFAULT_PARALLELISM), false);
    assert.equal(configuration.get(CHECKPOINTING_INTERVAL), undefined);
  });

  it('reads the current key before its older spellings, whatever layer they stand in', () => {
    const cluster = new Configuration().setString('state.backend.type', 'rocksdb', 'config.yaml');
    const job = new Configuration().setString('state.backend', 'hashmap');

    const both = cluster.clone().addAll(job);

    assert.equal(both.get(StateBackendOptions.STATE_BACKEND), 'rocksdb');
    assert.deepEqual(both.notices, []);
  });

  it('asks older spellings in their order and warns of a deprecated one once', () => {
    const configuration = new Configuration()
      .setString('state.backend.fs.checkpointdir', '/oldest')
      .setString('state.checkpoints.dir', '/old');

    const directories = [1, 2].map(() => configuration.get(CHECKPOINTS_DIRECTORY));

    assert.deepEqual(directories, ['/old', '/old']);
    assert.deepEqual(configuration.notices, [
      {
        level: 'warn',
        message: 'state.checkpoints.dir is a deprecated spelling; use execution.checkpointing.dir',
      },
    ]);
  });

  it('only notes a fallback spelling, as it is not deprecated', () => {
    const option = intOption({ key: 'new', fallbackKeys: ['other'], description: 'x' });
    const configuration = new Configuration().setString('other', '3');

    assert.equal(configuration.get(option), 3);
    assert.deepEqual(configuration.notices, [
      { level: 'info', message: 'other is used in place of new' },
    ]);
  });

  it('takes the settings of a program by key', () => {
    const configuration = new Configuration({ 'parallelism.default': 2 });

    assert.equal(configuration.get(CoreOptions.DEFAULT_PARALLELISM), 2);
    assert.equal(configuration.originOf(CoreOptions.DEFAULT_PARALLELISM), 'the program');
  });

  it('lets the last layer win and keeps where each value came from', () => {
    const file = new Configuration().setString('parallelism.default', '2', 'flink-conf.yaml:12');
    const commandLine = new Configuration().setString(
      'parallelism.default',
      '4',
      COMMAND_LINE_ORIGIN,
    );

    const merged = new Configuration().addAll(file).addAll(commandLine);

    assert.equal(merged.get(CoreOptions.DEFAULT_PARALLELISM), 4);
    assert.equal(merged.originOf(CoreOptions.DEFAULT_PARALLELISM), 'the command line');
    assert.equal(file.originOf(CoreOptions.DEFAULT_PARALLELISM), 'flink-conf.yaml:12');
  });

  it('refuses a bad value with its key, value, origin and what is allowed', () => {
    const configuration = new Configuration().setString(
      'execution.checkpointing.interval',
      'soon',
      'flink-conf.yaml:3',
    );

    assert.throws(() => configuration.get(CHECKPOINTING_INTERVAL), {
      code: 'CONFIG_VALUE_INVALID',
      message:
        'execution.checkpointing.interval is "soon" (from flink-conf.yaml:3); use a whole number ' +
        "with a unit (d, h, min, s, ms), such as '10 s', at least 10 ms",
    });
  });

  it('names the older spelling that holds the bad value', () => {
    const configuration = new Configuration().setString('state.checkpoints.num-retained', '0');

    assert.throws(() => configuration.get(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS), {
      code: 'CONFIG_VALUE_INVALID',
      message:
        'state.checkpoints.num-retained is "0" (from the program); use a whole number, at least 1',
    });
  });

  it('refuses a bad value from the program where it is set', () => {
    const configuration = new Configuration();

    assert.throws(() => configuration.set(CHECKPOINTING_INTERVAL, 9), {
      code: 'CONFIG_VALUE_INVALID',
    });
    assert.equal(configuration.contains(CHECKPOINTING_INTERVAL), false);
  });

  it('says what is not supported yet, with the remedy', () => {
    const configuration = new Configuration().setString(
      'execution.checkpointing.unaligned.interruptible-timers.enabled',
      'true',
    );

    const option = CheckpointingOptions.ENABLE_UNALIGNED_INTERRUPTIBLE_TIMERS;
    assert.throws(() => configuration.get(option), {
      code: 'UNSUPPORTED',
      message:
        'execution.checkpointing.unaligned.interruptible-timers.enabled is "true" (from the ' +
        'program); timers that fire at one watermark cannot be interrupted yet; set it to false',
    });
  });

  it('never shows the value of a sensitive key', () => {
    const option = listOption({ key: 's3.secret-key', description: 'x' });
    const configuration = new Configuration().setString('s3.secret-key', "'hunter2");

    assert.throws(() => configuration.get(option), /s3\.secret-key is \*{6} \(from the program\)/);
  });

  it('reads a map that is spread over keys', () => {
    const option = mapOption({ key: 'headers', description: 'x' });
    const configuration = new Configuration()
      .setString('headers.a', '1')
      .setString('headers.b', '2');

    assert.deepEqual(configuration.get(option), { a: '1', b: '2' });
    assert.equal(configuration.contains(option), true);
  });

  it('forgets every spelling that it removes', () => {
    const configuration = new Configuration()
      .setString('state.backend', 'a')
      .setString('state.backend.type', 'b');

    assert.equal(configuration.remove(StateBackendOptions.STATE_BACKEND), true);
    assert.deepEqual(configuration.keys(), []);
    assert.equal(configuration.remove(StateBackendOptions.STATE_BACKEND), false);
  });

  it('changes a clone without its original', () => {
    const original = new Configuration().set(CoreOptions.DEFAULT_PARALLELISM, 2);

    original.clone().set(CoreOptions.DEFAULT_PARALLELISM, 3);

    assert.equal(original.get(CoreOptions.DEFAULT_PARALLELISM), 2);
  });

  it('survives the way through text', () => {
    const list = listOption({ key: 'list', description: 'x' });
    const map = mapOption({ key: 'map', description: 'x' });
    const name = stringOption({ key: 'name', description: 'x' });
    const original = new Configuration()
      .set(list, ['a;b', 'c'])
      .set(map, { k: 'v,w' })
      .set(name, 'n')
      .set(CHECKPOINTING_INTERVAL, '10 s');

    const copy = Configuration.fromMap(original.toMap());

    assert.deepEqual(copy.get(list), ['a;b', 'c']);
    assert.deepEqual(copy.get(map), { k: 'v,w' });
    assert.equal(copy.get(name), 'n');
    assert.equal(copy.get(CHECKPOINTING_INTERVAL), 10_000);
  });
});
