import type { Request, Response } from 'express';
import { accountWithAddress } from '../accounts/account.ts';
import { signedIn } from '../accounts/guard.ts';
import { accessAt, ageRange, describeAge, statusLabel } from '../alumni/age.ts';
import { type AlumniRecord, displayName } from '../alumni/record.ts';
import type { FoundLink } from '../invitations/link.ts';
import { maskAddress } from '../mail/address.ts';
import { recentSettings, type Settings } from '../settings.ts';
import type { FormState } from '../web/form.ts';
import { codeWaits } from './mailbox.ts';

/** What must be done before the form can be filled in: the page that says so, and what it shows. */
export type Obstacle = Readonly<{ view: string; locals: Readonly<Record<string, unknown>> }>;

/** Why the person behind an opened link can't register or accept just now, or null. */
export async function obstacleFor(link: FoundLink, req: Request, res: Response): Promise<Obstacle | null> {
  const account = signedIn(res);
  const invited = maskAddress(link.email);
  if (account && account.email.toLowerCase() !== link.email.toLowerCase()) {
    return { view: 'registration/other-account', locals: { invited, current: maskAddress(account.email) } };
  }
  if (account) return null;
  if (!req.session.admission?.mailbox_proven) {
    return { view: 'registration/code', locals: { invited, waiting: await codeWaits(link.linkId) } };
  }
  return (await accountWithAddress(link.email)) ? { view: 'registration/sign-in-first', locals: {} } : null;
}

/** Records to be claimed as the page shows them, with what was answered so far. */
export async function recordsOnPage(records: readonly AlumniRecord[], form: FormState) {
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

function standingOf({ yearOfBirth }: AlumniRecord, policy: Settings) {
  if (yearOfBirth === null) return { age: null, status: null, access: null };
  const now = new Date();
  const access = accessAt(yearOfBirth, now, policy);
  return { age: describeAge(ageRange(yearOfBirth, now)), status: statusLabel(access), access };
}
