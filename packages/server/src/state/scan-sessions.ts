/**
 * Cursors over the entries of a state: one scan each, which goes on from page to page.
 *
 * Invariants:
 * - All pages of a cursor are of one view of live state, or of one snapshot; none is skipped or given
 *   twice but the last one, which may be asked for again.
 * - At most `SESSIONS_MAX` scans are held; the one that was used least recently goes for a new one. One
 *   that is not used for `IDLE_MS` ends.
 * - A page is given after `PAGE_MS` however few entries it has: where few match, they come a few at a
 *   time.
 */
import { randomUUID } from 'node:crypto';
import { type Clock, TaskError, type Timer } from '@millrace/core';
import type { JsonValue, StateEntry } from '@millrace/state-processor';

const SESSIONS_MAX = 32;
const IDLE_MS = 60_000;
const PAGE_MS = 1000;

export interface ScanSource {
  /** Of the view, or of the snapshot, ms since the epoch. */
  readonly takenAt: number;
  readonly entries: AsyncGenerator<StateEntry[], void, undefined>;
  close(): Promise<void>;
}

export interface ScannedPage {
  readonly entries: readonly StateEntry[];
  readonly cursor: string | null;
  readonly view: { readonly id: string; readonly takenAt: number; readonly expiresAt: number };
}

interface Session {
  readonly id: string;
  readonly owner: string;
  readonly prefix: string | undefined;
  readonly source: ScanSource;
  /** Read, and not given yet. */
  rest: readonly StateEntry[];
  page: number;
  last: ScannedPage | undefined;
  timer: Timer;
  reading: Promise<ScannedPage> | undefined;
}

export class ScanSessions {
  private readonly clock: Clock;
  /** In the order of their use. */
  private readonly sessions = new Map<string, Session>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** @param owner - what the cursor is good for: job, source, operator and state */
  async begin(
    owner: string,
    prefix: string | undefined,
    source: ScanSource,
    limit: number,
  ): Promise<ScannedPage> {
    const id = randomUUID();
    const session: Session = {
      ...{ id, owner, prefix, source, rest: [], page: 0, last: undefined },
      timer: this.expiry(id),
      reading: undefined,
    };
    this.sessions.set(id, session);
    for (const oldest of this.sessions.keys()) {
      if (this.sessions.size <= SESSIONS_MAX) {
        break;
      }
      this.end(oldest);
    }
    return this.nextPage(session, limit);
  }

  /** @throws TaskError `STATE_VIEW_EXPIRED` */
  async goOn(owner: string, cursor: string, limit: number): Promise<ScannedPage> {
    const [id = '', page] = cursor.split('.');
    const session = this.sessions.get(id);
    if (session === undefined || session.owner !== owner) {
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
    const { id, source, prefix } = session;
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
      this.end(id);
      throw error;
    }
    session.page++;
    const expiresAt = this.clock.now() + IDLE_MS;
    session.last = {
      entries,
      cursor: hasMore ? `${id}.${session.page}` : null,
      view: { id, takenAt: source.takenAt, expiresAt },
    };
    if (!hasMore) {
      void source.close(); // The session stays for who asks for the last page again.
    }
    return session.last;
  }

  private end(id: string): void {
    const session = this.sessions.get(id);
    this.sessions.delete(id);
    session?.timer.cancel();
    void session?.source.entries.return();
    void session?.source.close();
  }

  private expiry(id: string): Timer {
    return this.clock.setTimer(IDLE_MS, () => this.end(id));
  }
}

function hasPrefix(entry: StateEntry, prefix: string): boolean {
  const key: JsonValue = 'key' in entry ? entry.key : null;
  return (typeof key === 'string' ? key : JSON.stringify(key)).startsWith(prefix);
}

function expired(cursor: string): TaskError {
  return new TaskError(
    'STATE_VIEW_EXPIRED',
    `the cursor ${cursor} is over: it was not used for ${IDLE_MS} ms, too many others came since, or it is of another state; ask without a cursor to begin anew`,
  );
}
