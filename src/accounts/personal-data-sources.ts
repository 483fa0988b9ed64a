import { columnsOf, queryRow, queryRows } from '../platform/db/database.ts';
import { Account } from './account.ts';
import type { PersonalDataSource, PersonIds } from './personal-data.ts';

// Lists every table that contains personal data. When you add such a table, add it here.
const ME_CTE = 'with me (account_id, email, record_ids) as (select $1::bigint, $2::citext, $3::bigint[])';
const ACCOUNT_COLUMNS = columnsOf(Account, 'a', [
  'id',
  'email',
  'name',
  'staffRole',
  'language',
  'createdAt',
  'suspendedAt',
  'suspendedReason',
  'lastSignedInAt',
  'passwordChangedAt',
  'twoStepEnabledAt',
  'noRecordNeededAt',
  'yearOfBirth',
  'heldForReviewAt',
  'heldForReviewReason',
  'holdLiftedAt',
  'shownToClassmatesAt',
]);

/** Reads the data about a person, by account and address. */
export const personalDataSources: readonly PersonalDataSource[] = [
  {
    name: 'account',
    read: (person) =>
      queryRow(
        `${ME_CTE} select ${ACCOUNT_COLUMNS},
           (select count(*)::int from recovery_codes c where c.account_id = a.id and c.used_at is null)
             as recovery_codes_left
         from accounts a join me on a.id = me.account_id`,
        bindsOf(person),
      ),
  },
  sqlSource(
    'profiles',
    `p.id, p.relationship, p.claimed_at, p.stated_year_of_birth,
       p.policy_version, p.coming_of_age_notified_at,
       jsonb_build_object('id', m.id::text, 'externalId', m.external_id, 'firstName', m.first_name,
         'lastName', m.last_name, 'formerName', m.former_name, 'email', m.email, 'batch', m.batch, 'center', m.center,
         'yearOfBirth', m.year_of_birth, 'language', m.language, 'emailOf', m.email_of, 'otherEmails', m.other_emails, 'active', m.active, 'deceased', m.deceased) as record
     from profiles p join me on p.account_id = me.account_id join alumni_members m on m.id = p.alumni_member_id
     order by p.id`,
  ),
  sqlSource(
    'records',
    `m.id, m.external_id, m.first_name, m.last_name, m.former_name, m.email, m.email_of, m.other_emails, m.batch, m.center,
       m.year_of_birth, m.language, m.active, m.deceased, m.created_at, m.updated_at, m.merged_into, m.merged_at
     from alumni_members m join me on m.id = any(me.record_ids) or m.merged_into = any(me.record_ids)
     order by m.id`,
  ),
  sqlSource(
    'addressChanges',
    `c.old_email, c.new_email, c.reason, c.requested_at, c.expires_at, c.confirmed_at, c.cancelled_at, c.undone_at
     from address_changes c join me on c.account_id = me.account_id
     order by c.requested_at`,
  ),
  sqlSource(
    'recordCorrections',
    `c.field, c.old_value, c.new_value, c.proposed_at, c.decided_at, c.is_accepted, c.refused_reason
     from record_corrections c join me on c.account_id = me.account_id or c.alumni_member_id = any(me.record_ids)
     order by c.id`,
  ),
  sqlSource(
    'legalTexts',
    `l.kind, l.version, l.at from legal_acceptances l join me on l.account_id = me.account_id order by l.at, l.kind`,
  ),
  sqlSource(
    'someoneElseAnswers',
    `jsonb_build_object('id', m.id::text, 'externalId', m.external_id, 'firstName', m.first_name,
       'lastName', m.last_name) as record, s.answered_at
     from someone_else_answers s join me on s.account_id = me.account_id
       join alumni_members m on m.id = s.alumni_member_id
     order by s.answered_at, s.alumni_member_id`,
  ),
  sqlSource(
    'guardians',
    `g.profile_id, g.name, g.email, g.is_second, g.requested_at, g.reminders,
       g.renewal_requested_at, g.confirmation_requested_at,
       g.held_for_review_at, g.held_for_review_reason,
       g.rejected_at, g.erasure_requested_at, g.superseded_at,
       case when g.profile_id in (select id from profiles where account_id = me.account_id)
         then host(g.requested_from_ip) end as requested_from_ip
     from guardians g join me on g.email = me.email or g.account_id = me.account_id
       or g.profile_id in (select id from profiles where account_id = me.account_id)
     order by g.requested_at, g.id`,
  ),
  sqlSource(
    'consents',
    `c.profile_id, c.decision, c.guardian_name, c.guardian_email,
       c.authority_stated, c.disclosure_version,
       c.policy_version, c.at, c.expires_at,
       case when c.guardian_email = me.email then host(c.ip) end as ip
     from consents c join me on c.account_id = me.account_id or c.guardian_email = me.email
     order by c.id`,
  ),
  sqlSource(
    'invitations',
    `i.id, i.reference, i.email, i.message, i.language, i.staff_role, i.created_at,
       i.expires_at, i.accepted_at, i.revoked_at,
       i.revoked_reason, i.declined_at, i.declined_reason,
       i.group_id, i.group_role, i.opened_at, i.reminded_at,
       i.age_blocked_at,
       i.expiry_reminded_at,
       coalesce((select jsonb_agg(jsonb_build_object('kind', o.kind, 'detail', o.detail, 'firstAt', o.first_at,
         'lastAt', o.last_at, 'openCount', o.open_count) order by o.first_at)
         from link_opens o where o.invitation_id = i.id), '[]') as link_opens,
       coalesce((select jsonb_agg(jsonb_build_object('delivery', l.delivery, 'createdAt', l.created_at,
         'supersededAt', l.superseded_at) order by l.created_at)
         from invitation_links l where l.invitation_id = i.id), '[]') as links
     from invitations i join me on i.email = me.email
     order by i.id`,
  ),
  // Memberships, and the group links that the person created (without the secret links).
  sqlSource(
    'memberships',
    `m.id, g.name as "group", m.role, m.status, m.created_at, m.joined_at,
       m.account_id is not distinct from me.account_id as is_yours, m.link_id is not null as by_link,
       m.expires_at as link_expires_at, m.revoked_at as link_revoked_at, m.removed_at, m.removal_reason
     from memberships m join groups g on g.id = m.group_id join me on m.account_id = me.account_id
       or m.account_id is null and m.invited_by = me.account_id
     order by m.id`,
  ),
  sqlSource(
    'groupInvitationRequests',
    `r.email, g.name as "group", r.role, r.requested_at, r.requested_by = me.account_id as by_you
     from group_invitation_requests r join groups g on g.id = r.group_id join me on r.email = me.email
       or r.requested_by = me.account_id
     order by r.id`,
  ),
  sqlSource(
    'inviterNotifications',
    `n.invitation_id, n.created_at, n.acceptance_notified_at, n.failure_notified_at
     from inviter_notifications n join invitations i on i.id = n.invitation_id join me on i.invited_by = me.account_id
     order by n.invitation_id`,
  ),
  sqlSource(
    'bulkActions',
    `b.id, b.type, b.filter, b.reason, b.days, b.created_at, b.finished_at, b.done,
       b.skipped, host(b.ip) as ip
     from bulk_actions b join me on b.created_by = me.account_id order by b.id`,
  ),
  sqlSource(
    'imports',
    `i.id, i.kind, i.file_name, i.created_at, i.confirmed_at, i.undone_at, host(i.ip) as ip
     from imports i join me on me.account_id in (i.uploaded_by, i.confirmed_by, i.undone_by) order by i.id`,
  ),
  sqlSource(
    'importRows',
    `r.import_id, r.line, r.cells, r.status, r.explanation
     from import_rows r join me on r.record_id = any(me.record_ids)
       or r.import_id in (select id from imports where kind = 'invitees') and r.key = lower(me.email::text)
     order by r.import_id, r.line`,
  ),
  sqlSource(
    'campaigns',
    `c.id, c.name, c.created_at, c.confirmed_at, c.recalled_at, host(c.ip) as ip
     from campaigns c join me on me.account_id in (c.created_by, c.confirmed_by, c.recalled_by) order by c.id`,
  ),
  sqlSource(
    'campaignRecipients',
    `c.name as campaign, r.name, r.message, r.language, r.status, r.explanation, r.outcome
     from campaign_recipients r join me on r.email = me.email join campaigns c on c.id = r.campaign_id
     order by r.campaign_id`,
  ),
  sqlSource(
    'invitationRequests',
    `case when r.email = me.email then r.email end as email, r.kind, r.requested_at, r.last_requested_at,
       r.request_count, r.resolved_at, r.resolution, r.dismissed_reason, said.*
     from invitation_requests r join me on r.email = me.email or r.new_email = me.email or r.account_id = me.account_id
     left join lateral (select r.name, r.school_name, r.last_year, r.center, r.new_email, r.note
       where r.kind <> 'shared-address' or r.new_email = me.email) said on true
     order by r.id`,
  ),
  sqlSource(
    'suppressions',
    `s.kind, s.created_at, s.reason, s.lifted_at
     from suppressions s join me on s.email = me.email order by s.id`,
  ),
  sqlSource(
    'messages',
    `m.template, m.recipient, m.reference, m.queued_at, m.sent_at,
       m.bounced_at, m.failed_at, m.dropped_at
     from messages m join me on m.recipient = me.email or m.account_id = me.account_id
     order by m.queued_at, m.id`,
  ),
  sqlSource(
    'passwordResets',
    `r.created_at, r.expires_at, r.used_at
     from password_resets r join me on r.account_id = me.account_id order by r.created_at, r.id`,
  ),
  sqlSource(
    'sessions',
    `s.sess ->> 'device' as device, to_timestamp((s.sess ->> 'startedAt')::float8 / 1000) as started_at,
       to_timestamp((s.sess ->> 'seenAt')::float8 / 1000) as seen_at, s.expire as ends_at
     from sessions s join me on s.sess #>> '{passport,user}' = me.account_id::text
     where s.expire > now() order by started_at`,
  ),
  sqlSource(
    'apiKeys',
    `k.id, k.name, k.start, k.scopes, k.created_at, k.expires_at, k.last_used_at, k.revoked_at
     from api_keys k join me on k.account_id = me.account_id
     order by k.id`,
  ),
  // Events caused by other people are listed without the actor and the IP address, which are the other person's data.
  sqlSource(
    'auditEvents',
    `e.at, e.action, e.subject_type, e.subject_id, e.detail,
       coalesce(e.actor_account_id = me.account_id, false) as by_you,
       case when e.actor_account_id = me.account_id then host(e.ip) end as ip
     from audit_events e join me on e.actor_account_id = me.account_id
       or e.subject_type = 'account' and e.subject_id = me.account_id::text
       or e.subject_type = 'invitation' and e.subject_id in
         (select id::text from invitations where email = me.email)
       or e.subject_type = 'alumni-record' and e.subject_id in (select unnest(me.record_ids)::text)
       or e.subject_type = 'suppression' and e.subject_id in
         (select id::text from suppressions where email = me.email)
     order by e.id`,
  ),
];

/** The ids by which the data of an account's owner is found. */
export async function personIdsOf({
  id,
  email,
}: Readonly<{ id: string; email: string }>): Promise<PersonIds> {
  const own = await queryRows<{ recordId: string }>(
    `select alumni_member_id as record_id from profiles where account_id = $1 and relationship = 'self'`,
    [id],
  );
  return { accountId: id, email, recordIds: own.map(({ recordId }) => recordId) };
}

function sqlSource(name: string, query: string): PersonalDataSource {
  return { name, read: (person) => queryRows(`${ME_CTE} select ${query}`, bindsOf(person)) };
}

function bindsOf({ accountId, email, recordIds }: PersonIds): unknown[] {
  return [accountId, email, recordIds];
}
