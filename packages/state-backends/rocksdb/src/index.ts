/** EmbeddedRocksDBStateBackend: keyed state in RocksDB. */
export { whyNoNativeAddon } from './binding/load-native-addon.ts';
