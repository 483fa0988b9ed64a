import { parseNamedGuardian, requestConsent } from '../../consents/consent-requests.ts';
import { hasNamedGuardian, type NamedGuardian } from '../../consents/guardians/guardian.ts';
import { blockByAge } from '../../invitations/age-block.ts';
import type { FoundLink } from '../../invitations/link.ts';
import type { Actor } from '../../platform/audit/audit.ts';
import { inTransaction } from '../../platform/db/database.ts';
import { Conflict, InvalidInput } from '../../platform/errors.ts';
import { readSettings, type Settings } from '../../settings/settings.ts';
import { Account, type HoldReason } from '../account.ts';
import { holdForReview } from '../review-hold.ts';
import type { ClaimContext } from './claim-context.ts';
import {
  type ClaimAnswers,
  getClaimContext,
  saveClaims,
  type ValidatedClaims,
  validateClaims,
} from './claims.ts';
import { deleteEnteredYears, extractEnteredYears, recordEnteredYears } from './first-entered-years.ts';
import { TooYoung } from './too-young.ts';

/** A minor names a guardian; from anybody else the two fields are not read. */
export type RegistrationAnswers = ClaimAnswers & Readonly<{ guardianName: string; guardianEmail: string }>;

/** What was answered, checked against every rule: nothing is written before all of it is right. */
export type ValidatedAnswers = ValidatedClaims &
  Readonly<{ settings: Settings; guardian: NamedGuardian | null }>;

/**
 * Checks the answers of whoever opened an invitation, a new member (null) or an account. Whoever is too young ends the
 * invitation for everybody until staff reopen it; the first year that is entered counts.
 * @throws Invalid, TooYoung
 */
export async function validateAnswers(
  link: FoundLink,
  account: Account | null,
  answers: RegistrationAnswers,
  actor: Actor,
): Promise<ValidatedAnswers> {
  const settings = await readSettings();
  const context = await getClaimContext(link.email, account?.id ?? null);
  const entered = extractEnteredYears(context, answers);
  try {
    const validated = await validateClaimsAndGuardian(context, link.email, answers, settings);
    const gainsAccess = await recordEnteredYears(link.invitationId, entered, settings);
    return gainsAccess ? { ...validated, holdReason: validated.holdReason ?? 'changed-year' } : validated;
  } catch (error) {
    if (error instanceof InvalidInput) await recordEnteredYears(link.invitationId, entered, settings);
    if (error instanceof TooYoung) await blockTooYoung(link, account, actor);
    throw error;
  }
}

async function validateClaimsAndGuardian(
  context: ClaimContext,
  email: string,
  answers: RegistrationAnswers,
  settings: Settings,
): Promise<ValidatedAnswers> {
  const validated = validateClaims(context, answers, settings);
  const isMinor = validated.claims.some(
    ({ relationship, access }) => relationship === 'self' && access === 'consent',
  );
  return {
    ...validated,
    settings,
    guardian: isMinor ? await parseNamedGuardian(answers, email) : null,
  };
}

function blockTooYoung(link: FoundLink, account: Account | null, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await blockByAge(link.invitationId, actor);
    await deleteEnteredYears(link.invitationId);
    if (account) await holdForReview(account.id, 'too-young', actor);
  });
}

/** Writes down what was checked, in the caller's transaction. */
export async function saveAnswers(
  accountId: string,
  { settings, claims, guardian, holdReason }: ValidatedAnswers,
  actor: Actor,
): Promise<void> {
  const minorProfileId = await saveClaims(accountId, claims, settings, actor);
  if (minorProfileId && guardian) await requestConsent(minorProfileId, accountId, guardian, actor);
  if (holdReason) await holdForReview(accountId, holdReason, actor);
}

/** The same for an account that exists, with its year of birth unless that is known. */
export async function saveAnswersAndYear(
  { id }: Account,
  validated: ValidatedAnswers,
  actor: Actor,
): Promise<void> {
  const { ownYearOfBirth: yearOfBirth } = validated;
  if (yearOfBirth !== null) await Account.update({ yearOfBirth }, { where: { id, yearOfBirth: null } });
  await saveAnswers(id, validated, actor);
}

/**
 * Claims records that came under the address since. The account is read anew, so a minor’s stays a minor’s.
 * @throws Invalid, TooYoung, Conflict
 */
export async function addClaims(account: Account, answers: RegistrationAnswers, actor: Actor): Promise<void> {
  await validateAndSaveClaims(account, await getClaimContext(account.email, account.id), answers, actor);
}

/** For an account whose age nothing tells: its own statement, which is made once. @throws Invalid, TooYoung, Conflict */
export async function saveOwnYearOfBirth(
  account: Account,
  ownYearOfBirth: string,
  actor: Actor,
): Promise<void> {
  const context = await getClaimContext(account.email, account.id);
  if (context.knownYearOfBirth !== null) throw new Conflict('We know your year of birth already.');
  const answers = { records: {}, yearOfBirth: {}, ownYearOfBirth, guardianName: '', guardianEmail: '' };
  // The office knew better once: a guardian was asked about this very person.
  const holdReason = (await hasNamedGuardian(account.id)) ? 'changed-year' : null;
  await validateAndSaveClaims(account, { ...context, records: [] }, answers, actor, holdReason);
}

async function validateAndSaveClaims(
  account: Account,
  context: ClaimContext,
  answers: RegistrationAnswers,
  actor: Actor,
  holdReason: HoldReason | null = null,
): Promise<void> {
  const validated = await validateClaimsAndGuardian(
    context,
    account.email,
    answers,
    await readSettings(),
  ).catch(async (error: unknown) => {
    if (error instanceof TooYoung) await inTransaction(() => holdForReview(account.id, 'too-young', actor));
    throw error;
  });
  await inTransaction(() =>
    saveAnswersAndYear(account, { ...validated, holdReason: validated.holdReason ?? holdReason }, actor),
  );
}
