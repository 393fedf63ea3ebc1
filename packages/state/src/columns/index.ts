/**
 * Keys and values by dense rows, for what is kept on the heap.
 *
 * Design: docs/decisions/0014-heap-state-in-columns.md
 */
export * from './column.ts';
export * from './epochs.ts';
export * from './free-rows.ts';
export * from './identity-index.ts';
export * from './int32-column.ts';
export * from './key-rows.ts';
export * from './number-column.ts';
export * from './object-ids.ts';
export type { PinnedOrder } from './ordered-row-group.ts';
export * from './row-group.ts';
export * from './sparse-column.ts';
export * from './user-key-slot.ts';
export * from './value-column.ts';
