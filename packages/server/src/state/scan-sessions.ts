/**
 * Cursors over the entries of a state: one scan each, which goes on from page to page.
 *
 * Invariants:
 * - All pages of a cursor are of one view of live state, or of one snapshot; none is skipped or given
 *   twice but the last one, which may be asked for again.
 * - At most `SESSIONS_MAX` scans are held, and `LIVE_MAX` of them over one live operator: the one that was
 *   used least recently goes for a new one. One that is not used for `IDLE_MS` ends.
 * - Who needs a view of live state that a task refuses, since it holds as many as it may, gets that of
 *   the scan of its job that was used least recently: pages keep nobody out.
 * - A page is given after `PAGE_MS` however few entries it has: where few match, they come a few at a
 *   time.
 */
import { randomUUID } from 'node:crypto';
import { type Clock, errorCode, TaskError, type Timer } from '@millrace/core';
import type { JsonValue, StateEntry } from '@millrace/state-processor';

const SESSIONS_MAX = 32;
/** Fewer than a task holds views: some are left for SQL and sizes. */
const LIVE_MAX = 4;
const IDLE_MS = 60_000;
const PAGE_MS = 1000;

export interface LiveOperatorId {
  readonly jobId: string;
  readonly operator: string;
}

/** What of a state is paged through. */
export interface ScanFilter {
  /** Of this key alone. */
  readonly key: string | undefined;
  /** Of keys whose text begins so. */
  readonly prefix: string | undefined;
}

export interface ScanSource {
  /** `live`, or the id of a snapshot. */
  readonly source: string;
  /** Whose view it holds. */
  readonly live: LiveOperatorId | undefined;
  /** Of the view, or of the snapshot, ms since the epoch. */
  readonly takenAt: number;
  readonly entries: AsyncGenerator<StateEntry[], void, undefined>;
  close(): Promise<void>;
}

export interface ScannedPage {
  readonly source: string;
  readonly entries: readonly StateEntry[];
  readonly cursor: string | null;
  readonly view: { readonly id: string; readonly takenAt: number; readonly expiresAt: number };
}

interface Session {
  readonly id: string;
  readonly owner: string;
  readonly filter: ScanFilter;
  readonly source: ScanSource;
  /** Read, and not given yet. */
  rest: readonly StateEntry[];
  page: number;
  last: ScannedPage | undefined;
  timer: Timer;
  reading: Promise<ScannedPage> | undefined;
  /** Its source was read to the end. */
  isRead: boolean;
}

export class ScanSessions {
  private readonly clock: Clock;
  /** In the order of their use. */
  private readonly sessions = new Map<string, Session>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** @param owner - what the cursor is good for: job, operator and state */
  async begin(
    owner: string,
    filter: ScanFilter,
    source: ScanSource,
    limit: number,
  ): Promise<ScannedPage> {
    const id = randomUUID();
    const session: Session = {
      ...{ id, owner, filter, source, rest: [], page: 0, last: undefined },
      timer: this.expiry(id),
      reading: undefined,
      isRead: false,
    };
    this.sessions.set(id, session);
    for (const oldest of this.sessions.keys()) {
      if (this.sessions.size <= SESSIONS_MAX) {
        break;
      }
      void this.end(oldest);
    }
    return this.nextPage(session, limit);
  }

  /** Opens a view for a scan that is to begin. @throws TaskError `TOO_MANY_STATE_VIEWS` */
  async opening<T>({ jobId, operator }: LiveOperatorId, open: () => Promise<T>): Promise<T> {
    const held = this.liveSessions(
      ({ live }) => live?.jobId === jobId && live.operator === operator,
    );
    await Promise.all(held.slice(0, -(LIVE_MAX - 1)).map(({ id }) => this.end(id)));
    return this.withRoom(jobId, open);
  }

  /**
   * @param act - opens a view first of all; it is done again for each that a scan gave up
   * @throws TaskError `TOO_MANY_STATE_VIEWS` where no scan of the job holds one
   */
  async withRoom<T>(jobId: string, act: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await act();
      } catch (error) {
        const [oldest] = this.liveSessions(({ live }) => live?.jobId === jobId);
        if (errorCode(error) !== 'TOO_MANY_STATE_VIEWS' || oldest === undefined) {
          throw error;
        }
        await this.end(oldest.id);
      }
    }
  }

  /** @throws TaskError `STATE_VIEW_EXPIRED` */
  async close(owner: string, cursor: string): Promise<void> {
    const [id = ''] = cursor.split('.');
    if (this.sessions.get(id)?.owner !== owner) {
      throw expired(cursor);
    }
    await this.end(id);
  }

  /**
   * @param of - source and filter are those of the first page, where they are given
   * @throws TaskError `STATE_VIEW_EXPIRED`
   */
  async goOn(
    of: { readonly owner: string; readonly source: string | undefined } & ScanFilter,
    cursor: string,
    limit: number,
  ): Promise<ScannedPage> {
    const { owner } = of;
    const [id = '', page] = cursor.split('.');
    const session = this.sessions.get(id);
    const isOther =
      isAnother(of.source, session?.source.source) ||
      isAnother(of.key, session?.filter.key) ||
      isAnother(of.prefix, session?.filter.prefix);
    if (session === undefined || session.owner !== owner || isOther) {
      throw expired(cursor);
    }
    if (session.last !== undefined && Number(page) === session.page - 1) {
      return session.last;
    }
    if (Number(page) !== session.page) {
      throw expired(cursor);
    }
    return this.nextPage(session, limit);
  }

  /** Several who ask for one page at once get the same. */
  private nextPage(session: Session, limit: number): Promise<ScannedPage> {
    this.sessions.delete(session.id);
    this.sessions.set(session.id, session);
    session.timer.cancel();
    session.timer = this.expiry(session.id);
    session.reading ??= this.read(session, limit).finally(() => {
      session.reading = undefined;
    });
    return session.reading;
  }

  private async read(session: Session, limit: number): Promise<ScannedPage> {
    const { id, source } = session;
    const { prefix } = session.filter;
    const entries: StateEntry[] = [];
    const until = this.clock.now() + PAGE_MS;
    let hasMore = true;
    try {
      while (entries.length < limit && this.clock.now() < until) {
        if (session.rest.length === 0) {
          const { done, value } = await source.entries.next();
          if (done === true) {
            hasMore = false;
            break;
          }
          session.rest = prefix === undefined ? value : value.filter((e) => hasPrefix(e, prefix));
        }
        const taken = session.rest.slice(0, limit - entries.length);
        session.rest = session.rest.slice(taken.length);
        entries.push(...taken);
      }
    } catch (error) {
      void this.end(id);
      throw error;
    }
    session.page++;
    const expiresAt = this.clock.now() + IDLE_MS;
    session.last = {
      source: source.source,
      entries,
      cursor: hasMore ? `${id}.${session.page}` : null,
      view: { id, takenAt: source.takenAt, expiresAt },
    };
    if (!hasMore) {
      session.isRead = true;
      void source.close(); // The session stays for who asks for the last page again.
    }
    return session.last;
  }

  /** That hold a view; the one used least recently first. */
  private liveSessions(wanted: (source: ScanSource) => boolean): Session[] {
    return [...this.sessions.values()].filter(
      ({ isRead, source }) => !isRead && source.live !== undefined && wanted(source),
    );
  }

  /** Once its view is closed. */
  private async end(id: string): Promise<void> {
    const session = this.sessions.get(id);
    this.sessions.delete(id);
    session?.timer.cancel();
    void session?.source.entries.return();
    await session?.source.close();
  }

  private expiry(id: string): Timer {
    return this.clock.setTimer(IDLE_MS, () => void this.end(id));
  }
}

function hasPrefix(entry: StateEntry, prefix: string): boolean {
  const key: JsonValue = 'key' in entry ? entry.key : null;
  return (typeof key === 'string' ? key : JSON.stringify(key)).startsWith(prefix);
}

function isAnother(given: string | undefined, first: string | undefined): boolean {
  return given !== undefined && given !== first;
}

function expired(cursor: string): TaskError {
  return new TaskError(
    'STATE_VIEW_EXPIRED',
    `the cursor ${cursor} is over: it was not used for ${IDLE_MS} ms, too many others came since, or it is of another state, source, key or prefix; ask without a cursor to begin anew`,
  );
}
