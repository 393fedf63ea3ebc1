/**
 * The file systems of one program, by scheme. `file` is there from the start.
 *
 * Flink: FileSystem.get, and the file system factories.
 */
import { pathScheme } from './file-path.ts';
import type { FileSystem } from './file-system.ts';
import { LocalFileSystem } from './local-file-system.ts';
import { unknownFileSystem } from './unknown-file-system.ts';

export class FileSystems {
  private readonly byScheme: Map<string, FileSystem> = new Map();

  constructor(fileSystems: readonly FileSystem[] = []) {
    this.registerFileSystem(new LocalFileSystem());
    for (const fileSystem of fileSystems) {
      this.registerFileSystem(fileSystem);
    }
  }

  /** Replaces what was known for its scheme. */
  registerFileSystem(fileSystem: FileSystem): void {
    this.byScheme.set(fileSystem.scheme, fileSystem);
  }

  /** @throws ConfigError `FILE_SYSTEM_UNKNOWN` */
  getFileSystem(uri: string): FileSystem {
    const scheme = pathScheme(uri) ?? 'file';
    const fileSystem = this.byScheme.get(scheme);
    if (fileSystem === undefined) {
      throw unknownFileSystem(scheme, uri, [...this.byScheme.keys()].sort());
    }
    return fileSystem;
  }
}
