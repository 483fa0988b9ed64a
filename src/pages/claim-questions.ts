import { z } from 'zod';
import { optionalName } from '../accounts/fields.ts';
import { ageRange, ageStatusAt, ageStatusLabel, describeAge, firstUnblockedDay } from '../alumni/age.ts';
import { displayName, type RecordOnFile } from '../alumni/record.ts';
import type { FormState } from '../platform/http/form.ts';
import { textField } from '../platform/text/fields.ts';
import { readCachedSettings, type Settings } from '../settings/settings.ts';

const answerField = z.enum(['self', 'child', 'none'], { error: 'Choose one of the answers' });
const answersField = z.record(z.string(), answerField, { error: 'Answer for each record' }).default({});
const yearsField = z
  .record(z.string(), z.string().trim().max(10, { error: 'Type the year with four digits' }))
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
  if (yearOfBirth === null) return { age: null, status: null, access: null, returnOn: null };
  const now = new Date();
  const access = ageStatusAt(yearOfBirth, now, policy);
  return {
    age: describeAge(ageRange(yearOfBirth, now)),
    status: ageStatusLabel(access),
    access,
    returnOn: access === 'blocked' ? firstUnblockedDay(yearOfBirth, policy) : null,
  };
}
