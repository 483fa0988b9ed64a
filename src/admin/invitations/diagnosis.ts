import { formatDate, formatDateTime } from '../../platform/i18n/dates.ts';
import type { DiagnosisFacts } from './facts.ts';
import { describeFields } from './field-labels.ts';

/** The name of the button to suggest. */
export type SuggestedAction =
  | 'reopening'
  | 'resend'
  | 'address'
  | 'extension'
  | 'invite'
  | 'invite-again'
  | 'successor';

/** The state of an invitation in plain words, and what to do next. */
export type Diagnosis = Readonly<{
  tone: 'good' | 'wait' | 'bad';
  text: string;
  advice: string;
  suggestedAction: SuggestedAction | null;
}>;

type DiagnosisRule = (facts: DiagnosisFacts, now: Date) => Diagnosis | null;

const DAY_MS = 24 * 60 * 60 * 1000;

/** @param now for tests */
export function diagnose(facts: DiagnosisFacts, now = new Date()): Diagnosis {
  for (const rule of rules) {
    const diagnosis = rule(facts, now);
    if (diagnosis) return diagnosis;
  }
  return waitingDiagnosis('No link was sent yet.', 'Send it now.', 'resend');
}

const rules: readonly DiagnosisRule[] = [
  accepted,
  declined,
  revoked,
  tooYoung,
  undelivered,
  blocked,
  expired,
  waiting,
  supersededLinkOpened,
  formRejected,
  linkShared,
  opened,
  neverOpened,
];

function accepted({ accepted: acceptance }: DiagnosisFacts): Diagnosis | null {
  if (!acceptance) return null;
  const outcome = acceptance.by ? `${acceptance.by} has an account now` : 'the account is gone since';
  return {
    tone: 'good',
    text: `Accepted on ${formatDate(acceptance.at)}: ${outcome}.`,
    advice: 'Nothing is left to do. Who can’t sign in asks for a new password on the sign-in page.',
    suggestedAction: null,
  };
}

function declined({ declined: decline }: DiagnosisFacts): Diagnosis | null {
  if (!decline) return null;
  const on = `Declined on ${formatDate(decline.at)}`;
  if (decline.reason === 'stop') {
    const advice = 'Leave them in peace. Whoever changes their mind can ask for a new link.';
    return problemDiagnosis(`${on}: the person asked us to stop writing.`, advice, null);
  }
  if (decline.reason === 'deceased') {
    const advice = 'If that is right, mark the record in the directory, so that nobody writes again.';
    return problemDiagnosis(`${on}: the person was reported to have died.`, advice, null);
  }
  const advice = 'The address may be somebody else’s. Find the right one, and invite that.';
  return problemDiagnosis(`${on}: the person said it is not for them.`, advice, 'invite');
}

function revoked({ revoked: revocation }: DiagnosisFacts): Diagnosis | null {
  if (!revocation) return null;
  if (revocation.isReplaced) {
    const text = `Replaced on ${formatDate(revocation.at)} by a newer invitation of the same address.`;
    return problemDiagnosis(text, 'Only the newer one counts.', 'successor');
  }
  const by = revocation.by ? ` by ${revocation.by}` : '';
  const reason = revocation.reason ? `: “${revocation.reason}”` : '';
  const text = `Revoked on ${formatDate(revocation.at)}${by}${reason}.`;
  return problemDiagnosis(
    text,
    'Its link no longer works. The address can be invited again.',
    'invite-again',
  );
}

function tooYoung({ ageBlockedAt }: DiagnosisFacts): Diagnosis | null {
  if (!ageBlockedAt) return null;
  const text = `Blocked on ${formatDate(ageBlockedAt)}: the person is too young, according to the record or their own answer.`;
  const advice =
    'No link of this address lets anybody in. If it was a slip, or they have grown up since, reopen it.';
  return problemDiagnosis(text, advice, 'reopening');
}

function undelivered({ mail, blockingReasons }: DiagnosisFacts): Diagnosis | null {
  if (mail?.state === 'bounced') {
    const text = `The mail to ${mail.to} was refused on ${formatDate(mail.at)}${quoted(mail.error)}.`;
    return problemDiagnosis(text, 'Look for a slip in the address, and correct it.', 'address');
  }
  if (mail?.state !== 'failed' || blockingReasons.length > 0) return null;
  const text = `The mail could not be delivered${quoted(mail.error)}. We gave up on ${formatDate(mail.at)} after ${mail.attempts} tries.`;
  const advice =
    'Send it again. If that fails too, their mail server has a problem, or the address is wrong.';
  return problemDiagnosis(text, advice, 'resend');
}

function blocked({ blockingReasons }: DiagnosisFacts): Diagnosis | null {
  if (blockingReasons.length === 0) return null;
  return problemDiagnosis(
    blockingReasons.join(' '),
    'Nothing can be sent to this address until that has changed.',
    null,
  );
}

function expired({
  status,
  expiresAt,
  invalidOpenAt,
  lastOpen,
  formErrors,
}: DiagnosisFacts): Diagnosis | null {
  if (status !== 'expired') return null;
  const on = `Expired on ${formatDate(expiresAt)}`;
  if (invalidOpenAt && invalidOpenAt > expiresAt) {
    const text = `${on}. Somebody opened the link after that, on ${formatDate(invalidOpenAt)}.`;
    return problemDiagnosis(text, 'They want to come in: send it again.', 'resend');
  }
  if (lastOpen || formErrors) {
    const when = formatDate((lastOpen ?? formErrors)?.at ?? expiresAt);
    const text = `${on}. It was opened on ${when}, but nobody registered.`;
    return problemDiagnosis(text, 'Ask what held them up, and send it again.', 'resend');
  }
  const advice = 'Ask whether they still read mail at this address, then send it again.';
  return problemDiagnosis(`${on} and was never opened.`, advice, 'resend');
}

function waiting({ mail, isMailPaused }: DiagnosisFacts): Diagnosis | null {
  if (mail?.state !== 'queued') return null;
  if (isMailPaused) {
    const text = `The mail waits since ${formatDateTime(mail.at)}: no mail goes out just now.`;
    return waitingDiagnosis(text, 'It goes out by itself once the mail server takes our mail again.', null);
  }
  if (mail.error === null)
    return waitingDiagnosis('The mail is on its way.', 'It goes out within moments.', null);
  const tries = mail.attempts === 1 ? 'once' : `${mail.attempts} times`;
  const text = `The mail could not be handed over yet${quoted(mail.error)}.`;
  return waitingDiagnosis(text, `We have tried ${tries} and go on by ourselves.`, null);
}

function supersededLinkOpened({
  invalidOpenAt,
  link,
  lastOpen,
  formErrors,
}: DiagnosisFacts): Diagnosis | null {
  if (!invalidOpenAt || !link || invalidOpenAt < link.at || lastOpen || formErrors) return null;
  const text = `Somebody opened an older link on ${formatDate(invalidOpenAt)}. It no longer works: a newer one was made on ${formatDate(link.at)}.`;
  return problemDiagnosis(
    text,
    'Ask them to open our newest mail, or send it again while they look.',
    'resend',
  );
}

function formRejected({ formErrors, link }: DiagnosisFacts): Diagnosis | null {
  if (!formErrors || (link?.isShared && formErrors.fields.includes('code'))) return null;
  const times = formErrors.times === 1 ? '' : ` ${formErrors.times} times`;
  const text = `They opened the page, and what they typed was refused${times}, last on ${formatDate(formErrors.at)}: ${describeFields(formErrors.fields)}.`;
  const advice = formErrors.fields.includes('password')
    ? 'Tell them: a password needs at least 12 characters; three or four words in a row do.'
    : 'Ask them to open the link once more and to read what stands above the form.';
  return waitingDiagnosis(text, advice, null);
}

function linkShared({ link, lastOpen, codeSentAt, formErrors, email }: DiagnosisFacts): Diagnosis | null {
  if (!link?.isShared) return null;
  const byMail = 'Send it by mail instead: then no code is needed.';
  if (codeSentAt) {
    const typed = formErrors ? 'a wrong code was typed' : 'it is not typed yet';
    return waitingDiagnosis(
      `A code went to ${email} on ${formatDate(codeSentAt)}; ${typed}.`,
      byMail,
      'resend',
    );
  }
  if (lastOpen) {
    const text = `The link was opened on ${formatDate(lastOpen.at)} (${lastOpen.device}). The code for the mailbox is not asked for yet.`;
    return waitingDiagnosis(text, byMail, 'resend');
  }
  const text = `A link was made on ${formatDate(link.at)} to share. Nobody has opened it yet.`;
  const advice = 'Give it to the person. If it is lost, make another, or send the invitation by mail.';
  return waitingDiagnosis(text, advice, 'resend');
}

function opened({ lastOpen, expiresAt }: DiagnosisFacts, now: Date): Diagnosis | null {
  if (!lastOpen) return null;
  const isUrgent = expiresAt.getTime() - now.getTime() < 2 * DAY_MS;
  const text = `Opened on ${formatDate(lastOpen.at)} (${lastOpen.device}), but nobody has registered yet. It is valid until ${formatDate(expiresAt)}.`;
  const advice = isUrgent
    ? 'Ask whether they need help, and give them more time.'
    : 'Ask whether they need help.';
  return waitingDiagnosis(text, advice, isUrgent ? 'extension' : null);
}

function neverOpened({ mail, openedByScanner }: DiagnosisFacts, now: Date): Diagnosis | null {
  if (mail?.state !== 'sent') return null;
  if (now.getTime() - mail.at.getTime() < DAY_MS) {
    const text = `The link was mailed on ${formatDateTime(mail.at)}. It is not opened yet.`;
    return waitingDiagnosis(
      text,
      'Give it a day. Then ask whether it landed in spam, or send it again.',
      null,
    );
  }
  const advice = 'Ask whether it landed in spam, or send it again.';
  if (!openedByScanner)
    return waitingDiagnosis(
      `The link was mailed on ${formatDate(mail.at)} and never opened.`,
      advice,
      'resend',
    );
  const text = `The link was mailed on ${formatDate(mail.at)}. Only a program that checks mail has opened it, so it did arrive.`;
  return waitingDiagnosis(text, advice, 'resend');
}

function problemDiagnosis(text: string, advice: string, suggestedAction: SuggestedAction | null): Diagnosis {
  return { tone: 'bad', text, advice, suggestedAction };
}

function waitingDiagnosis(text: string, advice: string, suggestedAction: SuggestedAction | null): Diagnosis {
  return { tone: 'wait', text, advice, suggestedAction };
}

function quoted(error: string | null): string {
  return error === null ? '' : `: “${error}”`;
}
