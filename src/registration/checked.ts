import { Account, type HoldReason } from '../accounts/account.ts';
import { holdForReview } from '../accounts/review.ts';
import type { Actor } from '../audit/audit.ts';
import { askGuardian, readGuardian } from '../consent/asking.ts';
import { hasNamedGuardian, type NamedGuardian } from '../consent/guardian.ts';
import { inTransaction } from '../database.ts';
import { Conflict, Invalid } from '../errors.ts';
import { blockByAge } from '../invitations/age-block.ts';
import type { FoundLink } from '../invitations/link.ts';
import { readSettings, type Settings } from '../settings.ts';
import { type Answers, type Claimable, claimable, type Judged, keepClaims, readClaims } from './claims.ts';
import { enteredYears, forgetFirstYears, keepFirstYears } from './first-years.ts';
import { TooYoung } from './too-young.ts';

/** A minor names a guardian; from anybody else the two fields are not read. */
export type Typed = Answers & Readonly<{ guardianName: string; guardianEmail: string }>;

/** What was answered, checked against every rule: nothing is written before all of it is right. */
export type Checked = Judged & Readonly<{ policy: Settings; guardian: NamedGuardian | null }>;

/**
 * Checks the answers of whoever opened an invitation, a new member (null) or an account. Whoever is too young ends the
 * invitation for everybody until staff reopen it; the first year that is entered counts.
 * @throws Invalid, TooYoung
 */
export async function check(
  link: FoundLink,
  account: Account | null,
  typed: Typed,
  actor: Actor,
): Promise<Checked> {
  const policy = await readSettings();
  const known = await claimable(link.email, account?.id ?? null);
  const entered = enteredYears(known, typed);
  try {
    const checked = await judge(known, link.email, typed, policy);
    const gainsAccess = await keepFirstYears(link.invitationId, entered, policy);
    return gainsAccess ? { ...checked, hold: checked.hold ?? 'changed-year' } : checked;
  } catch (error) {
    if (error instanceof Invalid) await keepFirstYears(link.invitationId, entered, policy);
    if (error instanceof TooYoung) await endForTheYoung(link, account, actor);
    throw error;
  }
}

async function judge(known: Claimable, email: string, typed: Typed, policy: Settings): Promise<Checked> {
  const judged = readClaims(known, typed, policy);
  const isMinor = judged.claims.some(
    ({ relationship, access }) => relationship === 'self' && access === 'consent',
  );
  return { ...judged, policy, guardian: isMinor ? await readGuardian(typed, email) : null };
}

function endForTheYoung(link: FoundLink, account: Account | null, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await blockByAge(link.invitationId, actor);
    await forgetFirstYears(link.invitationId);
    if (account) await holdForReview(account.id, 'too-young', actor);
  });
}

/** Writes down what was checked, in the caller's transaction. */
export async function keep(
  accountId: string,
  { policy, claims, guardian, hold }: Checked,
  actor: Actor,
): Promise<void> {
  const minorsOwn = await keepClaims(accountId, claims, policy, actor);
  if (minorsOwn && guardian) await askGuardian(minorsOwn, accountId, guardian, actor);
  if (hold) await holdForReview(accountId, hold, actor);
}

/** The same for an account that exists, with its year of birth unless that is known. */
export async function keepWithYear({ id }: Account, checked: Checked, actor: Actor): Promise<void> {
  const { ownYearOfBirth: yearOfBirth } = checked;
  if (yearOfBirth !== null) await Account.update({ yearOfBirth }, { where: { id, yearOfBirth: null } });
  await keep(id, checked, actor);
}

/**
 * Claims records that came under the address since. The account is read anew, so a minor’s stays a minor’s.
 * @throws Invalid, TooYoung, Conflict
 */
export async function addClaims(account: Account, answers: Typed, actor: Actor): Promise<void> {
  await claimAs(account, await claimable(account.email, account.id), answers, actor);
}

/** For an account whose age nothing tells: its own statement, which is made once. @throws Invalid, TooYoung, Conflict */
export async function stateOwnYear(account: Account, ownYearOfBirth: string, actor: Actor): Promise<void> {
  const known = await claimable(account.email, account.id);
  if (known.knownYear !== null) throw new Conflict('We know your year of birth already.');
  const answers = { records: {}, yearOfBirth: {}, ownYearOfBirth, guardianName: '', guardianEmail: '' };
  // The office knew better once: a guardian was asked about this very person.
  const hold = (await hasNamedGuardian(account.id)) ? 'changed-year' : null;
  await claimAs(account, { ...known, records: [] }, answers, actor, hold);
}

async function claimAs(
  account: Account,
  known: Claimable,
  answers: Typed,
  actor: Actor,
  hold: HoldReason | null = null,
): Promise<void> {
  const checked = await judge(known, account.email, answers, await readSettings()).catch(
    async (error: unknown) => {
      if (error instanceof TooYoung) await inTransaction(() => holdForReview(account.id, 'too-young', actor));
      throw error;
    },
  );
  await inTransaction(() => keepWithYear(account, { ...checked, hold: checked.hold ?? hold }, actor));
}
