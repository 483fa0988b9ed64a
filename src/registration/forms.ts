import { z } from 'zod';
import { anyName, nameField, passwordField } from '../accounts/forms.ts';
import { text } from '../web/form.ts';

const answer = z.enum(['self', 'child', 'none'], { error: 'Choose one of the answers' });
const answers = z.record(z.string(), answer, { error: 'Answer for each record' }).default({});
const years = z
  .record(z.string(), z.string().trim().max(10, { error: 'Type the year with four digits' }))
  .default({});

/** The fields are fixed for outside programs: `records[<id>]`, `yearOfBirth[<id>]`, `name`, `password`. */
export const claimsForm = z.object({
  records: answers,
  yearOfBirth: years,
  guardianName: anyName,
  guardianEmail: text(254),
  invitation: text(20),
});

export function registrationForm(email: string) {
  return claimsForm.extend({ name: nameField, password: passwordField([email]) });
}

/** The button that asks for a code: nothing is typed. */
export const codeWishForm = z.object({});

export const codeForm = z.object({
  code: text(20).refine((typed) => /^\D*(\d\D*){6}$/.test(typed), {
    error: 'Type the 6 digits from our mail',
  }),
});

export const declineForm = z.object({
  reason: z.enum(['not-me', 'stop', 'deceased'], { error: 'Choose a reason' }),
});
