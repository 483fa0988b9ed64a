import { createHash } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import session, { type SessionData } from 'express-session';
import { config } from '../config/config.ts';
import { ABSOLUTE_LIMIT_MS } from '../config/limits.ts';
import { sessionStore } from './session-store.ts';

const TOUCH_INTERVAL_MS = 5 * 60 * 1000;

const inProduction = config.environment === 'production';
/** Sessions live in PostgreSQL and are made only when something is to be remembered. */
const loadSession = session({
  store: sessionStore,
  name: inProduction ? '__Host-homecoming' : 'homecoming',
  secret: config.sessionSecrets,
  resave: false,
  saveUninitialized: false,
  cookie: { httpOnly: true, sameSite: 'lax', secure: inProduction, path: '/' },
});

/** Ends a session that grew too old, and writes "seen" every few minutes instead of at each request. */
const expireSession: RequestHandler = async (req, _res, next) => {
  const { startedAt, seenAt } = req.session;
  if (startedAt !== undefined && Date.now() - startedAt > ABSOLUTE_LIMIT_MS) await startEmptySession(req);
  if (seenAt !== undefined && Date.now() - seenAt > TOUCH_INTERVAL_MS) req.session.seenAt = Date.now();
  next();
};

export const sessions: RequestHandler[] = [loadSession, expireSession];

/** An empty session under a new id; the old id is dead at once. */
export function startEmptySession(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.session.regenerate((error: unknown) => {
      if (error) return reject(error);
      req.session.startedAt = Date.now();
      req.session.seenAt = Date.now();
      resolve();
    });
  });
}

/** The same session under a new id; the old id is dead at once. */
export async function rotateSessionId(req: Request): Promise<void> {
  const { cookie: _cookie, ...data } = req.session;
  await startEmptySession(req);
  Object.assign(req.session, data);
}

/** What a visitor was doing, whoever is signed in: the links that this browser opened, and what was typed for them. */
const VISITOR_KEYS = ['groupLink', 'openedInvitations', 'unsentForms', 'returnTo'] as const;

/** An empty session under a new id, but for what the visitor was doing. Whoever was signed in is signed out. */
export async function resetToVisitorSession(req: Request): Promise<void> {
  const visitorData = pickVisitorData(req);
  await startEmptySession(req);
  Object.assign(req.session, visitorData);
}

/**
 * A new session under a new id that leaves the old one as it is: other forms that were sent with it, a double click for
 * one, still find what they are about. What the visitor was doing comes along. Only for a visitor who is not signed in.
 */
export function forkVisitorSession(req: Request): void {
  const visitorData = pickVisitorData(req);
  req.sessionStore.generate(req);
  Object.assign(req.session, visitorData);
  req.session.startedAt = Date.now();
  req.session.seenAt = Date.now();
}

/** Writes the session before a redirect, so that the next request finds it. */
export function saveSession(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.session.save((error: unknown) => (error ? reject(error) : resolve()));
  });
}

/** SHA-256 of the session's id, to recognise it later without keeping the id. */
export function hashSessionId(req: Request): Buffer {
  return createHash('sha256').update(req.sessionID).digest();
}

function pickVisitorData({ session }: Request): Partial<SessionData> {
  return Object.fromEntries(VISITOR_KEYS.flatMap((name) => (session[name] ? [[name, session[name]]] : [])));
}
