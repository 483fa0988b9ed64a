import { endHold } from '../accounts/review.ts';
import { type Access, type AgePolicy, accessAt, earliestReturn } from '../alumni/age.ts';
import { holdRecords, type ListedRecord } from '../alumni/listed-record.ts';
import { claim, Profile } from '../alumni/profile.ts';
import { displayName } from '../alumni/record.ts';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction } from '../database.ts';
import { Conflict } from '../errors.ts';
import { queueMail } from '../mail/messages.ts';
import { readSettings } from '../settings.ts';
import { newReference } from '../web/reference.ts';
import { date } from '../web/view.ts';
import { holdRegistration, type Registration, requireUnmatched } from './unmatched.ts';

/** Whether somebody can be matched with a record: with which access, or why not, as one sentence. */
export type Verdict = Readonly<{ access: Exclude<Access, 'blocked'> } | { why: string }>;

/** Judges records for a match by hand, by their ids. */
export async function verdictsOn(records: readonly ListedRecord[]): Promise<Map<string, Verdict>> {
  const policy = await readSettings();
  const taken = await Profile.findAll({
    where: { relationship: 'self', alumniMemberId: records.map(({ id }) => id) },
    include: { association: 'account', attributes: ['email'] },
  });
  const owners = new Map(taken.map(({ alumniMemberId, account }) => [alumniMemberId, account?.email]));
  return new Map(records.map((one) => [one.id, judge(one, owners.get(one.id) ?? null, policy)]));
}

/**
 * Says for an account which person of the register it is, as if the person had answered “this is me”, and tells the person.
 * A minor then waits for a guardian, whom they are asked to name. A hold ends: the office knows who it is.
 * @throws NotFound, Conflict when the account has a record, or the record can’t be claimed
 */
export async function matchByHand(
  accountId: string,
  recordId: string,
  actor: Actor,
): Promise<{ account: Registration; record: ListedRecord; access: Access }> {
  return inTransaction(async () => {
    const [held] = await holdRecords([recordId]);
    const account = await holdRegistration(accountId);
    requireUnmatched(account);
    if (!held) throw new Error('the record was not held');
    const verdict = (await verdictsOn([held])).get(held.id);
    if (!verdict || 'why' in verdict) throw new Conflict(verdict?.why ?? 'This record can’t be matched.');
    await giveUpChildren(accountId, held.id, verdict.access);
    await endHold(accountId, actor);
    const { policyVersion } = await readSettings();
    const given = {
      accountId,
      recordId,
      relationship: 'self',
      statedYearOfBirth: null,
      policyVersion,
    } as const;
    const profileId = await claim(given, actor);
    const event = { action: 'account.matched', subject: 'account', subjectId: accountId } as const;
    await record(actor, { ...event, detail: { recordId, profileId } });
    const mail = { template: 'record-matched', to: account.email, subjectId: profileId, accountId };
    await queueMail({ ...mail, reference: newReference() });
    return { account, record: held, access: verdict.access };
  });
}

// Whoever is a minor answers for nobody; and whoever claimed this record as a child's turns out to be that person.
async function giveUpChildren(accountId: string, recordId: string, access: Access): Promise<void> {
  await Profile.destroy({ where: { accountId, alumniMemberId: recordId, relationship: 'child' } });
  const left = await Profile.count({ where: { accountId } });
  if (left > 0 && access !== 'full')
    throw new Conflict('This account claims children, and the record is of a minor, who can’t.');
}

function judge(one: ListedRecord, owner: string | null, policy: AgePolicy): Verdict {
  const name = displayName(one);
  if (one.state === 'merged') return { why: 'This record was merged into another one.' };
  if (one.state === 'deceased') return { why: `${name} is marked as deceased.` };
  if (one.state === 'inactive') return { why: 'This record is inactive. Make it active first.' };
  if (owner !== null) return { why: `${owner} has said already: this is me.` };
  if (one.yearOfBirth === null)
    return {
      why: 'The year of birth is missing. Add it to the record first: minors need a guardian’s consent.',
    };
  const access = accessAt(one.yearOfBirth, new Date(), policy);
  if (access === 'blocked')
    return {
      why: `${name} is too young to be admitted, until ${date(earliestReturn(one.yearOfBirth, policy))}.`,
    };
  return { access };
}
