import { type AccountAccess, hasAccess } from '../../consents/profile-access.ts';
import { describeHoldForStaff } from '../../pages/describe-access.ts';
import { formatDate, formatDateTime } from '../../platform/i18n/dates.ts';
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

const noAccessReasons: Readonly<Partial<Record<AccountAccess, string>>> = {
  'awaiting-consent': 'The account waits: no guardian has decided yet.',
  refused: 'The guardian has refused consent.',
  withdrawn: 'The guardian has withdrawn consent.',
  expired: 'The guardian’s consent has ended and is not renewed.',
  blocked: 'The person is too young to be admitted.',
};

export function diagnosePerson(details: PersonDetails, viewer: Viewer): PersonDiagnosis {
  for (const rule of rules) {
    const diagnosis = rule(details, viewer);
    if (diagnosis) return diagnosis;
  }
  return {
    tone: 'bad',
    text: 'Nobody is known by this address.',
    advice: 'Ask under which other address the office may know them, or look for their name.',
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
    text: `The account is suspended since ${formatDate(account.suspendedAt)}.`,
    advice: 'An administrator can let it in again.',
    buttons: accountButtons(account.id, isAdmin),
  };
}

function heldForReview({ account, access }: PersonDetails, { isAdmin }: Viewer): PersonDiagnosis | null {
  if (!account || access !== 'held-for-review') return null;
  return {
    tone: 'wait',
    text: `The account is held for review. ${describeHoldForStaff(account)}`,
    advice: isAdmin
      ? 'Match it with a record, or lift the hold.'
      : 'An administrator can match it with a record, or lift the hold.',
    buttons: [pageButton('Look at the hold', `/admin/alumni/unmatched/${account.id}`)],
  };
}

function ageUnknown({ account, access }: PersonDetails, { isAdmin }: Viewer): PersonDiagnosis | null {
  // Staff rights don't depend on age.
  if (!account || access !== 'age-unknown' || account.staffRole !== null) return null;
  return {
    tone: 'wait',
    text: 'The year of birth isn’t known, so the account has no access yet.',
    advice: 'They are asked for it when they sign in.',
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
      text: 'The account waits: the address of the guardian is to be looked at first.',
      advice: 'Say whether we may write to it.',
      buttons: [pageButton('Look at the address', `/admin/guardians/${waiting.id}`)],
    };
  }
  return {
    tone: 'wait',
    text: noAccessReasons[access] ?? 'The account has no access now.',
    advice: 'After signing in they can ask the guardian again, or name another one.',
    buttons: [...currentGuardians.map(guardianButton), ...accountButtons(account.id, isAdmin)],
  };
}

function signInFails({ account, events }: PersonDetails, { isAdmin }: Viewer): PersonDiagnosis | null {
  if (!account) return null;
  const since = account.lastSignedInAt ?? account.createdAt;
  const lastFailure = events.find(({ action, at }) => action === 'account.sign-in-failed' && at > since);
  if (!lastFailure) return null;
  return {
    tone: 'bad',
    text: `There is an account, but signing in fails, last on ${formatDateTime(lastFailure.at)}.`,
    advice: 'Ask them to choose a new password: “Forgot your password?” on the sign-in page.',
    buttons: accountButtons(account.id, isAdmin),
  };
}

function member({ account }: PersonDetails, { isAdmin }: Viewer): PersonDiagnosis | null {
  if (!account) return null;
  const { lastSignedInAt: last } = account;
  return {
    tone: 'good',
    text: last
      ? `Has an account, and signed in last on ${formatDateTime(last)}.`
      : 'Has an account, and has never signed in to it again.',
    advice: 'No invitation is needed. Who can’t sign in asks for a new password on the sign-in page.',
    buttons: accountButtons(account.id, isAdmin),
  };
}

function openRequest({ requests, invitations }: PersonDetails): PersonDiagnosis | null {
  const waiting = requests.find(({ resolvedAt }) => resolvedAt === null);
  if (!waiting || invitations.some(({ invitation }) => invitation.isOpen)) return null;
  return {
    tone: 'wait',
    text: `Asked for a new link on ${formatDate(waiting.requestedAt)}, and waits for an answer.`,
    advice: 'Answer the request.',
    buttons: [pageButton('Answer the request', `/admin/requests/${waiting.id}`)],
  };
}

function invited({ invitations }: PersonDetails, { isAdmin, isMailPaused }: Viewer): PersonDiagnosis | null {
  const history = invitations.find(({ invitation }) => invitation.isOpen) ?? invitations[0];
  if (!history) return null;
  const diagnosis = diagnose(toDiagnosisFacts(history, isMailPaused));
  const { main, needsAdmin } = availableActions(history, diagnosis, isAdmin);
  const invitationButton = pageButton('See the invitation', `/admin/invitations/${history.invitation.id}`);
  return {
    tone: diagnosis.tone,
    text: diagnosis.text,
    advice: needsAdmin ? `${diagnosis.advice} An administrator can do that.` : diagnosis.advice,
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
    text: `Is a guardian of ${new Intl.ListFormat('en-GB').format(ownEntries.map(({ minorName }) => minorName))}.`,
    advice:
      'A guardian needs no account: their own page opens by the link in our mails. You can send it again.',
    buttons: ownEntries.map(guardianButton),
  };
}

function guardianButton({ id, name }: PersonDetails['guardians'][number]): Button {
  return pageButton(`See the guardian ${name}`, `/admin/guardians/${id}`);
}

function recordOnly({ records, email }: PersonDetails, { isAdmin }: Viewer): PersonDiagnosis | null {
  if (records.length === 0) return null;
  return {
    tone: 'wait',
    text: 'The directory has this address, but nobody has invited it.',
    advice: isAdmin ? 'Invite them.' : 'An administrator can invite them.',
    buttons: isAdmin
      ? [pageButton('Invite …', `/admin/invitations/new?${new URLSearchParams({ email })}`)]
      : [],
  };
}

function accountButtons(id: string, isAdmin: boolean): Button[] {
  return isAdmin ? [pageButton('See the account', `/admin/people/${id}`)] : [];
}

function pageButton(label: string, url: string): Button {
  return { label, url, isForm: false, delivery: null, isFinal: false };
}
