import { z } from 'zod';
import type { ClaimContext } from '../accounts/registration/claim-context.ts';
import { type ClaimAnswer, possibleAnswers } from '../accounts/registration/possible-answers.ts';
import { type AgeStatus, ageRange, ageStatusAt, describeAge, firstUnblockedDay } from '../alumni/age.ts';
import { displayName, type RecordOnFile } from '../alumni/record.ts';
import type { FormState } from '../platform/http/form.ts';
import type { Day } from '../platform/i18n/dates.ts';
import { t } from '../platform/i18n/i18n.ts';
import { MAX_TYPED_ADDRESS } from '../platform/text/address.ts';
import { digitsField, optionalName, textField } from '../platform/text/fields.ts';
import { readCachedSettings, type Settings } from '../settings/settings.ts';

const answerField = z.enum(['self', 'child', 'none'], {
  error: () => t('registration:records.errors.chooseAnswer'),
});
const answersField = z
  .record(z.string(), answerField, { error: () => t('registration:records.errors.unanswered') })
  .default({});
const yearsField = z.record(z.string(), digitsField(10)).default({});

/** External programs rely on these field names: `records[<id>]`, `yearOfBirth[<id>]`, `ownYearOfBirth`. */
export const claimsForm = z.object({
  records: answersField,
  yearOfBirth: yearsField,
  ownYearOfBirth: digitsField(10),
  guardianName: optionalName,
  guardianEmail: textField(MAX_TYPED_ADDRESS),
  invitation: textField(20),
});

export const ownYearForm = z.object({ ownYearOfBirth: digitsField(10) });

/** A record on the page, with its question and the answer given so far. */
export type RecordCard = Readonly<{
  id: string;
  name: string;
  firstName: string;
  /** Batch, center and age, as far as they are known. */
  facts: string[];
  access: AgeStatus | null;
  claimed: boolean;
  returnOn: Day | null;
  /** Empty if there is no question. */
  options: ClaimAnswer[];
  /** Whether it is likely to be the person who reads the page, and not their child. */
  isLikelyReader: boolean;
  answer: string;
  year: string;
  answerError: string | undefined;
  yearError: string | undefined;
}>;

/** Records on a page, and how many others the account has said are someone else's. */
export type RecordCards = Readonly<{ records: RecordCard[]; answeredBefore: number }>;

/**
 * View data of the records that can be claimed, with the answers given so far: the likely reader first. A record that was
 * answered with "someone else" before is shown only if the person wants to answer again.
 */
export async function describeClaimableRecords(
  context: ClaimContext,
  form: FormState,
  { answersAgain = false } = {},
): Promise<RecordCards> {
  const policy = await readCachedSettings();
  const cards = sortByLikelihood(context.records, policy)
    .map((record) => describeCard(record, context, form, policy))
    .filter(({ options, claimed, returnOn }) => options.length > 0 || claimed || returnOn !== null);
  const isAnsweredBefore = ({ id }: RecordCard) =>
    context.someoneElse.has(id) && !answersAgain && form.values[`records[${id}]`] === undefined;
  return {
    records: cards.filter((card) => !isAnsweredBefore(card)),
    answeredBefore: cards.filter((card) => isAnsweredBefore(card) && card.options.length > 0).length,
  };
}

/** Adults by age, then people of unknown age, minors, and records that can't be claimed. */
function sortByLikelihood(records: readonly RecordOnFile[], policy: Settings): RecordOnFile[] {
  const order = ['full', 'unknown', 'consent', 'claimed', 'blocked'];
  const now = new Date();
  const rankOf = ({ claimed, yearOfBirth }: RecordOnFile) => {
    if (claimed) return order.indexOf('claimed');
    return order.indexOf(yearOfBirth === null ? 'unknown' : ageStatusAt(yearOfBirth, now, policy));
  };
  return [...records].sort(
    (one, other) => rankOf(one) - rankOf(other) || (one.yearOfBirth ?? 0) - (other.yearOfBirth ?? 0),
  );
}

function describeCard(
  record: RecordOnFile,
  context: ClaimContext,
  form: FormState,
  policy: Settings,
): RecordCard {
  const { id, yearOfBirth, batch, center } = record;
  const now = new Date();
  const access = yearOfBirth === null ? null : ageStatusAt(yearOfBirth, now, policy);
  const age = yearOfBirth === null ? null : describeAge(ageRange(yearOfBirth, now));
  const options = possibleAnswers(record, context, policy);
  const isAdult = access === 'full' || access === null;
  return {
    id,
    name: displayName(record),
    firstName: record.firstName || record.lastName,
    facts: [
      batch === null ? null : t('registration:records.batch', { batch }),
      center,
      age === null ? null : t('registration:records.age', { age }),
    ].filter((fact) => fact !== null),
    access,
    claimed: record.claimed !== null,
    returnOn: yearOfBirth !== null && access === 'blocked' ? firstUnblockedDay(yearOfBirth, policy) : null,
    options,
    isLikelyReader: options.includes('self') && isAdult && record.emailOf !== 'guardian',
    answer: form.values[`records[${id}]`] ?? (context.someoneElse.has(id) ? 'none' : ''),
    year: form.values[`yearOfBirth[${id}]`] ?? '',
    answerError: form.errors[`records[${id}]`],
    yearError: form.errors[`yearOfBirth[${id}]`],
  };
}
