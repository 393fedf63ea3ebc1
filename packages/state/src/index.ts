/** What a state backend must be, and what all share. Rooms: see ARCHITECTURE.md. */
export * from './backend/internal-kv-state.ts';
export * from './backend/keyed-state-backend.ts';
export * from './backend/operator-state-backend.ts';
export * from './backend/priority-queue.ts';
export * from './snapshot/keyed-state-handle.ts';
export * from './snapshot/operator-state.ts';
export * from './snapshot/operator-state-handle.ts';
export * from './snapshot/stream-state-handle.ts';
export * from './storage/checkpoint-storage.ts';
export * from './storage/state-handle-reader.ts';
