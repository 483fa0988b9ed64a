import type { Request, Response } from 'express';
import { getClaimContext } from '../accounts/registration/claims.ts';
import { isMinorsAddress } from '../alumni/minors-address.ts';
import { listProfiles } from '../alumni/profile.ts';
import { displayName } from '../alumni/record.ts';
import type { FoundLink } from '../invitations/link.ts';
import { describeClaimableRecords, type RecordCard } from '../pages/claim-questions.ts';
import { registrationPath } from '../pages/opened-invitations.ts';
import type { FormState } from '../platform/http/form.ts';
import { rich } from '../platform/i18n/i18n.ts';
import { readCachedSettings } from '../settings/settings.ts';
import { findSignedInAccount } from '../sign-in/guard.ts';
import { keepAddress } from '../sign-in/prefilled-address.ts';
import { findRequiredStep } from './required-step.ts';
import { findUnsentForm } from './unsent-form.ts';

/** Renders the registration page, for a new member or to accept, or the step that is needed before. */
export async function renderRegistration(
  link: FoundLink,
  form: FormState,
  req: Request,
  res: Response,
): Promise<void> {
  const requiredStep = await findRequiredStep(link, req, res);
  if (requiredStep?.view === 'registration/sign-in-first') {
    req.session.returnTo = registrationPath(link, req);
    keepAddress(link.email, req);
  }
  if (requiredStep) return res.render(requiredStep.view, { ...requiredStep.locals, ...form, link });
  const unsentValues = findUnsentForm(link.invitationId, req);
  const member = findSignedInAccount(res);
  const context = await getClaimContext(link.email, member?.id ?? null);
  const policy = await readCachedSettings();
  const values = { ...unsentValues, ...form.values };
  const { records } = await describeClaimableRecords(context, { values, errors: form.errors });
  const reader = findLikelyReader(records);
  res.render('registration/register', {
    values: { ...values, name: values.name ?? reader?.name ?? '' },
    errors: form.errors,
    isRestored: unsentValues !== null && Object.keys(form.errors).length === 0,
    link,
    records,
    reader: member ? null : reader,
    ownRecords: member ? await describeOwnRecords(member.id) : [],
    noneOnFile: context.onFile.length === 0,
    mayLeaveNameEmpty: reader === null && records.some(({ options }) => options.includes('self')),
    asksOwnYear: context.knownYearOfBirth === null,
    mayBeHeld: !context.hasSelfProfile && isMinorsAddress(context.onFile, new Date(), policy),
    adultAge: policy.fullAccessFromAge,
    member,
  });
}

/** The only person who can be the reader. A minor's record doesn't count, because their parent may read the page. */
function findLikelyReader(records: readonly RecordCard[]): RecordCard | null {
  const [only, another] = records.filter(({ options }) => options.includes('self'));
  return only && !another && only.isLikelyReader ? only : null;
}

async function describeOwnRecords(accountId: string) {
  const profiles = await listProfiles(accountId);
  return profiles.map((profile) => {
    const { relationship, batch } = profile;
    const key = `registration:records.yours.${relationship}${batch === null ? '' : 'Batch'}` as const;
    return rich(key, { name: displayName(profile), batch });
  });
}
