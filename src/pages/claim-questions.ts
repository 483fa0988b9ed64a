import { z } from 'zod';
import { optionalName } from '../accounts/fields.ts';
import { ageRange, ageStatusAt, describeAge, firstUnblockedDay } from '../alumni/age.ts';
import { displayName, type RecordOnFile } from '../alumni/record.ts';
import type { FormState } from '../platform/http/form.ts';
import { t } from '../platform/i18n/i18n.ts';
import { textField } from '../platform/text/fields.ts';
import { readCachedSettings, type Settings } from '../settings/settings.ts';

const answerField = z.enum(['self', 'child', 'none'], {
  error: () => t('registration:records.errors.chooseAnswer'),
});
const answersField = z
  .record(z.string(), answerField, { error: () => t('registration:records.errors.unanswered') })
  .default({});
const yearsField = z
  .record(
    z.string(),
    z
      .string()
      .trim()
      .max(10, { error: () => t('registration:records.errors.yearTooLong') }),
  )
  .default({});

/** External programs rely on these field names: `records[<id>]`, `yearOfBirth[<id>]`, `ownYearOfBirth`. */
export const claimsForm = z.object({
  records: answersField,
  yearOfBirth: yearsField,
  ownYearOfBirth: textField(10),
  guardianName: optionalName,
  guardianEmail: textField(254),
  invitation: textField(20),
});

export const ownYearForm = z.object({ ownYearOfBirth: textField(10) });

/** View data of the records that can be claimed, with the answers given so far. */
export async function describeClaimableRecords(records: readonly RecordOnFile[], form: FormState) {
  const policy = await readCachedSettings();
  return records.map((record) => ({
    id: record.id,
    name: displayName(record),
    batch: record.batch,
    center: record.center,
    claimed: record.claimed,
    askYear: record.yearOfBirth === null,
    ...describeAgeStatus(record, policy),
    answer: form.values[`records[${record.id}]`] ?? '',
    year: form.values[`yearOfBirth[${record.id}]`] ?? '',
    answerError: form.errors[`records[${record.id}]`],
    yearError: form.errors[`yearOfBirth[${record.id}]`],
  }));
}

function describeAgeStatus({ yearOfBirth }: RecordOnFile, policy: Settings) {
  if (yearOfBirth === null) return { age: null, access: null, returnOn: null };
  const now = new Date();
  const access = ageStatusAt(yearOfBirth, now, policy);
  return {
    age: describeAge(ageRange(yearOfBirth, now)),
    access,
    returnOn: access === 'blocked' ? firstUnblockedDay(yearOfBirth, policy) : null,
  };
}
