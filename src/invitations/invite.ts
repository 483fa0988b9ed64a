import { DatabaseError, UniqueConstraintError } from 'sequelize';
import type { Actor } from '../platform/audit/audit.ts';
import { inTransaction, isInTransaction } from '../platform/db/database.ts';
import type { Forbidden, InvalidInput } from '../platform/errors.ts';
import { createInvitations, type EligibleInvitation } from './create.ts';
import { checkEligibility, type EligibilityReason, unresolvedReasons } from './eligibility/eligibility.ts';
import { NotEligible } from './eligibility/not-eligible.ts';
import { findGroupRefusals } from './group-refusals.ts';
import type { IssuedInvitation, NewInvitation } from './new-invitation.ts';
/** Why an address was not invited: what is known of it, or a group that it can't be invited into. */
export type Refusal = NotEligible | InvalidInput | Forbidden;

const CHUNK_SIZE = 2_000;
const MAX_ATTEMPTS = 3;
const DEADLOCK = '40P01';

/**
 * Invites addresses: for each chunk, the invitations, their links, the jobs of the mails and the audit commit together.
 * @returns what became of each, in the order given
 */
export async function invite(
  invitations: readonly NewInvitation[],
  actor: Actor,
): Promise<(IssuedInvitation | Refusal)[]> {
  const results: (IssuedInvitation | Refusal)[] = [];
  for (let start = 0; start < invitations.length; start += CHUNK_SIZE) {
    const chunk = invitations.slice(start, start + CHUNK_SIZE);
    results.push(...(await retryOnConflict(() => inTransaction(() => inviteChunk(chunk, actor)))));
  }
  return results;
}

/** Invites one address. @throws NotEligible; Invalid for no open group; Forbidden where `actor` may not invite into it */
export async function inviteOne(invitation: NewInvitation, actor: Actor): Promise<IssuedInvitation> {
  const [result] = await invite([invitation], actor);
  if (!result || result instanceof Error) throw result ?? new Error('nothing became of the invitation');
  return result;
}

/** Tries a transaction again that lost against another one about the same people. */
export async function retryOnConflict<Answer>(run: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      // Inside a larger transaction everything is lost now: whoever began it tries again.
      if (attempt === MAX_ATTEMPTS || isInTransaction() || !isConflict(error)) throw error;
    }
  }
}

async function inviteChunk(
  invitations: readonly NewInvitation[],
  actor: Actor,
): Promise<(IssuedInvitation | Refusal)[]> {
  const results: (IssuedInvitation | Refusal)[] = [];
  const refuse = (index: number, why: Refusal) => {
    results[index] = why;
  };
  const groups = await findGroupRefusals(invitations, actor);
  // In the order of addresses, so that two at once wait for each other instead of deadlocking.
  let pending = invitations
    .map((one, index) => ({ given: one, index }))
    .filter(({ given: { group }, index }) => {
      const why = group && groups.get(`${group.id} ${group.role}`);
      if (why) refuse(index, why);
      return !why;
    })
    .sort((one, other) => compare(one.given.email.toLowerCase(), other.given.email.toLowerCase()));
  for (let attempt = 1; pending.length > 0; attempt += 1) {
    if (attempt > MAX_ATTEMPTS) throw new Error(`${pending.length} invitations could not be stored`);
    const eligible: EligibleInvitation[] = [];
    const reasons = await checkEligibility(pending.map(({ given: one }) => toCandidate(one)));
    const seen = new Set<string>();
    for (const [place, { given: one, index }] of pending.entries()) {
      const found = reasons[place] ?? [];
      // An invitation that somebody else made a moment ago was not seen by whoever overrides.
      const override = (one.override ?? []).filter((name) => attempt === 1 || name !== 'open');
      const email = one.email.toLowerCase();
      if (unresolvedReasons(found, override).length > 0) refuse(index, new NotEligible(found));
      else if (seen.has(email)) refuse(index, new NotEligible([duplicateReason()]));
      else {
        eligible.push({ given: one, index, reasons: found });
        seen.add(email);
      }
    }
    const made = await createInvitations(eligible, actor);
    for (const [index, issued] of made) results[index] = issued;
    pending = eligible.filter(({ index }) => !made.has(index));
  }
  return results;
}

function duplicateReason(): EligibilityReason {
  return { name: 'open', severity: 'warning', at: new Date() };
}

function toCandidate({ email, group, staffRole }: NewInvitation) {
  return { email, groupId: group?.id ?? null, staffRole: staffRole ?? null };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function isConflict(error: unknown): boolean {
  const code = error instanceof DatabaseError ? (error.parent as { code?: string }).code : undefined;
  return error instanceof UniqueConstraintError || code === DEADLOCK;
}
