import { liveOperatorStateLaws } from './live-operator-state-laws.ts';
import { liveStateLaws } from './live-state-laws.ts';

const ROCKSDB = { 'state.backend.type': 'rocksdb' };

liveStateLaws('with RocksDB on one thread', { ...ROCKSDB, 'execution.target': 'local' });
liveStateLaws('with RocksDB on worker threads', { ...ROCKSDB, 'execution.target': 'threads' });
liveOperatorStateLaws('with RocksDB on one thread', { ...ROCKSDB, 'execution.target': 'local' });
