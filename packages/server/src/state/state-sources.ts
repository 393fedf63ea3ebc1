/**
 * Where the state of a job is read from: live, or a checkpoint or savepoint of it. A path is never
 * taken from a request.
 *
 * Invariants:
 * - At most `OPENED_MAX` snapshots are held open; what is read of one is its metadata and heads.
 * - The live state of a job is described anew after `DESCRIBED_MS`, and after an error.
 */
import {
  CheckpointError,
  CheckpointingOptions,
  errorCode,
  FileSystems,
  joinPath,
  TaskError,
} from '@millrace/core';
import {
  type CheckpointStatistics,
  type DispatcherGateway,
  isTerminalStatus,
  type JobDetails,
} from '@millrace/runtime';
import { asUri, METADATA_FILE_NAME } from '@millrace/state';
import {
  type LiveState,
  openLiveState,
  openSnapshot,
  type Snapshot,
} from '@millrace/state-processor';
import type { ExecutionGraphCache } from '../cache/execution-graph-cache.ts';
import { TimedCache } from '../cache/timed-cache.ts';
import type { RestContext } from '../http/rest-room.ts';

const OPENED_MAX = 8;
const OPENED_MS = 600_000;
const DESCRIBED_MS = 2000;
const NAMED_MAX = 10;
const ANYWHERE = { isThere: true, writtenAt: 0 };
export const LIVE = 'live';
const RETENTION_REMEDY =
  `${CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION.key}: RETAIN_ON_CANCELLATION keeps the last ` +
  `checkpoints of a job that is cancelled or fails, in ${CheckpointingOptions.CHECKPOINTS_DIRECTORY.key}; one that ` +
  'finishes keeps its savepoints alone';

export interface KnownSnapshot {
  readonly id: string;
  readonly kind: 'checkpoint' | 'savepoint';
  readonly checkpointId: number;
  readonly path: string;
  /** When it was triggered; of one that another job took, when it was complete. */
  readonly timestamp: number;
  readonly stateSize: number;
}

/** As a job knows it. */
interface ToldSnapshot extends Omit<KnownSnapshot, 'timestamp'> {
  readonly timestamp: number | undefined;
  /** Its files are not the job's, which does not know whether they are there. */
  readonly isKept: boolean;
}

export class StateSources {
  private readonly gateway: DispatcherGateway;
  private readonly cache: ExecutionGraphCache;
  private readonly described: TimedCache<LiveState>;
  private readonly opened: TimedCache<Snapshot>;
  private readonly fileSystems = new FileSystems();

  constructor({ gateway, cache, clock }: Pick<RestContext, 'gateway' | 'cache' | 'clock'>) {
    this.gateway = gateway;
    this.cache = cache;
    const never = { patienceMs: Number.MAX_SAFE_INTEGER, staleAgeMsMax: 0 };
    this.described = new TimedCache({ clock, maxAgeMs: DESCRIBED_MS, sizeMax: 64, ...never });
    this.opened = new TimedCache({ clock, maxAgeMs: OPENED_MS, sizeMax: OPENED_MAX, ...never });
  }

  /** At most `web.refresh-interval` old. */
  details(jobId: string): Promise<JobDetails> {
    return this.cache.jobDetails(jobId);
  }

  /**
   * Whatever fails of it, the job is described anew for who asks next.
   *
   * @throws TaskError `JOB_NOT_FOUND`, `JOB_NOT_RUNNING`
   */
  async live<T>(jobId: string, ask: (live: LiveState) => Promise<T>): Promise<T> {
    try {
      return await ask(await this.described.get(jobId, () => openLiveState(this.gateway, jobId)));
    } catch (error) {
      this.described.drop(jobId);
      throw errorCode(error) === 'JOB_NOT_RUNNING' ? await this.withSources(jobId, error) : error;
    }
  }

  /** Of a job that has ended, with what of it can be asked still. */
  private async withSources(jobId: string, error: unknown): Promise<unknown> {
    const { jobName, status } = await this.cache.newJobDetails(jobId);
    if (!isTerminalStatus(status)) {
      return error;
    }
    const ids = (await this.snapshots(jobId)).slice(0, NAMED_MAX).map(({ id }) => id);
    const remedy =
      ids.length > 0
        ? `give one of its snapshots as source: ${ids.join(', ')} (/jobs/${jobId}/snapshots tells them)`
        : `and no checkpoint or savepoint of it was kept. ${RETENTION_REMEDY}`;
    const message = `job ${jobName} is ${status}: its live state is gone; ${remedy}`;
    return new TaskError('JOB_NOT_RUNNING', message, { cause: error });
  }

  /** Newest first; what is discarded after this is not found when it is read. */
  async snapshots(jobId: string): Promise<readonly KnownSnapshot[]> {
    // Who has just taken a savepoint looks for it here.
    const told = snapshotsOf(await this.cache.newJobDetails(jobId));
    const known = await Promise.all(told.map((each) => this.onDisk(each)));
    return known.filter((each) => each !== undefined);
  }

  /** `undefined` where its user has deleted it. */
  private async onDisk(told: ToldSnapshot): Promise<KnownSnapshot | undefined> {
    const { isKept, timestamp, ...known } = told;
    const { isThere, writtenAt } = isKept ? await this.lookAt(told.path) : ANYWHERE;
    return isThere ? { ...known, timestamp: timestamp ?? writtenAt } : undefined;
  }

  private async lookAt(path: string): Promise<{ isThere: boolean; writtenAt: number }> {
    const metadata = joinPath(asUri(path), METADATA_FILE_NAME);
    try {
      const status = await this.fileSystems.getFileSystem(metadata).getFileStatus(metadata);
      return { isThere: status !== undefined, writtenAt: status?.modifiedAt ?? 0 };
    } catch {
      return ANYWHERE; // Who reads it is told why that fails.
    }
  }

  /** One that is not in the picture yet may be newer than that. */
  private async known(jobId: string, id: string): Promise<ToldSnapshot | undefined> {
    const find = (details: JobDetails) => snapshotsOf(details).find((each) => each.id === id);
    return find(await this.details(jobId)) ?? find(await this.cache.newJobDetails(jobId));
  }

  /** @throws CheckpointError `SNAPSHOT_NOT_FOUND`, `SNAPSHOT_CORRUPT` */
  async snapshot(jobId: string, id: string): Promise<Snapshot> {
    const known = await this.known(jobId, id);
    if (known === undefined) {
      const ids = (await this.snapshots(jobId)).slice(0, NAMED_MAX).map((each) => each.id);
      const others = ids.length === 0 ? 'it has none' : `its newest are ${ids.join(', ')}`;
      throw new CheckpointError('SNAPSHOT_NOT_FOUND', `the job has no snapshot '${id}'; ${others}`);
    }
    return this.opened.get(known.path, async () => {
      const { vertices } = await this.details(jobId);
      const uids = vertices.flatMap(({ operators }) => operators.flatMap(({ uid }) => uid ?? []));
      return openSnapshot(known.path, { uids });
    });
  }
}

function snapshotsOf({ checkpoints }: JobDetails): ToldSnapshot[] {
  const { history, latestCompleted, kept } = checkpoints;
  const known = new Map<number, ToldSnapshot>();
  const gone = new Set(history.flatMap((each) => (each.discarded ? [each.checkpointId] : [])));
  for (const { checkpointId, kind, externalPointer, stateSizeBytes, triggeredAt } of kept) {
    known.set(checkpointId, {
      ...{ id: String(checkpointId), kind, checkpointId, path: externalPointer },
      ...{ timestamp: triggeredAt, stateSize: stateSizeBytes, isKept: true },
    });
  }
  for (const each of [...history, latestCompleted]) {
    const told = each && !gone.has(each.checkpointId) ? toldSnapshot(each) : undefined;
    if (told !== undefined && !known.has(told.checkpointId)) {
      known.set(told.checkpointId, told);
    }
  }
  return [...known.values()].sort((a, b) => b.checkpointId - a.checkpointId);
}

function toldSnapshot(of: CheckpointStatistics): ToldSnapshot | undefined {
  const { checkpointId, externalPointer: path, snapshotType, triggeredAt, stateSizeBytes } = of;
  return of.status !== 'COMPLETED' || of.discarded || path === undefined
    ? undefined
    : {
        ...{ id: String(checkpointId), kind: snapshotType.kind, checkpointId, path },
        ...{ timestamp: triggeredAt, stateSize: stateSizeBytes, isKept: false },
      };
}
