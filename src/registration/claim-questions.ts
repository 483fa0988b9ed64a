import { z } from 'zod';
import { anyName } from '../accounts/fields.ts';
import { accessAt, ageRange, describeAge, earliestReturn, statusLabel } from '../alumni/age.ts';
import { displayName, type RecordOnFile } from '../alumni/record.ts';
import { recentSettings, type Settings } from '../settings.ts';
import { type FormState, text } from '../web/form.ts';

const answer = z.enum(['self', 'child', 'none'], { error: 'Choose one of the answers' });
const answers = z.record(z.string(), answer, { error: 'Answer for each record' }).default({});
const years = z
  .record(z.string(), z.string().trim().max(10, { error: 'Type the year with four digits' }))
  .default({});

/** The fields are fixed for outside programs: `records[<id>]`, `yearOfBirth[<id>]`, `ownYearOfBirth`, `name`, `password`. */
export const claimsForm = z.object({
  records: answers,
  yearOfBirth: years,
  ownYearOfBirth: text(10),
  guardianName: anyName,
  guardianEmail: text(254),
  invitation: text(20),
});

/** An account of unknown age states its year. */
export const ownYearForm = z.object({ ownYearOfBirth: text(10) });

/** Records to be claimed as the page shows them, with what was answered so far. */
export async function recordsOnPage(records: readonly RecordOnFile[], form: FormState) {
  const policy = await recentSettings();
  return records.map((record) => ({
    id: record.id,
    name: displayName(record),
    batch: record.batch,
    center: record.center,
    claimed: record.claimed,
    askYear: record.yearOfBirth === null,
    ...standingOf(record, policy),
    answer: form.values[`records[${record.id}]`] ?? '',
    year: form.values[`yearOfBirth[${record.id}]`] ?? '',
    answerError: form.errors[`records[${record.id}]`],
    yearError: form.errors[`yearOfBirth[${record.id}]`],
  }));
}

function standingOf({ yearOfBirth }: RecordOnFile, policy: Settings) {
  if (yearOfBirth === null) return { age: null, status: null, access: null, returnOn: null };
  const now = new Date();
  const access = accessAt(yearOfBirth, now, policy);
  return {
    age: describeAge(ageRange(yearOfBirth, now)),
    status: statusLabel(access),
    access,
    returnOn: access === 'blocked' ? earliestReturn(yearOfBirth, policy) : null,
  };
}
