import { randomUUID } from 'node:crypto';
import { row, rows } from '../database.ts';
import { hashOfLink, signLink } from '../links.ts';
import { WARD_SQL, type Ward } from './standing.ts';

/** Why staff look at a guardian's address before anything is sent to it, see `guardian-address.ts`. */
export type GuardianHold = 'minors-address' | 'refused-before';

/** Who answers for a minor's profile. `id` is also the id of the guardian's secret link. */
export type Guardian = Readonly<{
  id: string;
  profileId: string;
  name: string;
  email: string;
  /** The parent's account; null for a guardian who has only the link. */
  accountId: string | null;
  isSecond: boolean;
  askedAt: Date;
  heldForReviewAt: Date | null;
  heldForReviewReason: GuardianHold | null;
  turnedDownAt: Date | null;
  erasureAskedAt: Date | null;
  supersededAt: Date | null;
  tokenHash: Buffer;
}>;

/** `hold` is null where the address can be written to at once. */
export type NamedGuardian = Readonly<{ name: string; email: string; hold: GuardianHold | null }>;

/** Without the hash of the link. */
export const GUARDIAN_COLUMNS = `g.id, g.profile_id, g.name, g.email, g.account_id,
  g.is_second, g.asked_at, g.held_for_review_at,
  g.held_for_review_reason, g.turned_down_at,
  g.erasure_asked_at, g.superseded_at`;

const WITH_HASH = `${GUARDIAN_COLUMNS}, g.token_hash`;

/** The guardian of that link, also a superseded one; null when the profile is gone. */
export function guardianById(id: string): Promise<Guardian | null> {
  return row<Guardian>(`select ${WITH_HASH} from guardians g where g.id = $1`, [id]);
}

/** Who answers for a profile now: the first guardian, then the second. */
export function guardiansOf(profileId: string): Promise<Guardian[]> {
  return rows<Guardian>(
    `select ${WITH_HASH} from guardians g where g.profile_id = $1 and g.superseded_at is null
     order by g.is_second`,
    [profileId],
  );
}

/** The guardian who was named last, also one whom staff turned down; never the second. */
export function lastNamed(profileId: string): Promise<Guardian | null> {
  return row<Guardian>(
    `select ${WITH_HASH} from guardians g where g.profile_id = $1 and not g.is_second
     order by g.asked_at desc, g.superseded_at desc nulls first limit 1`,
    [profileId],
  );
}

/** The profile that a guardian answers for. */
export function wardOf(guardian: Pick<Guardian, 'profileId'>): Promise<Ward | null> {
  return row<Ward>(`${WARD_SQL} where p.id = $1`, [guardian.profileId]);
}

/** Whether a guardian has ever consented: nobody takes the place of one who has. */
export async function hasConsented(guardianId: string): Promise<boolean> {
  const consented = `select 1 from consents where guardian_id = $1 and act in ('granted', 'renewed') limit 1`;
  return (await row(consented, [guardianId])) !== null;
}

/** Whether a guardian was ever named for the account's own person. */
export async function hasNamedGuardian(accountId: string): Promise<boolean> {
  const named = await row(
    `select 1 from guardians g join profiles p on p.id = g.profile_id
     where p.account_id = $1 and p.relationship = 'self' limit 1`,
    [accountId],
  );
  return named !== null;
}

/** Holds a profile until the transaction ends, so that acts about it follow each other. */
export async function lockProfile(profileId: string): Promise<void> {
  await rows('select 1 from profiles where id = $1 for update', [profileId]);
}

/**
 * Names who answers for a profile, in the place of whoever was the first (or the second) guardian before.
 * @param named with the account of a parent who claims a child, or with where a young person named somebody from
 * @returns the new guardian's id
 */
export async function nameGuardian(
  profileId: string,
  named: NamedGuardian & Readonly<{ isSecond?: boolean; accountId?: string; askedFrom?: string | null }>,
): Promise<string> {
  const { name, email, hold, isSecond = false, accountId = null, askedFrom = null } = named;
  await rows(
    'update guardians set superseded_at = now() where profile_id = $1 and is_second = $2 and superseded_at is null',
    [profileId, isSecond],
  );
  const id = randomUUID();
  await rows(
    `insert into guardians (id, profile_id, name, email, is_second, account_id, asked_from, token_hash,
       held_for_review_at, held_for_review_reason)
     values ($1, $2, $3, $4, $5, $6, $7, $8, case when $9::text is not null then now() end, $9)`,
    [id, profileId, name, email, isSecond, accountId, askedFrom, hashOfLink(signLink('guardian', id)), hold],
  );
  return id;
}
