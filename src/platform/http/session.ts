import { createHash } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import session, { type SessionData } from 'express-session';
import { config } from '../config/config.ts';
import { MAX_SESSION_AGE_MS, STAYING_SESSION_AGE_MS } from '../config/session-lifetime.ts';
import { sessionStore } from './session-store.ts';

const TOUCH_INTERVAL_MS = 5 * 60 * 1000;

const inProduction = config.environment === 'production';
/** A session is stored only once it contains something. */
const loadSession = session({
  store: sessionStore,
  name: inProduction ? '__Host-homecoming' : 'homecoming',
  secret: config.sessionSecrets,
  resave: false,
  saveUninitialized: false,
  cookie: { httpOnly: true, sameSite: 'lax', secure: inProduction, path: '/' },
});

/** Ends sessions that are too old, and updates `seenAt` every few minutes instead of with each request. */
const expireSession: RequestHandler = async (req, _res, next) => {
  const { startedAt, seenAt, staysSignedIn } = req.session;
  const maxAge = staysSignedIn ? STAYING_SESSION_AGE_MS : MAX_SESSION_AGE_MS;
  if (startedAt !== undefined && Date.now() - startedAt > maxAge) await startEmptySession(req);
  if (seenAt !== undefined && Date.now() - seenAt > TOUCH_INTERVAL_MS) req.session.seenAt = Date.now();
  next();
};

export const sessions: RequestHandler[] = [loadSession, expireSession];

/** Starts an empty session with a new id. The old session is deleted. */
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

/** Gives the session a new id and keeps its content. The old session is deleted. */
export async function rotateSessionId(req: Request): Promise<void> {
  const { cookie: _cookie, ...data } = req.session;
  await startEmptySession(req);
  Object.assign(req.session, data);
  setStaysSignedIn(req, data.staysSignedIn === true);
}

/** Lets the session outlast the browser, or not. */
export function setStaysSignedIn({ session }: Request, stays: boolean): void {
  if (stays) {
    session.staysSignedIn = true;
    session.cookie.maxAge = STAYING_SESSION_AGE_MS;
  } else {
    delete session.staysSignedIn;
    session.cookie.expires = null;
  }
}

/** What belongs to the browser and not to an account: opened links and unsent forms. */
const VISITOR_KEYS = ['groupLink', 'openedInvitations', 'unsentForms', 'returnTo'] as const;

/** Signs out: starts a new session that keeps only the visitor data. */
export async function resetToVisitorSession(req: Request): Promise<void> {
  const visitorData = pickVisitorData(req);
  await startEmptySession(req);
  Object.assign(req.session, visitorData);
}

/**
 * Starts a new session with the visitor data, and keeps the old one, so that concurrent requests such as a double click still
 * work. Only for visitors who are not signed in.
 */
export function forkVisitorSession(req: Request): void {
  const visitorData = pickVisitorData(req);
  req.sessionStore.generate(req);
  Object.assign(req.session, visitorData);
  req.session.startedAt = Date.now();
  req.session.seenAt = Date.now();
}

/** Saves the session; call it before a redirect, so that the next request reads the new state. */
export function saveSession(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.session.save((error: unknown) => (error ? reject(error) : resolve()));
  });
}

/** SHA-256 of the session id, to recognise the session later without storing its id. */
export function hashSessionId(req: Request): Buffer {
  return createHash('sha256').update(req.sessionID).digest();
}

function pickVisitorData({ session }: Request): Partial<SessionData> {
  return Object.fromEntries(VISITOR_KEYS.flatMap((name) => (session[name] ? [[name, session[name]]] : [])));
}
