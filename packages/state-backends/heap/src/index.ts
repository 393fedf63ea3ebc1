/** HashMapStateBackend: keyed state as objects on the heap. */
export { createStateBackend, HashMapStateBackend } from './hashmap-state-backend.ts';
export {
  createFsStateBackend,
  createMemoryStateBackend,
  FsStateBackend,
  type FsStateBackendOptions,
  MemoryStateBackend,
} from './legacy-state-backends.ts';
