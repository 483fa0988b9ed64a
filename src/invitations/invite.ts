import { DatabaseError, UniqueConstraintError } from 'sequelize';
import type { Actor } from '../platform/audit/audit.ts';
import { inTransaction, isInTransaction } from '../platform/db/database.ts';
import type { Forbidden, InvalidInput } from '../platform/errors.ts';
import { createInvitations, type EligibleInvitation } from './create.ts';
import { checkEligibility, type EligibilityReason, unresolvedReasons } from './eligibility/eligibility.ts';
import { NotEligible } from './eligibility/not-eligible.ts';
import { findGroupRefusals } from './group-refusals.ts';
import type { IssuedInvitation, NewInvitation } from './new-invitation.ts';

/** Why an address was not invited: its eligibility, or the group that it was to be invited into. */
export type Refusal = NotEligible | InvalidInput | Forbidden;

const CHUNK_SIZE = 2_000;
const MAX_ATTEMPTS = 3;
const DEADLOCK = '40P01';

/**
 * Invites addresses in chunks. The invitations, links, mail jobs and audit events of a chunk commit together.
 * @returns the invitation or the refusal of each address, in the order given
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

/**
 * Invites one address. @throws NotEligible; InvalidInput if the group is unknown or archived; Forbidden if `actor` may
 * not invite into it
 */
export async function inviteOne(invitation: NewInvitation, actor: Actor): Promise<IssuedInvitation> {
  const [result] = await invite([invitation], actor);
  if (!result || result instanceof Error) throw result ?? new Error('invite returned no result');
  return result;
}

/** Retries a transaction after a unique violation or a deadlock with a concurrent one. */
export async function retryOnConflict<Answer>(run: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      // An outer transaction is aborted now, so its owner has to retry.
      if (attempt === MAX_ATTEMPTS || isInTransaction() || !isConflict(error)) throw error;
    }
  }
}

async function inviteChunk(
  invitations: readonly NewInvitation[],
  actor: Actor,
): Promise<(IssuedInvitation | Refusal)[]> {
  const results: (IssuedInvitation | Refusal)[] = [];
  const refuse = (index: number, refusal: Refusal) => {
    results[index] = refusal;
  };
  const groupRefusals = await findGroupRefusals(invitations, actor);
  // Sorted by address, so that concurrent calls wait for each other instead of deadlocking.
  let pending = invitations
    .map((input, index) => ({ input, index }))
    .filter(({ input: { group }, index }) => {
      const refusal = group && groupRefusals.get(`${group.id} ${group.role}`);
      if (refusal) refuse(index, refusal);
      return !refusal;
    })
    .sort((a, b) => compareText(a.input.email.toLowerCase(), b.input.email.toLowerCase()));
  for (let attempt = 1; pending.length > 0; attempt += 1) {
    if (attempt > MAX_ATTEMPTS) throw new Error(`${pending.length} invitations could not be stored`);
    const eligible: EligibleInvitation[] = [];
    const reasonLists = await checkEligibility(pending.map(({ input }) => toCandidate(input)));
    const seen = new Set<string>();
    for (const [position, { input, index }] of pending.entries()) {
      const reasons = reasonLists[position] ?? [];
      // In a retry, the open invitation was created a moment ago, so the inviter can't have seen it.
      const override = (input.override ?? []).filter((name) => attempt === 1 || name !== 'open');
      const email = input.email.toLowerCase();
      if (unresolvedReasons(reasons, override).length > 0) refuse(index, new NotEligible(reasons));
      else if (seen.has(email)) refuse(index, new NotEligible([duplicateReason()]));
      else {
        eligible.push({ input, index, reasons });
        seen.add(email);
      }
    }
    const created = await createInvitations(eligible, actor);
    for (const [index, issued] of created) results[index] = issued;
    pending = eligible.filter(({ index }) => !created.has(index));
  }
  return results;
}

function duplicateReason(): EligibilityReason {
  return { name: 'open', severity: 'warning', at: new Date() };
}

function toCandidate({ email, group, staffRole }: NewInvitation) {
  return { email, groupId: group?.id ?? null, staffRole: staffRole ?? null };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function isConflict(error: unknown): boolean {
  const code = error instanceof DatabaseError ? (error.parent as { code?: string }).code : undefined;
  return error instanceof UniqueConstraintError || code === DEADLOCK;
}
