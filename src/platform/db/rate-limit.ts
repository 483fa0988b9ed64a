import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { TooManyAttempts } from '../errors.ts';
import { pool } from './database.ts';

/** All rate limits: `points` attempts in `duration` seconds per key. */
const limits = {
  signInAddress: { points: 10, duration: 15 * 60 },
  signInNetwork: { points: 100, duration: 15 * 60 },
  signInCode: { points: 5, duration: 15 * 60 },
  signInCodeAllNetworks: { points: 50, duration: 24 * 60 * 60 },
  newLink: { points: 10, duration: 60 * 60 },
  /** Requests for help, by the invited address or the account. */
  helpRequests: { points: 10, duration: 60 * 60 },
  helpRequestsNetwork: { points: 50, duration: 60 * 60 },
  passwordReset: { points: 10, duration: 60 * 60 },
  codeAttempts: { points: 30, duration: 24 * 60 * 60 },
  /** Audit events about denied requests of one account. */
  auditedDenials: { points: 20, duration: 60 },
  groupInvitationRequests: { points: 50, duration: 24 * 60 * 60 },
  /** Stopping and allowing mail again with one link. */
  unsubscribe: { points: 20, duration: 60 * 60 },
  testMails: { points: 20, duration: 60 * 60 },
  codeRequests: { points: 10, duration: 60 * 60 },
  apiWrites: { points: 600, duration: 10 * 60 },
} as const;

export type LimitName = keyof typeof limits;

const limiters = Object.fromEntries(
  Object.entries(limits).map(([name, { points, duration }]) => [
    name,
    new RateLimiterPostgres({
      storeClient: pool,
      tableName: 'rate_limits',
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix: name,
      points,
      duration,
      // Without the database, each process counts for itself.
      insuranceLimiter: new RateLimiterMemory({ points, duration }),
    }),
  ]),
) as Record<LimitName, RateLimiterPostgres>;

// Counted in memory, per process: a forged link must not cost a query.
const invalidLinks = new RateLimiterMemory({ points: 60, duration: 10 * 60 });
const invalidTokens = new RateLimiterMemory({ points: 200, duration: 10 * 60 });
// In memory too: a database write per read would cost more than the read.
const apiReads = new RateLimiterMemory({ points: 600, duration: 60 });

/** Counts an attempt. @throws TooManyAttempts if none are left */
export async function consumeAttempt(name: LimitName, ...key: string[]): Promise<void> {
  await consumePoint(limiters[name], hashKey(key));
}

/** Returns an attempt that succeeded. Attempts are counted before the check, so that concurrent ones can't exceed the limit. */
export async function refundAttempt(name: LimitName, ...key: string[]): Promise<void> {
  await limiters[name].reward(hashKey(key));
}

/** Checks the limit without counting. @throws TooManyAttempts if no attempts are left */
export async function requireAttemptsLeft(name: LimitName, ...key: string[]): Promise<void> {
  const used = await limiters[name].get(hashKey(key));
  if (used && used.consumedPoints >= limits[name].points) throw new TooManyAttempts(used.msBeforeNext / 1000);
}

/** Counts a link with an invalid signature. @throws TooManyAttempts after too many from one network */
export async function recordInvalidLink(network: string): Promise<void> {
  await consumePoint(invalidLinks, network);
}

/** Counts an invalid bearer token. @throws TooManyAttempts after too many from one network */
export async function recordInvalidToken(network: string): Promise<void> {
  await consumePoint(invalidTokens, network);
}

/** What is left of a limit; times are in seconds. */
export type LimitState = Readonly<{ points: number; duration: number; remaining: number; reset: number }>;

/** Counts a request to the API by an account or a key. @throws TooManyAttempts */
export async function recordApiRequest(kind: 'read' | 'write', caller: string): Promise<LimitState> {
  const limiter = kind === 'read' ? apiReads : limiters.apiWrites;
  const { remainingPoints, msBeforeNext } = await consumePoint(limiter, hashKey([caller]));
  const { points, duration } = limiter;
  return { points, duration, remaining: remainingPoints, reset: Math.ceil(msBeforeNext / 1000) };
}

async function consumePoint(
  limiter: RateLimiterPostgres | RateLimiterMemory,
  key: string,
): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(key);
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) throw new TooManyAttempts(refusal.msBeforeNext / 1000);
    throw refusal;
  }
}

// Hashed, so that the table contains no e-mail addresses.
function hashKey(key: string[]): string {
  return createHash('sha256').update(key.join('\n').toLowerCase()).digest('base64url');
}
