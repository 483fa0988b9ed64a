import { describe, expect, it } from 'vitest';
import { diagnose, type SuggestedAction } from '../../src/admin/invitations/diagnosis.ts';
import type { DiagnosisFacts } from '../../src/admin/invitations/facts.ts';

const day = (number: number, hour = 9) => new Date(Date.UTC(2026, 4, number, hour));
const now = day(16);

const sent = { state: 'sent', at: day(12), to: 'amma@example.org', attempts: 1, error: null } as const;

/** Mailed on 12 May, valid until 19 May, never opened. */
const mailed: DiagnosisFacts = {
  status: 'pending',
  email: 'amma@example.org',
  expiresAt: day(19),
  accepted: null,
  revoked: null,
  declined: null,
  ageBlockedAt: null,
  blockingReasons: [],
  link: { at: day(12), isShared: false },
  mail: sent,
  isMailPaused: false,
  lastOpen: null,
  openedByScanner: false,
  invalidOpenAt: null,
  formErrors: null,
  codeSentAt: null,
};
const mail = (state: 'queued' | 'bounced' | 'failed', error: string | null = null, attempts = 1) => ({
  mail: { state, at: day(12), to: 'amma@example.org', attempts, error },
});
const sharedLink = { link: { at: day(12), isShared: true }, mail: null };
const opened = { lastOpen: { at: day(13), device: 'Safari, iPhone' } };
const expired = { status: 'expired', expiresAt: day(15) } as const;
const formErrors = (...fields: string[]) => ({ formErrors: { at: day(14), times: 3, fields } });
const revoked = { at: day(14), by: 'Ada', reason: 'a wrong list', isReplaced: false };

describe('diagnosis of an invitation', () => {
  it.each<[string, Partial<DiagnosisFacts>, string, SuggestedAction | null]>([
    [
      'never opened',
      {},
      'We sent our e-mail on 12 May 2026. Nobody has opened the link yet. Ask whether it’s in their spam folder',
      'resend',
    ],
    [
      'mailed, address blocked since',
      { blockingReasons: ['This person asked us to stop writing.'] },
      'This person asked us to stop writing. We can’t send anything to this address until that changes',
      null,
    ],
    [
      'failed, address blocked',
      { ...mail('failed', 'timed out', 9), blockingReasons: ['This person reported our e-mails as spam.'] },
      'reported our e-mails as spam. We can’t send anything',
      null,
    ],
    [
      'mailed today',
      { mail: { ...sent, at: day(16, 8) } },
      'Nobody has opened the link yet. Wait a day',
      null,
    ],
    [
      'opened by a scanner',
      { openedByScanner: true },
      'Only a mail scanner has opened the link, so the e-mail did arrive',
      'resend',
    ],
    [
      'too young',
      { ...opened, ageBlockedAt: day(14) },
      'Blocked on 14 May 2026: this person is too young',
      'reopening',
    ],
    [
      'opened',
      opened,
      'They opened the link on 13 May 2026 (Safari, iPhone), but haven’t registered yet',
      null,
    ],
    ['opened, expires soon', { ...opened, expiresAt: day(17) }, 'give them more time', 'extension'],
    [
      'form with errors',
      { ...opened, ...formErrors('name', 'yearOfBirth') },
      'They tried to register 3 times, last on 14 May 2026, but there was a problem with the name and the year of birth',
      null,
    ],
    [
      'password not accepted',
      { ...opened, ...formErrors('password') },
      'a password needs at least 12 characters',
      null,
    ],
    ['queued', mail('queued'), 'Our e-mail is about to be sent', null],
    [
      'queued after a temporary error',
      mail('queued', '451 Try later', 2),
      '“451 Try later”. We’ve tried 2 times',
      null,
    ],
    [
      'queued while mail is paused',
      { ...mail('queued'), isMailPaused: true },
      'because our mail server isn’t accepting e-mails',
      null,
    ],
    [
      'bounced',
      mail('bounced', '550 No such user'),
      'Our e-mail to amma@example.org was refused on 12 May 2026: “550 No such user”',
      'address',
    ],
    [
      'bounced and expired',
      { ...mail('bounced'), ...expired },
      'Look for a typing mistake in the address',
      'address',
    ],
    ['failed', mail('failed', '451 Try later', 14), 'We stopped on 12 May 2026 after 14 attempts', 'resend'],
    [
      'expired, never opened',
      expired,
      'This invitation expired on 15 May 2026. Nobody opened the link',
      'resend',
    ],
    [
      'expired after being opened',
      { ...expired, ...opened },
      'Someone opened the link on 13 May 2026, but didn’t register',
      'resend',
    ],
    [
      'expired after form errors',
      { ...expired, ...formErrors('name') },
      'Someone opened the link on 14 May 2026',
      'resend',
    ],
    [
      'opened after it expired',
      { ...expired, invalidOpenAt: day(16) },
      'Someone tried to open the link after that, on 16 May 2026',
      'resend',
    ],
    [
      'superseded link opened',
      { invalidOpenAt: day(14) },
      'Someone opened an older link on 14 May 2026',
      'resend',
    ],
    [
      'superseded link opened before the resend',
      { invalidOpenAt: day(11) },
      'Nobody has opened the link yet',
      'resend',
    ],
    ['shared', sharedLink, 'Nobody has opened it yet', 'resend'],
    ['shared and opened', { ...sharedLink, ...opened }, 'hasn’t asked for the code yet', 'resend'],
    [
      'shared, code sent',
      { ...sharedLink, ...opened, codeSentAt: day(13) },
      'We sent a code to amma@example.org on 13 May 2026. They haven’t entered it yet',
      'resend',
    ],
    [
      'shared, wrong code',
      { ...sharedLink, ...opened, codeSentAt: day(13), ...formErrors('code') },
      'They’ve entered a wrong code',
      'resend',
    ],
    [
      'accepted',
      { status: 'accepted', accepted: { at: day(14), by: 'Amma Owusu' } },
      'Amma Owusu accepted this invitation on 14 May 2026 and has an account',
      null,
    ],
    [
      'accepted, account deleted',
      { status: 'accepted', accepted: { at: day(14), by: null } },
      'The account has been deleted since',
      null,
    ],
    [
      'declined: not me',
      { status: 'declined', declined: { at: day(14), reason: 'not-me' } },
      'because the invitation isn’t for them',
      'invite',
    ],
    [
      'declined: rather not',
      { status: 'declined', declined: { at: day(14), reason: 'rather-not' } },
      'Please respect their choice',
      null,
    ],
    [
      'declined: stop writing',
      { status: 'declined', declined: { at: day(14), reason: 'stop' } },
      'Please don’t contact them again',
      null,
    ],
    [
      'declined: deceased',
      { status: 'declined', declined: { at: day(14), reason: 'deceased' } },
      'mark their record as deceased in the directory',
      null,
    ],
    [
      'revoked',
      { status: 'revoked', revoked },
      'Ada revoked this invitation on 14 May 2026: “a wrong list”',
      'invite-again',
    ],
    [
      'replaced',
      { status: 'revoked', revoked: { ...revoked, isReplaced: true } },
      'by a newer invitation',
      'successor',
    ],
    ['without a link', { link: null, mail: null }, 'We haven’t sent a link yet', 'resend'],
  ])('%s', (_situation, facts, text, suggestedAction) => {
    const diagnosis = diagnose({ ...mailed, ...facts }, now);
    expect(`${diagnosis.text} ${diagnosis.advice}`).toContain(text);
    expect(diagnosis.suggestedAction).toBe(suggestedAction);
  });
});
