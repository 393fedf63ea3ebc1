/**
 * Files by URI. `file:` is here; others are packages of their own.
 *
 * All errors carry a code: `FILE_NOT_FOUND`, `FILE_EXISTS`, `FILE_PERMISSION_DENIED`, `DISK_FULL`,
 * else `IO_EXCEPTION`; the message names the path. Which class is thrown is up to the caller's
 * room: the file system throws `TaskError`.
 *
 * Flink: org.apache.flink.core.fs.FileSystem.
 */

export interface FileStatus {
  readonly path: string;
  readonly sizeBytes: number;
  readonly isDirectory: boolean;
  /** Of a file, in milliseconds since 1970; left out where the file system does not know. */
  readonly modifiedAt?: number;
}

export interface FileSystem {
  readonly scheme: string;
  /** True where other threads of the process do not see its files. */
  readonly isOfThread?: boolean;
  /** @throws TaskError `FILE_NOT_FOUND` */
  open(path: string): Promise<FileReader>;
  /**
   * A new file. Its directories are made.
   *
   * @throws TaskError `FILE_EXISTS` unless `overwrite`
   */
  create(path: string, options: { overwrite: boolean }): Promise<FileWriter>;
  /** `undefined` when there is nothing. */
  getFileStatus(path: string): Promise<FileStatus | undefined>;
  /** Sorted by path. @throws TaskError `FILE_NOT_FOUND` */
  listStatus(directory: string): Promise<FileStatus[]>;
  mkdirs(path: string): Promise<void>;
  /** Replaces `target` in one step; durable when it resolves. */
  rename(source: string, target: string): Promise<void>;
  /** True when something was deleted; deleting nothing is no error. */
  delete(path: string, options: { recursive: boolean }): Promise<boolean>;
}

export interface FileReader {
  readonly sizeBytes: number;
  /** Absolute path of the file, where it is one of this machine. */
  readonly localPath?: string | undefined;
  /** Exactly `length` bytes from `position`. @throws TaskError `IO_EXCEPTION` past the end */
  read(position: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface FileWriter {
  /** Bytes accepted so far. */
  readonly position: number;
  /** The bytes are used before the promise resolves; do not change them until then. */
  write(bytes: Uint8Array): Promise<void>;
  /** Everything written so far survives a crash of the machine. */
  sync(): Promise<void>;
  /** Syncs and closes: the file is whole. */
  close(): Promise<void>;
  /** Closes and removes the file. */
  abort(): Promise<void>;
}
