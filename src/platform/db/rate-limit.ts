import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { TooManyAttempts } from '../errors.ts';
import { pool } from './database.ts';

/** Every limit of the site, by name. `points` tries in `duration` seconds, counted for one key. */
const limits = {
  signInAddress: { points: 10, duration: 15 * 60 },
  signInNetwork: { points: 100, duration: 15 * 60 },
  signInCode: { points: 5, duration: 15 * 60 },
  signInCodeAllNetworks: { points: 50, duration: 24 * 60 * 60 },
  newLink: { points: 10, duration: 60 * 60 },
  passwordReset: { points: 10, duration: 60 * 60 },
  codeAttempts: { points: 30, duration: 24 * 60 * 60 },
  /** Rows of the audit about what one account was refused. */
  auditedRefusals: { points: 20, duration: 60 },
  /** Wishes of one account to invite addresses into its groups. */
  groupInvitationRequests: { points: 50, duration: 24 * 60 * 60 },
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
      // With the database away the limit stays, for this process alone.
      insuranceLimiter: new RateLimiterMemory({ points, duration }),
    }),
  ]),
) as Record<LimitName, RateLimiterPostgres>;

// A forged link must not cost a query, so these are counted by each process for itself.
const invalidLinks = new RateLimiterMemory({ points: 60, duration: 10 * 60 });
const invalidTokens = new RateLimiterMemory({ points: 200, duration: 10 * 60 });
// A write for each read would be the larger cost.
const apiReads = new RateLimiterMemory({ points: 600, duration: 60 });

/** Counts one try. @throws TooManyAttempts when there are no more */
export async function consumeAttempt(name: LimitName, ...key: string[]): Promise<void> {
  await consumePoint(limiters[name], hashKey(key));
}

/** Takes back a try that was counted before its outcome was known: many at once must not slip past the limit. */
export async function refundAttempt(name: LimitName, ...key: string[]): Promise<void> {
  await limiters[name].reward(hashKey(key));
}

/** @throws TooManyAttempts when the tries are used up; counts nothing */
export async function requireAttemptsLeft(name: LimitName, ...key: string[]): Promise<void> {
  const used = await limiters[name].get(hashKey(key));
  if (used && used.consumedPoints >= limits[name].points) throw new TooManyAttempts(used.msBeforeNext / 1000);
}

/** Counts one link that we did not make. @throws TooManyAttempts when there were too many from one network */
export async function recordInvalidLink(network: string): Promise<void> {
  await consumePoint(invalidLinks, network);
}

/** Counts one bearer token that is none. @throws TooManyAttempts when there were too many from one network */
export async function recordInvalidToken(network: string): Promise<void> {
  await consumePoint(invalidTokens, network);
}

/** Counts what a program reads for an account. @throws TooManyAttempts */
export async function recordApiRead(accountId: string): Promise<void> {
  await consumePoint(apiReads, accountId);
}

async function consumePoint(limiter: RateLimiterPostgres | RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) throw new TooManyAttempts(refusal.msBeforeNext / 1000);
    throw refusal;
  }
}

// No address of a person stands in the table of limits.
function hashKey(key: string[]): string {
  return createHash('sha256').update(key.join('\n').toLowerCase()).digest('base64url');
}
