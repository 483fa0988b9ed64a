import { accessAt } from '../alumni/age.ts';
import { rows } from '../database.ts';
import type { DeclineReason } from '../invitations/invitation.ts';
import { openSql } from '../invitations/status.ts';
import { readSettings, type Settings } from '../settings.ts';
import { date } from '../web/view.ts';
import type { InvitationFacts, InvitationVerdict } from './invitation-words.ts';
import type { FitRow, Judgement } from './purpose.ts';

/** What is known of an address, from all tables at once. `years` are those of birth of its active records. */
export type Known = Readonly<{
  line: number;
  intoGroup: boolean;
  openSince: Date | null;
  openUntil: Date | null;
  account: boolean;
  member: boolean;
  declinedAt: Date | null;
  declinedReason: DeclineReason | null;
  bouncedAt: Date | null;
  years: (number | null)[];
  deceased: number;
  revokedAt: Date | null;
  revokedReason: string | null;
}>;

/** Whom to look up: `groupId` is the group that they are to be asked into. */
export type Asked = Readonly<{ line: number; email: string; groupId: string | null }>;

type Said = Readonly<{ verdict: InvitationVerdict; remark: string | null }>;

export async function judgeInvitations(
  fit: readonly FitRow<InvitationFacts>[],
): Promise<ReadonlyMap<number, Judgement>> {
  const settings = await readSettings();
  const asked = fit.map(({ line, facts: { email, groupId } }) => ({ line, email, groupId }));
  const known = await whatIsKnown(asked);
  return new Map(known.map((each) => [each.line, verdictOn(each, settings, new Date())]));
}

/** Looks some thousand addresses up, in one statement. */
export function whatIsKnown(asked: readonly Asked[]): Promise<Known[]> {
  return rows<Known>(
    `select given.line, given.group_id is not null as into_group, history.open_since,
       history.open_until, a.id is not null as account, m.id is not null as member,
       history.declined_at, history.declined_reason,
       mail.bounced_at, register.years, register.deceased,
       history.revoked_at, history.revoked_reason
     from unnest($1::int[], $2::citext[], $3::bigint[]) as given (line, email, group_id)
     left join accounts a on a.email = given.email
     left join memberships m on m.group_id = given.group_id and m.account_id = a.id and m.removed_at is null
     cross join lateral (
       select max(i.created_at) filter (where ${openSql}) as open_since,
         max(i.expires_at) filter (where ${openSql}) as open_until,
         max(i.declined_at) as declined_at,
         (array_agg(i.declined_reason order by i.id desc) filter (where i.declined_at is not null))[1]
           as declined_reason,
         (array_agg(i.revoked_at order by i.id desc))[1] as revoked_at,
         (array_agg(i.revoked_reason order by i.id desc))[1] as revoked_reason
       from invitations i where i.email = given.email) history
     left join lateral (
       select case when o.bounce_released_at is null then o.bounced_at end as bounced_at from messages o
       where o.recipient = given.email and (o.sent_at is not null or o.bounced_at is not null)
       order by coalesce(o.sent_at, o.bounced_at) desc limit 1) mail on true
     cross join lateral (
       select coalesce(array_agg(r.year_of_birth) filter (where r.active and not r.deceased), '{}') as years,
         (count(*) filter (where r.deceased))::int as deceased
       from alumni_members r where r.email = given.email) register`,
    [asked.map(({ line }) => line), asked.map(({ email }) => email), asked.map(({ groupId }) => groupId)],
  );
}

/** The first of these that holds; what speaks against writing to somebody comes before what is merely worth knowing. */
export function verdictOn(known: Known, settings: Settings, asOf: Date): Said {
  const { openSince, openUntil, account, member, intoGroup, declinedAt, bouncedAt, years, deceased } = known;
  if (openSince && openUntil) {
    const until = openUntil <= asOf ? `expired on ${date(openUntil)}` : `valid until ${date(openUntil)}`;
    return said('open', `Invited on ${date(openSince)}, ${until}`);
  }
  if (account && !intoGroup) return said('account');
  if (member) return said('member');
  if (declinedAt)
    return said('declined', `On ${date(declinedAt)}: ${declines[known.declinedReason ?? 'not-me']}`);
  if (bouncedAt) return said('bounced', `On ${date(bouncedAt)}`);
  if (account) return said('account-group');
  if (years.length === 0 && deceased > 0) return said('deceased');
  if (known.revokedAt) {
    return said('revoked', `On ${date(known.revokedAt)}: ${known.revokedReason ?? 'no reason was given'}`);
  }
  if (years.length > 0 && years.every((year) => isMinor(year, settings, asOf))) return said('minor');
  if (years.length > 1) return said('several', `${years.length} records`);
  return said(years.length === 1 ? 'new' : 'none');
}

const declines: Readonly<Record<DeclineReason, string>> = {
  'not-me': 'it isn’t them',
  'rather-not': 'they would rather not join',
  stop: 'they asked us to stop writing',
  deceased: 'the person has died',
};

function isMinor(yearOfBirth: number | null, settings: Settings, asOf: Date): boolean {
  return yearOfBirth !== null && accessAt(yearOfBirth, asOf, settings) !== 'full';
}

function said(verdict: InvitationVerdict, remark: string | null = null): Said {
  return { verdict, remark };
}
