/** What `size --by` lists. */
export const SIZE_PARTS = ['state', 'key', 'key-group', 'subtask'] as const;
export type SizePart = (typeof SIZE_PARTS)[number];
