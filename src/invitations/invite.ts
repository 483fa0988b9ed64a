import { DatabaseError, UniqueConstraintError } from 'sequelize';
import type { StaffRole } from '../accounts/account.ts';
import type { Actor } from '../audit/audit.ts';
import { inTransaction, isInTransaction } from '../database.ts';
import type { Forbidden, Invalid } from '../errors.ts';
import { createInvitations, type Due } from './create.ts';
import { eligibilityOf, obstacles, type Reason, type ReasonName } from './eligibility.ts';
import { type GroupPlace, groupRefusals } from './group-refusals.ts';
import type { Delivery } from './invitation.ts';
import { NotEligible } from './not-eligible.ts';

export type NewInvitation = Readonly<{
  /** In its one spelling, see `normaliseAddress`. */
  email: string;
  message: string | null;
  validityDays: number;
  staffRole?: StaffRole | null;
  /** The group that it also lets them join. */
  group?: GroupPlace | null;
  delivery: Delivery;
  /** Whether the inviter wants a mail when it is accepted or can't be delivered. */
  watched?: boolean;
  /** The warnings that the inviter has seen and overrides. `open` revokes the earlier invitation. */
  override?: readonly ReasonName[];
  /** As the inviter's file has it; the directory's name goes first. */
  name?: string;
  campaignId?: string | null;
}>;

export type Issued = Readonly<{ invitationId: string; email: string; linkId: string; delivery: Delivery }>;
/** Why an address was not invited: what is known of it, or a group that it can't be invited into. */
export type Refused = NotEligible | Invalid | Forbidden;

const CHUNK = 2_000;
const MOST_TRIES = 3;
const DEADLOCK = '40P01';

/**
 * Invites addresses: for each chunk, the invitations, their links, the jobs of the mails and the audit commit together.
 * @returns what became of each, in the order given
 */
export async function invite(given: readonly NewInvitation[], actor: Actor): Promise<(Issued | Refused)[]> {
  const results: (Issued | Refused)[] = [];
  for (let start = 0; start < given.length; start += CHUNK) {
    const chunk = given.slice(start, start + CHUNK);
    results.push(...(await retried(() => inTransaction(() => inviteChunk(chunk, actor)))));
  }
  return results;
}

/** Invites one address. @throws NotEligible; Invalid for no open group; Forbidden where `actor` may not invite into it */
export async function inviteOne(given: NewInvitation, actor: Actor): Promise<Issued> {
  const [result] = await invite([given], actor);
  if (!result || result instanceof Error) throw result ?? new Error('nothing became of the invitation');
  return result;
}

/** Tries a transaction again that lost against another one about the same people. */
export async function retried<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      // Inside a larger transaction everything is lost now: whoever began it tries again.
      if (tries === MOST_TRIES || isInTransaction() || !isClash(error)) throw error;
    }
  }
}

async function inviteChunk(given: readonly NewInvitation[], actor: Actor): Promise<(Issued | Refused)[]> {
  const results: (Issued | Refused)[] = [];
  const refuse = (index: number, why: Refused) => {
    results[index] = why;
  };
  const groups = await groupRefusals(given, actor);
  // In the order of addresses, so that two at once wait for each other instead of deadlocking.
  let waiting = given
    .map((one, index) => ({ given: one, index }))
    .filter(({ given: { group }, index }) => {
      const why = group && groups.get(`${group.id} ${group.role}`);
      if (why) refuse(index, why);
      return !why;
    })
    .sort((one, other) => compare(one.given.email.toLowerCase(), other.given.email.toLowerCase()));
  for (let tries = 1; waiting.length > 0; tries += 1) {
    if (tries > MOST_TRIES) throw new Error(`${waiting.length} invitations could not be stored`);
    const due: Due[] = [];
    const reasons = await eligibilityOf(waiting.map(({ given: one }) => candidateOf(one)));
    const seen = new Set<string>();
    for (const [place, { given: one, index }] of waiting.entries()) {
      const found = reasons[place] ?? [];
      // An invitation that somebody else made a moment ago was not seen by whoever overrides.
      const override = (one.override ?? []).filter((name) => tries === 1 || name !== 'open');
      const email = one.email.toLowerCase();
      if (obstacles(found, override).length > 0) refuse(index, new NotEligible(found));
      else if (seen.has(email)) refuse(index, new NotEligible([repeated()]));
      else {
        due.push({ given: one, index, reasons: found });
        seen.add(email);
      }
    }
    const made = await createInvitations(due, actor);
    for (const [index, issued] of made) results[index] = issued;
    waiting = due.filter(({ index }) => !made.has(index));
  }
  return results;
}

function repeated(): Reason {
  return { name: 'open', severity: 'warning', at: new Date() };
}

function candidateOf({ email, group, staffRole }: NewInvitation) {
  return { email, groupId: group?.id ?? null, staffRole: staffRole ?? null };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function isClash(error: unknown): boolean {
  const code = error instanceof DatabaseError ? (error.parent as { code?: string }).code : undefined;
  return error instanceof UniqueConstraintError || code === DEADLOCK;
}
