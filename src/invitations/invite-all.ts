import { UniqueConstraintError } from 'sequelize';
import type { Actor } from '../audit/audit.ts';
import { postgresError } from '../database.ts';
import { Invalid } from '../errors.ts';
import { type Asked, once } from '../idempotency.ts';
import { AlreadyInvited } from './already-invited.ts';
import type { Invitation } from './invitation.ts';
import { invite, type NewInvitation } from './invite.ts';

/** What became of one address: its invitation, or why there is none. */
type Verdict = Invitation | AlreadyInvited | Invalid;

const MOST_TRIES = 3;
const DEADLOCK = '40P01';

/** Invites one address, once for a key. `tell` makes the answer that is kept for the key. @throws AlreadyInvited */
export function inviteOnce<Answer>(
  given: NewInvitation,
  asked: Asked,
  actor: Actor,
  tell: (invitation: Invitation) => Answer,
): Promise<Answer> {
  return retried(() => once(asked, async () => tell((await invite(given, actor)).invitation)));
}

/**
 * Invites several addresses in one transaction, once for a key. Addresses that can't be invited stop no other.
 * `tell` makes the answer that is kept for the key, from the verdicts in the order of what was given.
 */
export function inviteAll<Answer>(
  given: readonly NewInvitation[],
  asked: Asked,
  actor: Actor,
  tell: (verdicts: Verdict[]) => Answer,
): Promise<Answer> {
  return retried(() =>
    once(asked, async () => {
      const verdicts: Verdict[] = [];
      for (const { one, place } of byAddress(given)) {
        verdicts[place] = await invite(one, actor).then(({ invitation }) => invitation, keepRefusal);
      }
      return tell(verdicts);
    }),
  );
}

/** Tries a transaction again in which somebody else turned out to invite one of the same people. */
export async function retried<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      // Somebody else invited one of them at this moment: the next try finds it invited.
      if (tries === MOST_TRIES || !isClash(error)) throw error;
    }
  }
}

// In one order, so that two requests about the same people wait for each other instead of both failing.
function byAddress(given: readonly NewInvitation[]): { one: NewInvitation; place: number }[] {
  const key = (email: string) => email.toLowerCase();
  return given
    .map((one, place) => ({ one, place }))
    .sort((a, b) => key(a.one.email).localeCompare(key(b.one.email), 'en') || a.place - b.place);
}

function keepRefusal(error: unknown): AlreadyInvited | Invalid {
  if (error instanceof AlreadyInvited || error instanceof Invalid) return error;
  throw error;
}

function isClash(error: unknown): boolean {
  return error instanceof UniqueConstraintError || postgresError(error)?.code === DEADLOCK;
}
