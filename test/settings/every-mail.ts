import { randomBytes, randomUUID } from 'node:crypto';
import { type Account, createAccount } from '../../src/accounts/account.ts';
import { accountMails } from '../../src/accounts/mails.ts';
import { mailPasswordReset } from '../../src/accounts/password-reset.ts';
import { sendMailboxCode } from '../../src/accounts/registration/mailbox-code.ts';
import { matchAccount } from '../../src/alumni/matching/match.ts';
import { claimRecord } from '../../src/alumni/profile.ts';
import { requestConsent } from '../../src/consents/consent-requests.ts';
import { grantConsent, withdrawConsent } from '../../src/consents/decisions.ts';
import { listCurrentGuardians } from '../../src/consents/guardians/guardian.ts';
import { findLink } from '../../src/invitations/link.ts';
import { inTransaction } from '../../src/platform/db/database.ts';
import { type CapturedMail, listCapturedMails } from '../../src/platform/mail/captured-mail.ts';
import { Message, queueMail } from '../../src/platform/mail/messages.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  expireInvitation,
  runJobs,
} from '../support/fixtures.ts';
import { type Issued, invite } from '../support/operations.ts';

export type SentMail = Readonly<{ message: Message; mail: CapturedMail }>;

const command = { kind: 'command' } as const;
const young = new Date().getUTCFullYear() - 16;

/**
 * Brings about what each mail is for, and lets the worker send it. `personalMessage` stands in the invitations.
 * @returns one mail of each template, by its name
 */
export async function sendEveryMail(personalMessage: string): Promise<Map<string, SentMail>> {
  const member = await createTestAccount('amma@example.org', null, 'Amma Owusu');
  await toMember(member);
  await toInvited(member, personalMessage);
  await matchAccount(member.id, await createTestRecord('amma@example.org'), command);
  await queue('hold-lifted', member.email, member.id);
  await toFamilies(member);
  await pausedWebhook();
  await runJobs();
  return sentMails();
}

async function toMember({ id, email }: Account): Promise<void> {
  const notices = accountMails.map(({ name }) => name).filter((name) => name !== 'password-reset');
  for (const template of [...notices, 'test-mail']) await queue(template, email, id);
  await mailPasswordReset(email);
}

async function toInvited(member: Account, message: string): Promise<void> {
  const inviter = await createTestAccount('ada@example.org', 'admin', 'Ada Office');
  const inviting = (email: string, delivery: 'mail' | 'link' = 'mail'): Promise<Issued> =>
    invite(
      { email, message, validityDays: 7, staffRole: null, delivery, replace: false },
      { kind: 'account', accountId: inviter.id, ip: null, requestId: null },
    );
  const open = await inviting('kofi@example.org');
  await queue('invitation-reminder', 'kofi@example.org', open.linkId);

  const late = await createTestInvitation('late@example.org');
  await expireInvitation(late.invitation.id);
  await queue('invitation-expired', 'late@example.org', late.linkId);

  const handed = await findLink((await inviting('friend@example.org', 'link')).linkId);
  if (!handed) throw new Error('the link is not there');
  await sendMailboxCode(handed, command);

  const accepted = (await inviting('efua@example.org', 'link')).invitation.id;
  await queryRows('update invitations set accepted_at = now(), accepted_by = $2 where id = $1', [
    accepted,
    member.id,
  ]);
  await queue('invitation-accepted', inviter.email, accepted);

  const bounced = (await inviting('gone@example.org', 'link')).invitation.id;
  await queryRows('update invitations set bounced_at = now() where id = $1', [bounced]);
  await queue('invitation-bounced', inviter.email, bounced);
}

async function toFamilies(member: Account): Promise<void> {
  await guarded('yaw@example.org');
  const consented = await guarded('esi@example.org');
  await grantConsent(consented, command);
  await queue('consent-renewal', 'gita@example.net', consented);
  const ended = await guarded('abena@example.org');
  await grantConsent(ended, command);
  await withdrawConsent(ended, command);
  const grown = await claimed(
    member.id,
    'child',
    await createTestRecord('grown@example.org', { yearOfBirth: young - 10 }),
  );
  await queue('grown-up', member.email, grown);
  const asked = await guarded('kojo@example.org');
  for (const template of ['second-guardian', 'guardian-link', 'guardian-corrected'])
    await queue(template, 'gita@example.net', asked);
  await queue('guardian-turned-down', 'kojo@example.org', asked);
  await queue('consent-confirmation', 'gita@example.net', consented);
  await queue('data-erased', 'gita@example.net', asked);
  const older = await guarded('akua@example.org', young - 10);
  await queue('supervision-ended', 'gita@example.net', older);
}

/** A minor whose guardian is asked. @returns the guardian's id */
async function guarded(email: string, yearOfBirth = young): Promise<string> {
  const minor = { email, name: 'Kofi Owusu', passwordHash: '$argon2id$none', staffRole: null };
  const { id } = await inTransaction(() => createAccount(minor, command));
  const profileId = await claimed(id, 'self', await createTestRecord(email, { yearOfBirth }));
  const named = { name: 'Gita Owusu', email: 'gita@example.net', hold: null };
  await inTransaction(() => requestConsent(profileId, id, named, command));
  return (await listCurrentGuardians(profileId))[0]?.id ?? '';
}

function claimed(accountId: string, relationship: 'self' | 'child', recordId: string): Promise<string> {
  const given = { accountId, recordId, relationship, statedYearOfBirth: null, policyVersion: 1 };
  return inTransaction(() => claimRecord(given, command));
}

async function pausedWebhook(): Promise<void> {
  const id = randomUUID();
  await queryRows(
    `insert into webhooks (id, url, events, key_id, sealed, paused_at, pause_reason)
     values ($1, 'https://members.example.org/hook', '{invitation.created}', 1, $2, now(), 'failing')`,
    [id, randomBytes(60)],
  );
  await queue('webhook-paused', 'ada@example.org', id);
}

function queue(template: string, to: string, subjectId: string): Promise<string> {
  return inTransaction(() => queueMail({ template, to, subjectId, reference: 'ABCD2345' }));
}

async function sentMails(): Promise<Map<string, SentMail>> {
  const caught = await listCapturedMails();
  const messages = await Message.findAll({ where: { delivery: 'sent' }, order: ['queuedAt'] });
  const sent = messages.flatMap((message) => {
    const mail = caught.find(({ messageId }) => messageId.includes(message.id));
    return mail ? [[message.template, { message, mail }] as const] : [];
  });
  return new Map(sent);
}
