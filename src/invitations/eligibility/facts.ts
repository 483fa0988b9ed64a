import type { StaffRole } from '../../accounts/account.ts';
import { queryRows } from '../../platform/db/database.ts';
import { listErasedSuppressions, type SuppressionKind } from '../../platform/mail/suppressions.ts';
import type { DeclineReason } from '../invitation.ts';
import { openSql } from '../status.ts';

/** An address to invite, and what the invitation would grant besides registering. */
export type Candidate = Readonly<{
  /** Normalised by `normaliseAddress`. */
  email: string;
  groupId?: string | null;
  staffRole?: StaffRole | null;
}>;

/** What the database knows about an address. `eligibility.ts` derives the reasons from it. */
export type AddressFacts = Readonly<{
  accountId: string | null;
  accountName: string | null;
  suspendedAt: Date | null;
  isMember: boolean;
  openInvitationId: string | null;
  openCreatedAt: Date | null;
  openExpiresAt: Date | null;
  inviter: string | null;
  declinedId: string | null;
  declinedAt: Date | null;
  declinedReason: DeclineReason | null;
  acceptedAt: Date | null;
  revokedId: string | null;
  revokedAt: Date | null;
  revokedReason: string | null;
  ageBlockedId: string | null;
  ageBlockedAt: Date | null;
  reportedDeceasedAt: Date | null;
  suppressions: readonly Readonly<{ kind: SuppressionKind; at: string | Date }>[];
  yearsOfBirth: readonly (number | null)[];
  inactiveCount: number;
  deceasedNames: readonly string[];
}>;

// With an account, a decline is about what that invitation offered, such as a group. It doesn't count against other
// groups.
const declinedSql =
  'i.declined_at is not null and (a.id is null or i.group_id is not distinct from input.group_id)';

/** @returns one row for each candidate, in the order given */
export async function listAddressFacts(candidates: readonly Candidate[]): Promise<AddressFacts[]> {
  const facts = await queryAddressFacts(candidates);
  const erased = await listErasedSuppressions(candidates.map(({ email }) => email));
  return facts.map((known, index) => {
    const kept = erased.get(candidates[index]?.email.toLowerCase() ?? '') ?? [];
    const added = kept.map(({ kind, createdAt: at }) => ({ kind, at }));
    return { ...known, suppressions: [...known.suppressions, ...added] };
  });
}

function queryAddressFacts(candidates: readonly Candidate[]): Promise<AddressFacts[]> {
  return queryRows<AddressFacts>(
    `select a.id as account_id, a.name as account_name, a.suspended_at, m.id is not null as is_member,
       history.open_invitation_id, history.open_created_at, history.open_expires_at, inviter.name as inviter,
       history.declined_id, history.declined_at, history.declined_reason, history.accepted_at,
       history.revoked_id, history.revoked_at, history.revoked_reason,
       history.age_blocked_id, history.age_blocked_at, reported.at as reported_deceased_at,
       coalesce(suppressed.all, '[]') as suppressions,
       directory.years_of_birth, directory.inactive_count, directory.deceased_names
     from unnest($1::citext[], $2::bigint[]) with ordinality as input (email, group_id, position)
     left join accounts a on a.email = input.email
     left join memberships m on m.group_id = input.group_id and m.account_id = a.id and m.removed_at is null
     cross join lateral (
       select max(i.id) filter (where ${openSql}) as open_invitation_id,
         max(i.invited_by) filter (where ${openSql}) as open_invited_by,
         max(i.created_at) filter (where ${openSql}) as open_created_at,
         max(i.expires_at) filter (where ${openSql}) as open_expires_at,
         (array_agg(i.id order by i.declined_at desc) filter (where ${declinedSql}))[1] as declined_id,
         max(i.declined_at) filter (where ${declinedSql}) as declined_at,
         (array_agg(i.declined_reason order by i.declined_at desc) filter (where ${declinedSql}))[1] as declined_reason,
         max(i.accepted_at) as accepted_at,
         (array_agg(i.id order by i.id desc) filter (where i.replaced_by is null))[1] as revoked_id,
         (array_agg(i.revoked_at order by i.id desc) filter (where i.replaced_by is null))[1] as revoked_at,
         (array_agg(i.revoked_reason order by i.id desc) filter (where i.replaced_by is null))[1] as revoked_reason,
         max(i.id) filter (where i.age_blocked_at is not null) as age_blocked_id,
         max(i.age_blocked_at) as age_blocked_at
       from invitations i where i.email = input.email) history
     left join accounts inviter on inviter.id = history.open_invited_by
     left join lateral (
       select max(r.requested_at) as at from invitation_requests r
       where r.email = input.email and r.kind = 'deceased' and r.resolved_at is null) reported on true
     left join lateral (
       select json_agg(json_build_object('kind', s.kind, 'at', s.created_at)) as all
       from suppressions s where s.email = input.email and s.lifted_at is null) suppressed on true
     cross join lateral (
       select coalesce(array_agg(r.year_of_birth) filter (where r.state = 'active'), '{}') as years_of_birth,
         (count(*) filter (where r.state = 'inactive'))::int as inactive_count,
         coalesce(array_agg(trim(r.first_name || ' ' || r.last_name)) filter (where r.state = 'deceased'), '{}')
           as deceased_names
       from alumni_members r where r.email = input.email) directory
     order by input.position`,
    [candidates.map(({ email }) => email), candidates.map(({ groupId }) => groupId ?? null)],
  );
}
