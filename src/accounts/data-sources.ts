import { row, rows } from '../database.ts';
import type { DataSource } from './data.ts';

// What an address or an account is known by in the tables of all rooms, in one list: whoever adds a table that knows of
// people adds it here, or passes a source of its own to `dataPages`.
const ME = 'with me (account_id, email) as (select $1::bigint, $2::citext)';

/** What is held about a person, by account and address. */
export const dataSources: readonly DataSource[] = [
  {
    name: 'account',
    read: (...me) =>
      row(
        `${ME} select a.id, a.email, a.name, a.staff_role as "staffRole", a.created_at as "createdAt",
           a.suspended_at as "suspendedAt", a.suspended_reason as "suspendedReason", a.last_signed_in_at as "lastSignedInAt",
           a.password_changed_at as "passwordChangedAt", a.two_step_enabled_at as "twoStepEnabledAt",
           a.no_record_needed_at as "noRecordNeededAt", a.year_of_birth as "yearOfBirth",
           a.held_for_review_at as "heldForReviewAt", a.held_for_review_reason as "heldForReviewReason",
           a.hold_lifted_at as "holdLiftedAt",
           (select count(*)::int from recovery_codes c where c.account_id = a.id and c.used_at is null)
             as "recoveryCodesLeft"
         from accounts a join me on a.id = me.account_id`,
        me,
      ),
  },
  source(
    'profiles',
    `p.id, p.relationship, p.claimed_at as "claimedAt", p.stated_year_of_birth as "statedYearOfBirth",
       p.policy_version as "policyVersion", p.grown_up_told_at as "grownUpToldAt",
       jsonb_build_object('id', m.id::text, 'externalId', m.external_id, 'firstName', m.first_name,
         'lastName', m.last_name, 'email', m.email, 'batch', m.batch, 'center', m.center,
         'yearOfBirth', m.year_of_birth, 'emailOf', m.email_of, 'active', m.active, 'deceased', m.deceased) as record
     from profiles p join me on p.account_id = me.account_id join alumni_members m on m.id = p.alumni_member_id
     order by p.id`,
  ),
  source(
    'guardians',
    `g.profile_id as "profileId", g.name, g.email, g.is_second as "isSecond", g.asked_at as "askedAt", g.reminders,
       g.renewal_asked_at as "renewalAskedAt", g.confirmation_asked_at as "confirmationAskedAt",
       g.held_for_review_at as "heldForReviewAt", g.held_for_review_reason as "heldForReviewReason",
       g.turned_down_at as "turnedDownAt", g.erasure_asked_at as "erasureAskedAt", g.superseded_at as "supersededAt",
       case when g.profile_id in (select id from profiles where account_id = me.account_id)
         then host(g.asked_from) end as "askedFrom"
     from guardians g join me on g.email = me.email or g.account_id = me.account_id
       or g.profile_id in (select id from profiles where account_id = me.account_id)
     order by g.asked_at, g.id`,
  ),
  source(
    'consents',
    `c.profile_id as "profileId", c.act, c.guardian_name as "guardianName", c.guardian_email as "guardianEmail",
       c.authority_stated as "authorityStated", c.disclosure_version as "disclosureVersion",
       c.policy_version as "policyVersion", c.at, c.expires_at as "expiresAt",
       case when c.guardian_email = me.email then host(c.ip) end as ip
     from consents c join me on c.account_id = me.account_id or c.guardian_email = me.email
     order by c.id`,
  ),
  source(
    'invitations',
    `i.id, i.reference, i.email, i.message, i.staff_role as "staffRole", i.created_at as "createdAt",
       i.expires_at as "expiresAt", i.accepted_at as "acceptedAt", i.revoked_at as "revokedAt",
       i.revoked_reason as "revokedReason", i.declined_at as "declinedAt", i.declined_reason as "declinedReason",
       i.group_id as "groupId", i.group_role as "groupRole", i.opened_at as "openedAt", i.reminded_at as "remindedAt",
       i.age_blocked_at as "ageBlockedAt",
       i.expiry_reminded_at as "expiryRemindedAt",
       coalesce((select jsonb_agg(jsonb_build_object('kind', v.kind, 'about', v.about, 'firstAt', v.first_at,
         'lastAt', v.last_at, 'times', v.times) order by v.first_at)
         from link_visits v where v.invitation_id = i.id), '[]') as visits,
       coalesce((select jsonb_agg(jsonb_build_object('delivery', l.delivery, 'createdAt', l.created_at,
         'supersededAt', l.superseded_at) order by l.created_at)
         from invitation_links l where l.invitation_id = i.id), '[]') as links
     from invitations i join me on i.email = me.email
     order by i.id`,
  ),
  // Places in groups, and the links that one made: never a link itself.
  source(
    'memberships',
    `m.id, g.name as "group", m.role, m.status, m.created_at as "createdAt", m.joined_at as "joinedAt",
       m.account_id is not distinct from me.account_id as "isYours", m.link_id is not null as "byLink",
       m.expires_at as "linkExpiresAt", m.revoked_at as "linkRevokedAt", m.removed_at as "removedAt", m.removal
     from memberships m join groups g on g.id = m.group_id join me on m.account_id = me.account_id
       or m.account_id is null and m.invited_by = me.account_id
     order by m.id`,
  ),
  source(
    'groupWishes',
    `w.email, g.name as "group", w.role, w.wished_at as "wishedAt", w.wished_by = me.account_id as "byYou"
     from group_wishes w join groups g on g.id = w.group_id join me on w.email = me.email
       or w.wished_by = me.account_id
     order by w.id`,
  ),
  source(
    'watchedInvitations',
    `w.invitation_id as "invitationId", w.since, w.acceptance_told_at as "acceptanceToldAt",
       w.fault_told_at as "faultToldAt"
     from invitation_watches w join invitations i on i.id = w.invitation_id join me on i.invited_by = me.account_id
     order by w.invitation_id`,
  ),
  source(
    'bulkActs',
    `b.id, b.act, b.filter, b.reason, b.days, b.created_at as "createdAt", b.finished_at as "finishedAt", b.done,
       b.skipped, host(b.ip) as ip
     from bulk_acts b join me on b.made_by = me.account_id order by b.id`,
  ),
  source(
    'batches',
    `b.id, b.purpose, b.file_name as "fileName", b.created_at as "createdAt", b.confirmed_at as "confirmedAt",
       b.recalled_at as "recalledAt", host(b.ip) as ip
     from batches b join me on me.account_id in (b.made_by, b.confirmed_by, b.recalled_by) order by b.id`,
  ),
  source(
    'batchRows',
    `r.batch_id as "batchId", r.line, r.cells, r.verdict, r.remark, r.outcome
     from batch_rows r join me on r.batch_id in (select id from batches where purpose = 'invitations')
       and r.key = lower(me.email::text)
     order by r.batch_id, r.line`,
  ),
  source(
    'invitationRequests',
    `r.email, r.asked_at as "askedAt", r.last_asked_at as "lastAskedAt", r.times, r.answered_at as "answeredAt",
       r.answer, r.dismissed_reason as "dismissedReason"
     from invitation_requests r join me on r.email = me.email order by r.id`,
  ),
  source(
    'messages',
    `m.template, m.recipient, m.reference, m.queued_at as "queuedAt", m.sent_at as "sentAt",
       m.bounced_at as "bouncedAt", m.failed_at as "failedAt", m.dropped_at as "droppedAt",
       m.bounce_released_at as "bounceReleasedAt"
     from messages m join me on m.recipient = me.email or m.account_id = me.account_id
     order by m.queued_at, m.id`,
  ),
  source(
    'passwordResets',
    `r.created_at as "createdAt", r.expires_at as "expiresAt", r.used_at as "usedAt"
     from password_resets r join me on r.account_id = me.account_id order by r.created_at, r.id`,
  ),
  source(
    'sessions',
    `s.sess ->> 'device' as device, to_timestamp((s.sess ->> 'startedAt')::float8 / 1000) as "startedAt",
       to_timestamp((s.sess ->> 'seenAt')::float8 / 1000) as "seenAt", s.expire as "endsAt"
     from sessions s join me on s.sess #>> '{passport,user}' = me.account_id::text
     where s.expire > now() order by "startedAt"`,
  ),
  // Where somebody else acted, neither who nor from where: that is about them.
  source(
    'auditEvents',
    `e.at, e.action, e.subject_type as "subjectType", e.subject_id as "subjectId", e.detail,
       e.actor_account_id is not distinct from me.account_id as "byYou",
       case when e.actor_account_id = me.account_id then host(e.ip) end as ip
     from audit_events e join me on e.actor_account_id = me.account_id
       or e.subject_type = 'account' and e.subject_id = me.account_id::text
       or e.subject_type = 'invitation' and e.subject_id in
         (select id::text from invitations where email = me.email)
     order by e.id`,
  ),
];

function source(name: string, query: string): DataSource {
  return { name, read: (...me) => rows(`${ME} select ${query}`, me) };
}
