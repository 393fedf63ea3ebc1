/**
 * Where the state of a job is read from: live, or a checkpoint or savepoint of it. A path is never
 * taken from a request.
 *
 * Invariants:
 * - At most `OPENED_MAX` snapshots are held open; what is read of one is its metadata and heads.
 * - The live state of a job is described anew after `DESCRIBED_MS`, and after an error.
 */
import { CheckpointError } from '@millrace/core';
import type { CheckpointStatistics, DispatcherGateway, JobDetails } from '@millrace/runtime';
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
export const LIVE = 'live';

export interface KnownSnapshot {
  readonly id: string;
  readonly kind: 'checkpoint' | 'savepoint';
  readonly checkpointId: number;
  readonly path: string;
  readonly timestamp: number;
  readonly stateSize: number;
}

export class StateSources {
  private readonly gateway: DispatcherGateway;
  private readonly cache: ExecutionGraphCache;
  private readonly described: TimedCache<LiveState>;
  private readonly opened: TimedCache<Snapshot>;

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
      throw error;
    }
  }

  /** Newest first; what is discarded after this is not found when it is read. */
  async snapshots(jobId: string): Promise<readonly KnownSnapshot[]> {
    // Who has just taken a savepoint looks for it here.
    return snapshotsOf(await this.cache.newJobDetails(jobId));
  }

  /** One that is not in the picture yet may be newer than that. */
  private async known(jobId: string, id: string): Promise<KnownSnapshot | undefined> {
    const find = (details: JobDetails) => snapshotsOf(details).find((each) => each.id === id);
    return find(await this.details(jobId)) ?? find(await this.cache.newJobDetails(jobId));
  }

  /** @throws CheckpointError `SNAPSHOT_NOT_FOUND`, `SNAPSHOT_CORRUPT` */
  async snapshot(jobId: string, id: string): Promise<Snapshot> {
    const known = await this.known(jobId, id);
    if (known === undefined) {
      throw new CheckpointError(
        'SNAPSHOT_NOT_FOUND',
        `the job has no snapshot '${id}'; use ${LIVE}, or an id of /jobs/${jobId}/snapshots`,
      );
    }
    return this.opened.get(known.path, async () => {
      const { vertices } = await this.details(jobId);
      const uids = vertices.flatMap(({ operators }) => operators.flatMap(({ uid }) => uid ?? []));
      return openSnapshot(known.path, { uids });
    });
  }
}

function snapshotsOf({ checkpoints }: JobDetails): KnownSnapshot[] {
  const { history, latestCompleted, latestSavepoint, latestRestored } = checkpoints;
  const known = new Map<string, KnownSnapshot>();
  const gone = new Set(history.flatMap((each) => (each.discarded ? [each.checkpointId] : [])));
  for (const each of [...history, latestCompleted, latestSavepoint]) {
    const snapshot = each && !gone.has(each.checkpointId) ? knownSnapshot(each) : undefined;
    if (snapshot !== undefined && !known.has(snapshot.id)) {
      known.set(snapshot.id, snapshot);
    }
  }
  if (latestRestored !== undefined && !known.has(String(latestRestored.checkpointId))) {
    const { checkpointId, externalPointer: path, restoredAt: timestamp } = latestRestored;
    const id = String(checkpointId);
    known.set(id, { id, kind: 'savepoint', checkpointId, path, timestamp, stateSize: 0 });
  }
  return [...known.values()].sort((a, b) => b.checkpointId - a.checkpointId);
}

function knownSnapshot(of: CheckpointStatistics): KnownSnapshot | undefined {
  const { checkpointId, externalPointer: path, snapshotType, triggeredAt, stateSizeBytes } = of;
  return of.status !== 'COMPLETED' || of.discarded || path === undefined
    ? undefined
    : {
        id: String(checkpointId),
        kind: snapshotType.kind,
        checkpointId,
        path,
        timestamp: triggeredAt,
        stateSize: stateSizeBytes,
      };
}
