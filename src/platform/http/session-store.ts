import pgSession from 'connect-pg-simple';
import type { Request } from 'express';
import session, { type Session, type SessionData } from 'express-session';
import { pool } from '../db/database.ts';
import { log } from '../log.ts';

/** An unused session expires after 12 hours, unless its cookie says otherwise. */
const IDLE_LIMIT_S = 12 * 60 * 60;

/**
 * Stores sessions in PostgreSQL. A loaded session is only updated, never inserted again: a concurrent request must not
 * restore the session after signing out.
 */
class SessionStore extends pgSession(session) {
  readonly #stored = new WeakSet<object>();

  override createSession(req: Request, data: SessionData): Session & SessionData {
    const stored = super.createSession(req, data);
    this.#stored.add(stored);
    return stored;
  }

  override set(sid: string, data: SessionData, done?: (error?: unknown) => void): void {
    if (!this.#stored.has(data)) {
      this.#stored.add(data);
      super.set(sid, data, done);
      return;
    }
    pool
      .query('update sessions set sess = $2, expire = to_timestamp($3) where sid = $1', [
        sid,
        JSON.stringify(data),
        (data.cookie.expires?.getTime() ?? Date.now() + IDLE_LIMIT_S * 1000) / 1000,
      ])
      .then(() => done?.(), done);
  }
}

export const sessionStore = new SessionStore({
  pool,
  tableName: 'sessions',
  ttl: IDLE_LIMIT_S,
  disableTouch: true,
  pruneSessionInterval: false,
  errorLog: (...args: unknown[]) => log.error({ details: args.map(String) }, 'the session store failed'),
});
