import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { crashTests } from './crash-tests.ts';

crashTests('rocksdb', { seeds: [104, 105, 106], skip: whyNoNativeAddon() ?? false });
