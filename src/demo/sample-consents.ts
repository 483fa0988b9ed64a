import { randomUUID } from 'node:crypto';
import { CONSENT_MONTHS } from '../consent/consent.ts';
import type { Act } from '../consent/standing.ts';
import { hashOfLink, signLink } from '../links.ts';
import { nameOf } from './sample-households.ts';
import { mailRow } from './sample-letters.ts';
import type { Claim } from './sample-members.ts';
import { bytea, DAY, MINUTE, type PastEvent, type Row, visitorAt } from './sample-past.ts';

/** Who answers for a minor, and what they have decided so far. */
type Answering = Readonly<{
  id: string;
  claim: Claim;
  name: string;
  email: string;
  askedAt: Date;
  acts: readonly Readonly<{ act: Act; at: Date }>[];
}>;

/** What to write of all of them. The consents have no ids yet; they are given in the order of their times. */
export type Consenting = Readonly<{
  guardians: Row[];
  consents: Row[];
  mails: Row[];
  events: (consentIds: readonly string[]) => PastEvent[];
}>;

/** The versions of what was read and of the policy that all decisions were made under. */
type Versions = Readonly<{ disclosure: number; policy: number }>;

export function consentingOf(claims: readonly Claim[], versions: Versions, now: Date): Consenting {
  const young = claims.filter(({ person }) => person.access === 'consent');
  const own = young.filter(({ relationship }) => relationship === 'self');
  const children = young.filter(({ relationship }) => relationship === 'child');
  const families = [...new Set(children.map(({ member }) => member))].reverse();
  const answering = [
    ...own.map(askedByMail),
    ...children.flatMap((claim) => decidedFor(claim, families.indexOf(claim.member), now)),
  ];
  const decisions = answering
    .flatMap((one) => one.acts.map((decision) => ({ ...one, ...decision })))
    .sort((one, other) => one.at.getTime() - other.at.getTime());
  return {
    guardians: answering.map((one) => guardianRow(one, now)),
    consents: decisions.map((one) => consentRow(one, versions)),
    mails: [...answering.flatMap((one) => requestMails(one, now)), ...decisions.flatMap(decisionMails)],
    events: (ids) => [
      ...answering.flatMap(askedEvent),
      ...decisions.map((one, place) => decisionEvent(one, ids[place] ?? '', versions)),
    ],
  };
}

/** Young people name somebody who answers for them; nobody of those has answered yet. */
function askedByMail(claim: Claim, place: number): Answering {
  const { at: askedAt, told } = claim.member;
  const name = `${parents[place % parents.length]} ${claim.person.lastName}`;
  const email = `parents.of.${told.story.household.email}`;
  return { id: randomUUID(), claim, name, email, askedAt, acts: [] };
}

/**
 * Most parents decide when they register, for all their children at once; the last and the third last family hasn't,
 * some said no, or took it back.
 */
function decidedFor(claim: Claim, fromLast: number, now: Date): Answering[] {
  if (fromLast === 0 || fromLast === 2) return [];
  const { member } = claim;
  const at = new Date(member.at.getTime() + 2 * MINUTE);
  const later = new Date(at.getTime() + 6 * DAY);
  const ends = fromLast % 12 === 6 && later < now ? [{ act: 'withdrawn' as const, at: later }] : [];
  const acts =
    fromLast % 12 === 5 ? [{ act: 'refused' as const, at }] : [{ act: 'granted' as const, at }, ...ends];
  const { email } = member.told.story.household;
  return [{ id: randomUUID(), claim, name: nameOf(member.person), email, askedAt: at, acts }];
}

const parents = ['Marit', 'Anselm'] as const;

function guardianRow({ id, claim, name, email, askedAt }: Answering, now: Date): Row {
  return {
    id,
    profile_id: claim.id,
    name,
    email,
    account_id: claim.relationship === 'child' ? claim.member.accountId : null,
    token_hash: bytea(hashOfLink(signLink('guardian', id))),
    asked_at: askedAt,
    reminders: remindedAt({ claim, askedAt }, now) ? 1 : 0,
  };
}

/** Whoever was asked by mail, and has said nothing for three days, was asked again. */
function remindedAt({ claim, askedAt }: Pick<Answering, 'claim' | 'askedAt'>, now: Date): Date | null {
  const at = new Date(askedAt.getTime() + 3 * DAY + 20 * MINUTE);
  return claim.relationship === 'self' && at < now ? at : null;
}

type Decision = Answering & Readonly<{ act: Act; at: Date }>;

function consentRow({ id, claim, name, email, act, at }: Decision, versions: Versions): Row {
  const until = new Date(at);
  until.setUTCMonth(until.getUTCMonth() + CONSENT_MONTHS);
  return {
    profile_id: claim.id,
    account_id: claim.member.accountId,
    alumni_member_id: claim.person.recordId,
    guardian_id: id,
    act,
    guardian_name: name,
    guardian_email: email,
    authority_stated: act === 'granted',
    disclosure_version: versions.disclosure,
    policy_version: versions.policy,
    at,
    expires_at: act === 'granted' ? until : null,
    ip: claim.member.from.ip,
  };
}

function requestMails(one: Answering, now: Date): Row[] {
  const { id: subjectId, claim, email: recipient, askedAt } = one;
  if (claim.relationship === 'child') return [];
  const mail = { template: 'guardian-request', recipient, subjectId, accountId: claim.member.accountId };
  const again = remindedAt(one, now);
  return [askedAt, ...(again ? [again] : [])].map((queuedAt) => mailRow({ ...mail, queuedAt }));
}

function decisionMails({ id: subjectId, claim, email: recipient, act, at: queuedAt }: Decision): Row[] {
  if (act === 'refused') return [];
  return [
    mailRow({
      template: `consent-${act}`,
      recipient,
      subjectId,
      accountId: claim.member.accountId,
      queuedAt,
    }),
  ];
}

function askedEvent({ id: guardianId, claim }: Answering): PastEvent[] {
  const { accountId, at, from } = claim.member;
  if (claim.relationship === 'child') return [];
  const about = { action: 'guardian.asked', subject: 'profile', subjectId: claim.id } as const;
  return [{ ...from, ...about, at, actor: 'account', accountId, detail: { guardianId } }];
}

function decisionEvent({ claim, act, at }: Decision, consentId: string, { disclosure }: Versions): PastEvent {
  const about = { action: `consent.${act}`, subject: 'profile', subjectId: claim.id } as const;
  const { accountId, from } = claim.member;
  const detail = { consentId, disclosureVersion: disclosure };
  return { ...about, at, actor: 'account', accountId, ...visitorAt(0), ip: from.ip, detail };
}
