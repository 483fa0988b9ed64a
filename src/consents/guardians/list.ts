import type { Attributes } from 'sequelize';
import { columnsOf, queryRow, queryRows } from '../../platform/db/database.ts';
import { NotFound } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { UUID_PATTERN } from '../../platform/text/text.ts';
import { SHARED_NETWORK } from '../consent.ts';
import type { ConsentDecision } from '../profile-access.ts';
import { Guardian } from './guardian.ts';

/** A guardian as staff see them. */
export type ListedGuardian = Attributes<Guardian> &
  Readonly<{
    minorName: string;
    relationship: 'self' | 'child';
    /** The account that claims the minor's record: the minor's own or a parent's. */
    claimedByName: string;
    claimedByEmail: string;
    lastDecision: ConsentDecision | null;
    lastDecidedAt: Date | null;
    consentExpiresAt: Date | null;
    /** Whether the last decision came from the network that the minor named the guardian from. */
    isSharedNetwork: boolean;
  }>;

const SELECT = `select ${columnsOf(Guardian, 'g')},
    trim(m.first_name || ' ' || m.last_name) as minor_name, p.relationship, a.name as claimed_by_name,
    a.email as claimed_by_email, c.decision as last_decision, c.at as last_decided_at, c.expires_at as consent_expires_at,
    coalesce(${SHARED_NETWORK}, false) as is_shared_network
  from guardians g
  join profiles p on p.id = g.profile_id
  join accounts a on a.id = p.account_id
  join alumni_members m on m.id = p.alumni_member_id
  left join lateral (select * from consents where guardian_id = g.id order by id desc limit 1) c on true`;

const NEEDS_REVIEW =
  'g.superseded_at is null and (g.held_for_review_at is not null or g.erasure_requested_at is not null)';
const MAX_LISTED = 100;

/** Guardians whose address is held for review or who asked for erasure, longest wait first; at most 100. */
export function listGuardiansForReview(): Promise<ListedGuardian[]> {
  return queryRows<ListedGuardian>(
    `${SELECT} where ${NEEDS_REVIEW} order by coalesce(g.held_for_review_at, g.erasure_requested_at), g.id limit ${MAX_LISTED}`,
  );
}

/** How many guardians need review, counted up to 1,000. */
export async function countGuardiansForReview(): Promise<number> {
  const counted = await queryRow<{ count: number }>(
    `select count(*)::int as count from (select from guardians g where ${NEEDS_REVIEW} limit 1000) found`,
  );
  return counted?.count ?? 0;
}

/** @throws NotFound, for malformed ids too */
export async function getListedGuardian(id: string): Promise<ListedGuardian> {
  const found = UUID_PATTERN.test(id)
    ? await queryRow<ListedGuardian>(`${SELECT} where g.id = $1`, [id])
    : null;
  if (!found) throw new NotFound(t('consents:errors.noGuardian'));
  return found;
}

/** The guardians of an account's profiles, and those with an address: current ones first, at most 20. */
export function listRelatedGuardians(accountId: string | null, email: string): Promise<ListedGuardian[]> {
  return queryRows<ListedGuardian>(
    `${SELECT} where g.email = $2 or g.profile_id in (select id from profiles where account_id = $1)
     order by g.superseded_at desc nulls first, g.is_second, g.requested_at desc limit 20`,
    [accountId, email],
  );
}
