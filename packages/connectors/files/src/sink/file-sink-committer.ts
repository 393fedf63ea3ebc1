/**
 * Makes finished parts visible by renaming them.
 *
 * Guarantees: a part becomes visible whole or not at all, never over another file; committing again
 * changes nothing; what was committed survives a crash of the machine.
 *
 * Flink: FileCommitter.
 */
import { dirname, join } from 'node:path';
import { type CommitRequest, type Committer, TaskError } from '@millrace/core';
import type { FileSinkCommittable } from './file-sink-state.ts';
import type { PartFiles } from './part-files.ts';

export class FileSinkCommitter implements Committer<FileSinkCommittable> {
  private readonly basePath: string;
  private readonly files: PartFiles;

  constructor(basePath: string, files: PartFiles) {
    this.basePath = basePath;
    this.files = files;
  }

  async commit(requests: readonly CommitRequest<FileSinkCommittable>[]): Promise<void> {
    const renamed = new Map<string, CommitRequest<FileSinkCommittable>[]>();
    for (const request of requests) {
      try {
        const directory = this.commitOne(request);
        // Also one that was committed before: the crash may have come before the sync.
        renamed.set(directory, [...(renamed.get(directory) ?? []), request]);
      } catch (error) {
        request.signalFailedWithUnknownReason(error);
      }
    }
    for (const [directory, inDirectory] of renamed) {
      try {
        await this.files.syncDirectory(directory);
      } catch (error) {
        for (const request of inDirectory) {
          request.signalFailedWithUnknownReason(error);
        }
      }
    }
  }

  close(): void {
    // Nothing is kept open between commits.
  }

  private commitOne(request: CommitRequest<FileSinkCommittable>): string {
    const part = request.committable;
    const hidden = join(this.basePath, part.bucketId, part.hiddenName);
    const target = join(this.basePath, part.bucketId, part.committedName);
    const hiddenBytes = this.files.sizeBytes(hidden);
    const targetBytes = this.files.sizeBytes(target);
    if (hiddenBytes === undefined) {
      if (targetBytes === undefined) {
        throw new TaskError(
          'SINK_FAILED',
          `the part ${hidden} is lost: neither it nor ${target} exists; ` +
            'give the sink the folder that the job wrote to, as it was, or bring the file back',
        );
      }
      request.signalAlreadyCommitted();
    } else if (targetBytes !== undefined) {
      throw new TaskError(
        'SINK_FAILED',
        `the part ${hidden} is to become ${target}, which exists already; ` +
          'move one of them away: they may hold the same records',
      );
    } else if (hiddenBytes !== part.lengthBytes) {
      throw new TaskError(
        'SINK_FAILED',
        `the part ${hidden} has ${hiddenBytes} bytes, ${part.lengthBytes} were written; ` +
          'restore from an earlier checkpoint',
      );
    } else {
      this.files.rename(hidden, target);
    }
    return dirname(target);
  }
}
