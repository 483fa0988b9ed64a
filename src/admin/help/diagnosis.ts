import { type AccountAccess, hasAccess } from '../../consents/profile-access.ts';
import type { ListedRequest } from '../../invitations/requests/list.ts';
import { describeHoldForStaff } from '../../pages/describe-access.ts';
import { t } from '../../platform/i18n/i18n.ts';
import type { PersonDetails } from '../../support/person-details.ts';
import { availableActions, type Button } from '../invitations/actions.ts';
import { diagnose } from '../invitations/diagnosis.ts';
import { toDiagnosisFacts } from '../invitations/facts.ts';

/** Whether and why a person can't get in, and what the viewer can do about it. */
export type PersonDiagnosis = Readonly<{
  tone: 'good' | 'wait' | 'bad';
  text: string;
  advice: string;
  buttons: readonly Button[];
}>;

type Viewer = Readonly<{ isAdmin: boolean; isMailPaused: boolean }>;
type PersonDiagnosisRule = (details: PersonDetails, viewer: Viewer) => PersonDiagnosis | null;

export function diagnosePerson(details: PersonDetails, viewer: Viewer): PersonDiagnosis {
  for (const rule of rules) {
    const diagnosis = rule(details, viewer);
    if (diagnosis) return diagnosis;
  }
  return {
    tone: 'bad',
    text: t('help:diagnosis.unknown'),
    advice: t('help:diagnosis.unknownAdvice'),
    buttons: [],
  };
}

const rules: readonly PersonDiagnosisRule[] = [
  suspended,
  heldForReview,
  ageUnknown,
  withoutConsent,
  signInFails,
  member,
  openRequest,
  invited,
  guardian,
  recordOnly,
];

function suspended({ account }: PersonDetails, { isAdmin }: Viewer): PersonDiagnosis | null {
  if (!account?.suspendedAt) return null;
  return {
    tone: 'bad',
    text: t('help:diagnosis.suspended', { since: account.suspendedAt }),
    advice: isAdmin ? t('help:diagnosis.suspendedAdviceAdmin') : t('help:diagnosis.suspendedAdviceSupport'),
    buttons: accountButtons(account.id, isAdmin),
  };
}

function heldForReview({ account, access }: PersonDetails, { isAdmin }: Viewer): PersonDiagnosis | null {
  if (!account || access !== 'held-for-review') return null;
  return {
    tone: 'wait',
    text: t('help:diagnosis.held', { reason: describeHoldForStaff(account) }),
    advice: isAdmin ? t('help:diagnosis.heldAdviceAdmin') : t('help:diagnosis.heldAdviceSupport'),
    buttons: [pageButton(t('help:buttons.reviewHold'), `/admin/alumni/unmatched/${account.id}`)],
  };
}

function ageUnknown({ account, access }: PersonDetails, { isAdmin }: Viewer): PersonDiagnosis | null {
  // Staff rights don't depend on age.
  if (!account || access !== 'age-unknown' || account.staffRole !== null) return null;
  return {
    tone: 'wait',
    text: t('help:diagnosis.ageUnknown'),
    advice: t('help:diagnosis.ageUnknownAdvice'),
    buttons: accountButtons(account.id, isAdmin),
  };
}

function withoutConsent(
  { account, access, guardians }: PersonDetails,
  { isAdmin }: Viewer,
): PersonDiagnosis | null {
  if (!account || access === null || access === 'age-unknown' || hasAccess(access)) return null;
  const currentGuardians = guardians.filter(
    ({ supersededAt, claimedByEmail }) => !supersededAt && claimedByEmail === account.email,
  );
  const waiting = currentGuardians.find(({ heldForReviewAt }) => heldForReviewAt !== null);
  if (waiting) {
    return {
      tone: 'wait',
      text: t('help:diagnosis.guardianHeld'),
      advice: t('help:diagnosis.guardianHeldAdvice'),
      buttons: [pageButton(t('help:buttons.checkAddress'), `/admin/guardians/${waiting.id}`)],
    };
  }
  return {
    tone: 'wait',
    text: t(`help:diagnosis.noConsent.${noConsentReason(access)}`),
    advice: access === 'blocked' ? t('help:diagnosis.blockedAdvice') : t('help:diagnosis.noConsentAdvice'),
    buttons: [...currentGuardians.map(guardianButton), ...accountButtons(account.id, isAdmin)],
  };
}

function noConsentReason(access: AccountAccess) {
  const reasons = ['awaiting-consent', 'refused', 'withdrawn', 'expired', 'blocked'] as const;
  return reasons.find((reason) => reason === access) ?? 'other';
}

function signInFails({ account, events }: PersonDetails, { isAdmin }: Viewer): PersonDiagnosis | null {
  if (!account) return null;
  const since = account.lastSignedInAt ?? account.createdAt;
  const lastFailure = events.find(({ action, at }) => action === 'account.sign-in-failed' && at > since);
  if (!lastFailure) return null;
  return {
    tone: 'bad',
    text: t('help:diagnosis.signInFails', { at: lastFailure.at }),
    advice: t('help:diagnosis.signInFailsAdvice', { link: t('sign-in:links.forgotPassword') }),
    buttons: accountButtons(account.id, isAdmin),
  };
}

function member({ account }: PersonDetails, { isAdmin }: Viewer): PersonDiagnosis | null {
  if (!account) return null;
  const { lastSignedInAt: last } = account;
  return {
    tone: 'good',
    text: last
      ? t('help:diagnosis.signedIn', { at: last })
      : t('help:diagnosis.neverSignedIn', { at: account.createdAt }),
    advice: t('help:diagnosis.memberAdvice', { link: t('sign-in:links.forgotPassword') }),
    buttons: accountButtons(account.id, isAdmin),
  };
}

function openRequest({ requests, invitations }: PersonDetails): PersonDiagnosis | null {
  const waiting = requests.find(({ resolvedAt }) => resolvedAt === null);
  if (!waiting || invitations.some(({ invitation }) => invitation.isOpen)) return null;
  return {
    tone: 'wait',
    text: describeOpenRequest(waiting),
    advice: t('help:diagnosis.requestAdvice'),
    buttons: [pageButton(t('help:buttons.answerRequest'), requestUrl(waiting))],
  };
}

export function describeOpenRequest({ kind, requestedAt: at }: ListedRequest): string {
  return t(`help:diagnosis.request.${kind}`, { at });
}

export function requestUrl({ id }: ListedRequest): string {
  return `/admin/requests/${id}`;
}

function invited({ invitations }: PersonDetails, { isAdmin, isMailPaused }: Viewer): PersonDiagnosis | null {
  const history = invitations.find(({ invitation }) => invitation.isOpen) ?? invitations[0];
  if (!history) return null;
  const diagnosis = diagnose(toDiagnosisFacts(history, isMailPaused));
  const { main, needsAdmin } = availableActions(history, diagnosis, isAdmin);
  const invitationButton = pageButton(
    t('help:buttons.invitation'),
    `/admin/invitations/${history.invitation.id}`,
  );
  return {
    tone: diagnosis.tone,
    text: diagnosis.text,
    advice: needsAdmin ? t('help:diagnosis.needsAdmin', { advice: diagnosis.advice }) : diagnosis.advice,
    buttons: main ? [main, invitationButton] : [invitationButton],
  };
}

function guardian({ guardians, email }: PersonDetails): PersonDiagnosis | null {
  const ownEntries = guardians.filter(
    (entry) => entry.supersededAt === null && entry.email.toLowerCase() === email.toLowerCase(),
  );
  if (ownEntries.length === 0) return null;
  return {
    tone: 'good',
    text: t('help:diagnosis.guardian', { minors: ownEntries.map(({ minorName }) => minorName) }),
    advice: t('help:diagnosis.guardianAdvice'),
    buttons: ownEntries.map(guardianButton),
  };
}

function guardianButton({ id, name }: PersonDetails['guardians'][number]): Button {
  return pageButton(t('help:buttons.guardian', { name }), `/admin/guardians/${id}`);
}

function recordOnly({ records, email }: PersonDetails, { isAdmin }: Viewer): PersonDiagnosis | null {
  if (records.length === 0) return null;
  return {
    tone: 'wait',
    text: t('help:diagnosis.notInvited'),
    advice: isAdmin ? t('help:diagnosis.notInvitedAdviceAdmin') : t('help:diagnosis.notInvitedAdviceSupport'),
    buttons: isAdmin
      ? [pageButton(t('help:buttons.invite'), `/admin/invitations/new?${new URLSearchParams({ email })}`)]
      : [],
  };
}

function accountButtons(id: string, isAdmin: boolean): Button[] {
  return isAdmin ? [pageButton(t('help:buttons.account'), `/admin/people/${id}`)] : [];
}

function pageButton(label: string, url: string): Button {
  return { label, url, isForm: false, delivery: null, isFinal: false };
}
