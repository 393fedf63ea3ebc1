import { afterEach, describe } from 'node:test';
import { stateBackendConformance } from '@millrace/state/conformance';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import {
  RocksDBBackendFixture,
  type RocksDBBackendFixtureOptions,
} from './rocksdb-backend-fixture.ts';

const VARIANTS: Record<string, RocksDBBackendFixtureOptions> = {
  'EmbeddedRocksDBStateBackend with incremental checkpoints': {},
  'EmbeddedRocksDBStateBackend with full checkpoints, timers on the heap and hardly any cache': {
    incrementalCheckpoints: false,
    timersOnHeap: true,
    valueCacheBytes: 1200,
  },
  'EmbeddedRocksDBStateBackend with so little memory that values are decoded, packed and evicted all the time':
    { valueCacheBytes: 4000 },
};

describe('the state backend of RocksDB', { skip: whyNoNativeAddon() ?? false }, () => {
  const fixtures: RocksDBBackendFixture[] = [];
  afterEach(async () => {
    await Promise.all(fixtures.splice(0).map((fixture) => fixture.close()));
  });
  for (const [name, options] of Object.entries(VARIANTS)) {
    stateBackendConformance(name, {
      createBackend: () => {
        const fixture = new RocksDBBackendFixture(options);
        fixtures.push(fixture);
        return fixture;
      },
      runsShare: 0.05, // each opens several databases
      lacks: {
        'user-key-migration': 'user keys are looked up by their bytes; Flink refuses it as well',
        'native-snapshot-cleanup': "a native snapshot is the database's files; so it is in Flink",
        'incremental-cleanup': 'compactions drop what is expired: Flink has this for the heap only',
      },
    });
  }
});
