/** Databases of completed checkpoints that are kept on the disk of the task. Flink: local recovery. */
export interface LocalCopies {
  /**
   * Absolute path of a folder that has the files of a handle under their names in the database;
   * `undefined` when there is none.
   */
  find(backendId: string, checkpointId: number): string | undefined;
}
