import { recordSomeoneElse } from '../../alumni/someone-else.ts';
import { parseNamedGuardian, requestConsent } from '../../consents/consent-requests.ts';
import { hasNamedGuardian, type NamedGuardian } from '../../consents/guardians/guardian.ts';
import { blockByAge } from '../../invitations/age-block.ts';
import type { FoundLink } from '../../invitations/link.ts';
import type { Actor } from '../../platform/audit/audit.ts';
import { inTransaction } from '../../platform/db/database.ts';
import { Conflict, InvalidInput } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
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

/** The guardian fields are only read from minors who claim their own record. */
export type RegistrationAnswers = ClaimAnswers & Readonly<{ guardianName: string; guardianEmail: string }>;

/** Answers that passed every check. Nothing is saved before all of them are valid. */
export type ValidatedAnswers = ValidatedClaims &
  Readonly<{ settings: Settings; guardian: NamedGuardian | null }>;

/**
 * Validates the answers to an invitation, from a new member (`account` is null) or an account. A person who is too young
 * blocks the invitation until staff reopen it. Entering a later year that would give more access leads to a hold.
 * @throws InvalidInput, TooYoung
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

/** Saves validated answers, in the caller's transaction. */
export async function saveAnswers(
  accountId: string,
  { settings, claims, someoneElse, guardian, holdReason }: ValidatedAnswers,
  actor: Actor,
): Promise<void> {
  const minorProfileId = await saveClaims(accountId, claims, settings, actor);
  await recordSomeoneElse(accountId, someoneElse, actor);
  if (minorProfileId && guardian) await requestConsent(minorProfileId, accountId, guardian, actor);
  if (holdReason) await holdForReview(accountId, holdReason, actor);
}

/** Does the same for an existing account, and saves its year of birth unless it has one. */
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
 * Claims records that were added for the account's address later. The known year of birth comes from the database, so a
 * minor can't state another one.
 * @throws InvalidInput, TooYoung, Conflict
 */
export async function addClaims(account: Account, answers: RegistrationAnswers, actor: Actor): Promise<void> {
  await validateAndSaveClaims(account, await getClaimContext(account.email, account.id), answers, actor);
}

/** Saves the stated year of birth of an account without a known one. @throws InvalidInput, TooYoung, Conflict */
export async function saveOwnYearOfBirth(
  account: Account,
  ownYearOfBirth: string,
  actor: Actor,
): Promise<void> {
  const context = await getClaimContext(account.email, account.id);
  if (context.knownYearOfBirth !== null) throw new Conflict(t('registration:records.errors.yearKnown'));
  const answers = { records: {}, yearOfBirth: {}, ownYearOfBirth, guardianName: '', guardianEmail: '' };
  // A guardian was once named for this person, so the office knew them as a minor.
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
