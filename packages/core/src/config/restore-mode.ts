/**
 * Who owns the snapshot that a job starts from.
 *
 * - `CLAIM`: the job. It counts as one of its checkpoints and is deleted like one.
 * - `NO_CLAIM`: the user. The job never deletes it, and does not need it any more once its first
 *   checkpoint has completed, which is a full one.
 * - `LEGACY` (deprecated): the user, but checkpoints of the job may go on naming its files.
 *
 * Flink: RestoreMode.
 */
export type RestoreMode = 'CLAIM' | 'NO_CLAIM' | 'LEGACY';
