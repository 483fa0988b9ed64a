import { accessAt, ageRange, describeAge, statusLabel } from '../alumni/age.ts';
import { displayName, recordsForAddress } from '../alumni/record.ts';
import { row } from '../database.ts';
import { hasBounced } from '../mail/messages.ts';
import { likelyAddress } from '../mail/typo.ts';
import { recentSettings } from '../settings.ts';
import type { DeclineReason } from './invitation.ts';
import { openSql } from './status.ts';

/** An alumni record under an address, as staff see it before they invite. */
export type Match = Readonly<{
  name: string;
  batch: number | null;
  center: string | null;
  age: string | null;
  access: 'full' | 'consent' | 'blocked' | null;
  status: string | null;
  claimed: boolean;
}>;

type Earlier = Readonly<{ id: string; at: Date }>;

/** All that is known of an address before it is invited. */
export type Acquaintance = Readonly<{
  email: string;
  /** The address that was probably meant, where this one looks like a slip. */
  meant: string | null;
  matches: readonly Match[];
  /** Names of people under the address who are said to have died. */
  deceased: readonly string[];
  /** Names of people under the address whose records are inactive: they are not matched. */
  inactive: readonly string[];
  account: Readonly<{ id: string; name: string; suspendedAt: Date | null }> | null;
  open: (Earlier & Readonly<{ inviter: string | null; expiresAt: Date }>) | null;
  revoked: (Earlier & Readonly<{ reason: string | null }>) | null;
  declined: (Earlier & Readonly<{ reason: DeclineReason }>) | null;
  hasBounced: boolean;
}>;

type Known = Pick<Acquaintance, 'account' | 'open' | 'revoked' | 'declined' | 'deceased' | 'inactive'>;

/** @param email in its one spelling, see `normaliseAddress` */
export async function acquaintanceWith(email: string): Promise<Acquaintance> {
  const [earlier, records, bounced, policy] = await Promise.all([
    known(email),
    recordsForAddress(email),
    hasBounced(email),
    recentSettings(),
  ]);
  const now = new Date();
  const matches = records.map((record): Match => {
    const { batch, center, yearOfBirth } = record;
    const access = yearOfBirth === null ? null : accessAt(yearOfBirth, now, policy);
    return {
      name: displayName(record),
      batch,
      center,
      age: yearOfBirth === null ? null : describeAge(ageRange(yearOfBirth, now)),
      access,
      status: access && statusLabel(access),
      claimed: record.claimed !== null,
    };
  });
  return { email, meant: likelyAddress(email), matches, ...earlier, hasBounced: bounced };
}

async function known(email: string): Promise<Known> {
  const found = await row<{
    accountId: string | null;
    name: string;
    suspendedAt: Date | null;
    openId: string | null;
    openAt: Date;
    expiresAt: Date;
    inviter: string | null;
    revokedId: string | null;
    revokedAt: Date;
    revokedReason: string | null;
    declinedId: string | null;
    declinedAt: Date;
    declinedReason: DeclineReason;
    deceased: string[];
    inactive: string[];
  }>(
    `select a.id as account_id, a.name, a.suspended_at, o.id as open_id, o.created_at as open_at,
       o.expires_at, o.inviter, r.id as revoked_id, r.revoked_at,
       r.revoked_reason, d.id as declined_id, d.declined_at,
       d.declined_reason,
       array(select trim(m.first_name || ' ' || m.last_name) from alumni_members m
         where m.email = me.email and m.deceased order by m.id) as deceased,
       array(select trim(m.first_name || ' ' || m.last_name) from alumni_members m
         where m.email = me.email and m.state = 'inactive' order by m.id) as inactive
     from (select $1::citext as email) me
     left join accounts a on a.email = me.email
     left join lateral (select i.id, i.created_at, i.expires_at, inviter.name as inviter from invitations i
       left join accounts inviter on inviter.id = i.invited_by where i.email = me.email and ${openSql}) o on true
     left join lateral (select i.id, i.revoked_at, i.revoked_reason from invitations i
       where i.email = me.email and i.revoked_at is not null and i.replaced_by is null
       order by i.revoked_at desc limit 1) r on true
     left join lateral (select i.id, i.declined_at, i.declined_reason from invitations i
       where i.email = me.email and i.declined_at is not null order by i.declined_at desc limit 1) d on true`,
    [email],
  );
  if (!found) throw new Error('nothing is known, not even that');
  const { accountId, openId, revokedId, declinedId, deceased, inactive } = found;
  return {
    deceased,
    inactive,
    account: accountId === null ? null : { id: accountId, name: found.name, suspendedAt: found.suspendedAt },
    open:
      openId === null
        ? null
        : { id: openId, at: found.openAt, inviter: found.inviter, expiresAt: found.expiresAt },
    revoked: revokedId === null ? null : { id: revokedId, at: found.revokedAt, reason: found.revokedReason },
    declined:
      declinedId === null ? null : { id: declinedId, at: found.declinedAt, reason: found.declinedReason },
  };
}
