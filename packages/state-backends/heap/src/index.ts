/** HashMapStateBackend: keyed state as objects on the heap. */
export { createStateBackend, HashMapStateBackend } from './hashmap-state-backend.ts';
