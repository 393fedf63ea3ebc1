/** How `cat` writes. */
export const ENTRY_FORMATS = ['table', 'json', 'ndjson', 'csv'] as const;
export type EntryFormat = (typeof ENTRY_FORMATS)[number];
