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
const opened = { lastOpen: { at: day(13), device: 'Safari on iPhone' } };
const expired = { status: 'expired', expiresAt: day(15) } as const;
const formErrors = (...fields: string[]) => ({ formErrors: { at: day(14), times: 3, fields } });
const revoked = { at: day(14), by: 'Ada', reason: 'a wrong list', isReplaced: false };

describe('diagnosis of an invitation', () => {
  it.each<[string, Partial<DiagnosisFacts>, string, SuggestedAction | null]>([
    [
      'never opened',
      {},
      'The link was mailed on 12 May 2026 and never opened. Ask whether it landed in spam',
      'resend',
    ],
    [
      'mailed, address blocked since',
      { blockingReasons: ['The person asked us to stop writing.'] },
      'The person asked us to stop writing. Nothing can be sent to this address until that has changed',
      null,
    ],
    [
      'failed, address blocked',
      { ...mail('failed', 'timed out', 9), blockingReasons: ['The person reported our mail as spam.'] },
      'reported our mail as spam. Nothing can be sent',
      null,
    ],
    ['mailed today', { mail: { ...sent, at: day(16, 8) } }, 'is not opened yet. Give it a day', null],
    [
      'opened by a scanner',
      { openedByScanner: true },
      'Only a program that checks mail has opened it, so it did arrive',
      'resend',
    ],
    [
      'too young',
      { ...opened, ageBlockedAt: day(14) },
      'Blocked on 14 May 2026: the person is too young',
      'reopening',
    ],
    ['opened', opened, 'Opened on 13 May 2026 (Safari on iPhone), but nobody has registered yet', null],
    ['opened, expires soon', { ...opened, expiresAt: day(17) }, 'give them more time', 'extension'],
    [
      'form with errors',
      { ...opened, ...formErrors('name', 'yearOfBirth') },
      'was refused 3 times, last on 14 May 2026: the name, the year of birth',
      null,
    ],
    [
      'password not accepted',
      { ...opened, ...formErrors('password') },
      'a password needs at least 12 characters',
      null,
    ],
    ['queued', mail('queued'), 'The mail is on its way', null],
    [
      'queued after a temporary error',
      mail('queued', '451 Try later', 2),
      '“451 Try later”. We have tried 2 times',
      null,
    ],
    [
      'queued while mail is paused',
      { ...mail('queued'), isMailPaused: true },
      'no mail goes out just now',
      null,
    ],
    [
      'bounced',
      mail('bounced', '550 No such user'),
      'The mail to amma@example.org was refused on 12 May 2026: “550 No such user”',
      'address',
    ],
    ['bounced and expired', { ...mail('bounced'), ...expired }, 'Look for a slip in the address', 'address'],
    ['failed', mail('failed', '451 Try later', 14), 'We gave up on 12 May 2026 after 14 tries', 'resend'],
    ['expired, never opened', expired, 'Expired on 15 May 2026 and was never opened', 'resend'],
    [
      'expired after being opened',
      { ...expired, ...opened },
      'It was opened on 13 May 2026, but nobody registered',
      'resend',
    ],
    [
      'expired after form errors',
      { ...expired, ...formErrors('name') },
      'It was opened on 14 May 2026',
      'resend',
    ],
    [
      'opened after it expired',
      { ...expired, invalidOpenAt: day(16) },
      'Somebody opened the link after that, on 16 May 2026',
      'resend',
    ],
    [
      'superseded link opened',
      { invalidOpenAt: day(14) },
      'Somebody opened an older link on 14 May 2026',
      'resend',
    ],
    ['superseded link opened before the resend', { invalidOpenAt: day(11) }, 'and never opened', 'resend'],
    ['shared', sharedLink, 'Nobody has opened it yet', 'resend'],
    [
      'shared and opened',
      { ...sharedLink, ...opened },
      'The code for the mailbox is not asked for yet',
      'resend',
    ],
    [
      'shared, code sent',
      { ...sharedLink, ...opened, codeSentAt: day(13) },
      'A code went to amma@example.org on 13 May 2026; it is not typed yet',
      'resend',
    ],
    [
      'shared, wrong code',
      { ...sharedLink, ...opened, codeSentAt: day(13), ...formErrors('code') },
      'a wrong code was typed',
      'resend',
    ],
    [
      'accepted',
      { status: 'accepted', accepted: { at: day(14), by: 'Amma Owusu' } },
      'Accepted on 14 May 2026: Amma Owusu has an account now',
      null,
    ],
    [
      'accepted, account deleted',
      { status: 'accepted', accepted: { at: day(14), by: null } },
      'the account is gone since',
      null,
    ],
    [
      'declined: not me',
      { status: 'declined', declined: { at: day(14), reason: 'not-me' } },
      'said it is not for them',
      'invite',
    ],
    [
      'declined: stop writing',
      { status: 'declined', declined: { at: day(14), reason: 'stop' } },
      'Leave them in peace',
      null,
    ],
    [
      'declined: deceased',
      { status: 'declined', declined: { at: day(14), reason: 'deceased' } },
      'mark the record in the directory',
      null,
    ],
    [
      'revoked',
      { status: 'revoked', revoked },
      'Revoked on 14 May 2026 by Ada: “a wrong list”',
      'invite-again',
    ],
    [
      'replaced',
      { status: 'revoked', revoked: { ...revoked, isReplaced: true } },
      'by a newer invitation',
      'successor',
    ],
    ['without a link', { link: null, mail: null }, 'No link was sent yet', 'resend'],
  ])('%s', (_situation, facts, text, suggestedAction) => {
    const diagnosis = diagnose({ ...mailed, ...facts }, now);
    expect(`${diagnosis.text} ${diagnosis.advice}`).toContain(text);
    expect(diagnosis.suggestedAction).toBe(suggestedAction);
  });
});
