import { t } from '../../platform/i18n/i18n.ts';
import type { DiagnosisFacts } from './facts.ts';
import { listFieldLabels } from './field-labels.ts';

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
  return waitingDiagnosis(
    t('invitations:diagnosis.noLink'),
    t('invitations:diagnosis.noLinkAdvice'),
    'resend',
  );
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
  const { at, by: name } = acceptance;
  return {
    tone: 'good',
    text:
      name === null
        ? t('invitations:diagnosis.acceptedDeleted', { at })
        : t('invitations:diagnosis.accepted', { at, name }),
    advice: t('invitations:diagnosis.acceptedAdvice'),
    suggestedAction: null,
  };
}

function declined({ declined: decline }: DiagnosisFacts): Diagnosis | null {
  if (!decline) return null;
  const { at, reason } = decline;
  if (reason === 'stop')
    return problemDiagnosis(
      t('invitations:diagnosis.declinedStop', { at }),
      t('invitations:diagnosis.declinedStopAdvice'),
      null,
    );
  if (reason === 'deceased')
    return problemDiagnosis(
      t('invitations:diagnosis.declinedDeceased', { at }),
      t('invitations:diagnosis.declinedDeceasedAdvice'),
      null,
    );
  if (reason === 'not-me')
    return problemDiagnosis(
      t('invitations:diagnosis.declinedNotMe', { at }),
      t('invitations:diagnosis.declinedNotMeAdvice'),
      'invite',
    );
  return problemDiagnosis(
    t('invitations:diagnosis.declinedRatherNot', { at }),
    t('invitations:diagnosis.declinedRatherNotAdvice'),
    null,
  );
}

function revoked({ revoked: revocation }: DiagnosisFacts): Diagnosis | null {
  if (!revocation) return null;
  const { at, by: name, reason } = revocation;
  if (revocation.isReplaced)
    return problemDiagnosis(
      t('invitations:diagnosis.replaced', { at }),
      t('invitations:diagnosis.replacedAdvice'),
      'successor',
    );
  const key = `revoked${name === null ? '' : 'By'}${reason ? 'Reason' : ''}` as const;
  return problemDiagnosis(
    t(`invitations:diagnosis.${key}`, { at, name, reason }),
    t('invitations:diagnosis.revokedAdvice'),
    'invite-again',
  );
}

function tooYoung({ ageBlockedAt: at }: DiagnosisFacts): Diagnosis | null {
  if (!at) return null;
  return problemDiagnosis(
    t('invitations:diagnosis.tooYoung', { at }),
    t('invitations:diagnosis.tooYoungAdvice'),
    'reopening',
  );
}

function undelivered({ mail, blockingReasons }: DiagnosisFacts): Diagnosis | null {
  if (mail?.state === 'bounced') {
    const { at, to: email, error } = mail;
    const text =
      error === null
        ? t('invitations:diagnosis.bounced', { at, email })
        : t('invitations:diagnosis.bouncedError', { at, email, error });
    return problemDiagnosis(text, t('invitations:diagnosis.bouncedAdvice'), 'address');
  }
  if (mail?.state !== 'failed' || blockingReasons.length > 0) return null;
  const { at, attempts: count, error } = mail;
  const text =
    error === null
      ? t('invitations:diagnosis.failed', { at, count })
      : t('invitations:diagnosis.failedError', { at, count, error });
  return problemDiagnosis(text, t('invitations:diagnosis.failedAdvice'), 'resend');
}

function blocked({ blockingReasons }: DiagnosisFacts): Diagnosis | null {
  if (blockingReasons.length === 0) return null;
  return problemDiagnosis(blockingReasons.join(' '), t('invitations:diagnosis.blockedAdvice'), null);
}

function expired({
  status,
  expiresAt: expiredAt,
  invalidOpenAt,
  lastOpen,
  formErrors,
}: DiagnosisFacts): Diagnosis | null {
  if (status !== 'expired') return null;
  if (invalidOpenAt && invalidOpenAt > expiredAt)
    return problemDiagnosis(
      t('invitations:diagnosis.expiredOpenedSince', { expiredAt, openedAt: invalidOpenAt }),
      t('invitations:diagnosis.expiredOpenedSinceAdvice'),
      'resend',
    );
  const openedAt = (lastOpen ?? formErrors)?.at;
  if (openedAt)
    return problemDiagnosis(
      t('invitations:diagnosis.expiredOpened', { expiredAt, openedAt }),
      t('invitations:diagnosis.expiredOpenedAdvice'),
      'resend',
    );
  return problemDiagnosis(
    t('invitations:diagnosis.expiredUnopened', { at: expiredAt }),
    t('invitations:diagnosis.expiredUnopenedAdvice'),
    'resend',
  );
}

function waiting({ mail, isMailPaused }: DiagnosisFacts): Diagnosis | null {
  if (mail?.state !== 'queued') return null;
  const { at, attempts: count, error } = mail;
  if (isMailPaused)
    return waitingDiagnosis(
      t('invitations:diagnosis.paused', { at }),
      t('invitations:diagnosis.pausedAdvice'),
      null,
    );
  if (error === null)
    return waitingDiagnosis(t('invitations:diagnosis.queued'), t('invitations:diagnosis.queuedAdvice'), null);
  return waitingDiagnosis(
    t('invitations:diagnosis.retrying', { error }),
    t('invitations:diagnosis.retryingAdvice', { count }),
    null,
  );
}

function supersededLinkOpened({
  invalidOpenAt: openedAt,
  link,
  lastOpen,
  formErrors,
}: DiagnosisFacts): Diagnosis | null {
  if (!openedAt || !link || openedAt < link.at || lastOpen || formErrors) return null;
  return problemDiagnosis(
    t('invitations:diagnosis.oldLinkOpened', { openedAt, createdAt: link.at }),
    t('invitations:diagnosis.oldLinkOpenedAdvice'),
    'resend',
  );
}

function formRejected({ formErrors, link }: DiagnosisFacts): Diagnosis | null {
  if (!formErrors || (link?.isShared && formErrors.fields.includes('code'))) return null;
  const { at, times: count, fields } = formErrors;
  return waitingDiagnosis(
    t('invitations:diagnosis.formRejected', { at, count, fields: listFieldLabels(fields) }),
    fields.includes('password')
      ? t('invitations:diagnosis.passwordAdvice')
      : t('invitations:diagnosis.formAdvice'),
    null,
  );
}

function linkShared({ link, lastOpen, codeSentAt, formErrors, email }: DiagnosisFacts): Diagnosis | null {
  if (!link?.isShared) return null;
  const byMail = t('invitations:diagnosis.sendByMailAdvice');
  if (codeSentAt) {
    const text = formErrors
      ? t('invitations:diagnosis.wrongCode', { email, at: codeSentAt })
      : t('invitations:diagnosis.codeNotEntered', { email, at: codeSentAt });
    return waitingDiagnosis(text, byMail, 'resend');
  }
  if (lastOpen) {
    const { at, device } = lastOpen;
    return waitingDiagnosis(t('invitations:diagnosis.codeNotRequested', { at, device }), byMail, 'resend');
  }
  return waitingDiagnosis(
    t('invitations:diagnosis.sharedUnopened', { at: link.at }),
    t('invitations:diagnosis.sharedUnopenedAdvice'),
    'resend',
  );
}

function opened({ lastOpen, expiresAt: until }: DiagnosisFacts, now: Date): Diagnosis | null {
  if (!lastOpen) return null;
  const { at, device } = lastOpen;
  const text = t('invitations:diagnosis.opened', { at, device, until });
  return until.getTime() - now.getTime() < 2 * DAY_MS
    ? waitingDiagnosis(text, t('invitations:diagnosis.openedAdviceUrgent'), 'extension')
    : waitingDiagnosis(text, t('invitations:diagnosis.openedAdvice'), null);
}

function neverOpened({ mail, openedByScanner }: DiagnosisFacts, now: Date): Diagnosis | null {
  if (mail?.state !== 'sent') return null;
  const { at } = mail;
  if (now.getTime() - at.getTime() < DAY_MS)
    return waitingDiagnosis(
      t('invitations:diagnosis.sentToday', { at }),
      t('invitations:diagnosis.sentTodayAdvice'),
      null,
    );
  const text = openedByScanner
    ? t('invitations:diagnosis.scannerOnly', { at })
    : t('invitations:diagnosis.neverOpened', { at });
  return waitingDiagnosis(text, t('invitations:diagnosis.neverOpenedAdvice'), 'resend');
}

function problemDiagnosis(text: string, advice: string, suggestedAction: SuggestedAction | null): Diagnosis {
  return { tone: 'bad', text, advice, suggestedAction };
}

function waitingDiagnosis(text: string, advice: string, suggestedAction: SuggestedAction | null): Diagnosis {
  return { tone: 'wait', text, advice, suggestedAction };
}
