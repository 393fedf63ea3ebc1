import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allConfigOptions } from './all-config-options.ts';
import {
  checkKnownValues,
  checkOverruledSettings,
  checkUnknownKeys,
} from './check-configuration.ts';
import * as CheckpointingOptions from './checkpointing-options.ts';
import { Configuration } from './configuration.ts';
import { editDistance } from './nearest-text.ts';

describe('all configuration options', () => {
  it('have spellings that no other option has, but for the one that sets both sides of local recovery', () => {
    const spellings = allConfigOptions().flatMap(({ key, olderKeys }) => [
      key,
      ...olderKeys.map((older) => older.key),
    ]);

    const twice = spellings.filter((spelling, index) => spellings.indexOf(spelling) !== index);
    assert.deepEqual(twice.sort(), [
      'execution.state-recovery.from-local',
      'state.backend.local-recovery',
    ]);
  });

  it('have one sentence and a default that reads back as itself', () => {
    for (const option of allConfigOptions()) {
      const { key, description, defaultValue } = option;
      assert.match(description, /^\S.*\.$/, key);
      if (defaultValue !== undefined && defaultValue !== null) {
        assert.deepEqual(option.parse(option.format(defaultValue)), defaultValue, key);
        assert.equal(option.unsupported(defaultValue), undefined, key);
      }
    }
  });
});

describe('checking a configuration', () => {
  it('refuses schedulers that are not there, and says what to do instead', () => {
    const configuration = new Configuration().setString('jobmanager.scheduler', 'AdaptiveBatch');

    assert.throws(() => checkKnownValues(configuration), {
      code: 'UNSUPPORTED',
      message: /only Default and Adaptive are there/,
    });
    checkKnownValues(new Configuration().setString('jobmanager.scheduler', 'adaptive'));
    checkKnownValues(new Configuration().setString('scheduler-mode', 'reactive'));
  });

  it('refuses a value that cannot be read also where another one wins', () => {
    const INTERVAL = 'execution.checkpointing.interval';
    const bad = () => new Configuration().setString(INTERVAL, '10 parsecs', 'x:1');
    const overruled = [
      bad().set(CheckpointingOptions.CHECKPOINTING_INTERVAL, '10 s'),
      bad().addAll(new Configuration({ [INTERVAL]: '10 s' })),
      new Configuration().addAll(bad().addAll(new Configuration({ [INTERVAL]: '10 s' }))).clone(),
    ];

    for (const [index, configuration] of overruled.entries()) {
      assert.throws(
        () => checkKnownValues(configuration),
        { code: 'CONFIG_VALUE_INVALID', message: /\.interval is "10 parsecs" \(from x:1\); use / },
        `${index}`,
      );
      assert.equal(configuration.get(CheckpointingOptions.CHECKPOINTING_INTERVAL), 10_000);
    }
    const older = new Configuration()
      .setString('state.checkpoints.num-retained', 'many', 'x:1')
      .setString('execution.checkpointing.num-retained', '3');
    assert.throws(() => checkKnownValues(older), {
      code: 'CONFIG_VALUE_INVALID',
      message: /^state\.checkpoints\.num-retained is "many" \(from x:1\); use /,
    });
  });

  it('takes a value that was corrected where it came from, whatever was set in between', () => {
    const configuration = new Configuration()
      .setString('execution.checkpointing.interval', '10 parsecs', 'x:1')
      .setString('execution.checkpointing.interval', '7 s', 'y:1')
      .setString('execution.checkpointing.interval', '8 s', 'x:1');

    checkKnownValues(configuration);

    assert.equal(configuration.get(CheckpointingOptions.CHECKPOINTING_INTERVAL), 8000);
  });

  it('does not mind what cannot be done where another value wins', () => {
    const configuration = new Configuration()
      .setString('jobmanager.scheduler', 'AdaptiveBatch', 'x:1')
      .setString('jobmanager.scheduler', 'adaptive');

    checkKnownValues(configuration);
  });

  it('names the nearest known key of a misspelt one', () => {
    const configuration = new Configuration().setString(
      'execution.checkpointing.intervall',
      '10 s',
      'config.yaml:4',
    );

    assert.deepEqual(checkUnknownKeys(configuration), [
      'CONFIG_KEY_UNKNOWN: unknown configuration key execution.checkpointing.intervall (from config.yaml:4); ' +
        'did you mean execution.checkpointing.interval?',
    ]);
  });

  it('names the key that a tutorial meant', () => {
    for (const [misspelt, meant] of [
      ['state.backend.rocksdb.managed.memory', 'state.backend.rocksdb.memory.managed'],
      [
        'state.backend.rockdb.memory.write-buffer-ratio',
        'state.backend.rocksdb.memory.write-buffer-ratio',
      ],
    ] as const) {
      const configuration = new Configuration().setString(misspelt, 'true', 'flink-conf.yaml:3');

      assert.deepEqual(checkUnknownKeys(configuration), [
        `CONFIG_KEY_UNKNOWN: unknown configuration key ${misspelt} (from flink-conf.yaml:3); did you mean ${meant}?`,
      ]);
    }
  });

  it('tells that a setting of the command line has no effect, unless the program sets the same', () => {
    const configuration = new Configuration()
      .setString('parallelism.default', '4', 'the command line')
      .setString('execution.target', 'threads', 'the command line')
      .setString('s3.secret-key', 'a', 'the command line')
      .setString('pipeline.name', 'mine', 'config.yaml:1')
      .setRaw('parallelism.default', 2, 'the program')
      .setString('execution.target', 'threads')
      .setString('s3.secret-key', 'b')
      .setString('pipeline.name', 'yours');

    assert.deepEqual(checkOverruledSettings(configuration), [
      'CONFIG_VALUE_OVERRULED: -D parallelism.default=4 has no effect, as the program sets it to 2',
      'CONFIG_VALUE_OVERRULED: -D s3.secret-key=****** has no effect, as the program sets it to ******',
    ]);
  });

  it('names no key when none is near', () => {
    const configuration = new Configuration().setString('state.backend.of-my-own.thing', 'true');

    assert.deepEqual(checkUnknownKeys(configuration), [
      'CONFIG_KEY_UNKNOWN: unknown configuration key state.backend.of-my-own.thing (from the program); it has no effect',
    ]);
  });

  it('warns of a key whose first part is misspelt, and names the key or the first part', () => {
    const misspelt = {
      'high-availabilty.type': 'did you mean high-availability.type?',
      'restart-startegy.type': 'did you mean restart-strategy.type?',
      'paralelism.default': 'did you mean parallelism.default?',
      'pipline.object-reuse': 'did you mean pipeline.object-reuse?',
      'sate.backend.type': 'did you mean state.backend.type?',
      'executon.my-own-thing': 'it has no effect; did you mean a key that begins with execution?',
    };
    for (const [key, hint] of Object.entries(misspelt)) {
      const configuration = new Configuration().setString(key, 'x', 'the command line');

      assert.deepEqual(checkUnknownKeys(configuration), [
        `CONFIG_KEY_UNKNOWN: unknown configuration key ${key} (from the command line); ${hint}`,
      ]);
    }
    const target = new Configuration().setString('executon.target', 'local');
    assert.match(String(checkUnknownKeys(target)), /^CONFIG_KEY_UNKNOWN: .*did you mean/);
  });

  it('says nothing of keys of other tools that resemble none', () => {
    const configuration = new Configuration();
    for (const key of [
      'stats.enabled',
      'data.dir',
      'kafka.bootstrap.servers',
      'input',
      'execute',
      'env.java.opts',
      'meters.reporters',
      'taskboard.type',
      'sinks',
      'state-machine.name',
    ]) {
      configuration.setString(key, 'x');
    }

    assert.deepEqual(checkUnknownKeys(configuration), []);
  });

  it('leaves known and older spellings and keys of others alone', () => {
    const configuration = new Configuration()
      .setString('state.backend', 'hashmap')
      .setString('restart-strategy', 'none')
      .setString('my.own.key', 'x');

    assert.deepEqual(checkUnknownKeys(configuration), []);
  });

  it('finds a wrong value of a key that nobody has read yet', () => {
    const configuration = new Configuration().setString('pipeline.object-reuse', 'maybe');

    assert.throws(() => checkKnownValues(configuration), {
      code: 'CONFIG_VALUE_INVALID',
      message: 'pipeline.object-reuse is "maybe" (from the program); use true or false',
    });
  });

  it('refuses services that are not there', () => {
    const configuration = new Configuration().setString('high-availability', 'zookeeper');

    assert.throws(() => checkKnownValues(configuration), {
      code: 'UNSUPPORTED',
      message: /high-availability is "zookeeper".*use 'filesystem'/,
    });
  });

  it('counts letters to insert, delete and replace', () => {
    assert.equal(editDistance('kitten', 'sitting'), 3);
    assert.equal(editDistance('', 'abc'), 3);
  });
});
