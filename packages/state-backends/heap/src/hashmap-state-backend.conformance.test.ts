import { stateBackendConformance } from '@millrace/state/conformance';
import { HashMapStateBackend } from './hashmap-state-backend.ts';

stateBackendConformance('HashMapStateBackend', {
  createBackend: () => new HashMapStateBackend(),
});
