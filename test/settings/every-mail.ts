import { randomBytes, randomUUID } from 'node:crypto';
import { type Account, createAccount } from '../../src/accounts/account.ts';
import {
  changeAddressByStaff,
  findOpenAddressChange,
  requestAddressChange,
} from '../../src/accounts/address/address-change.ts';
import {
  confirmAddressChange,
  getOpenAddressChange,
  getUndoableAddressChange,
  undoAddressChange,
} from '../../src/accounts/address/apply.ts';
import { askForOtherAddresses, saveClosingDomain } from '../../src/accounts/address/closing-domains.ts';
import { accountMails } from '../../src/accounts/mails.ts';
import { mailPasswordReset } from '../../src/accounts/password-reset.ts';
import { sendMailboxCode } from '../../src/accounts/registration/mailbox-code.ts';
import { decideCorrections, getCorrectableRecord, proposeCorrections } from '../../src/alumni/corrections.ts';
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
const minorYearOfBirth = new Date().getUTCFullYear() - 16;

/**
 * Sends one mail of each template through the worker, with `personalMessage` in the invitations.
 * @returns the mails by template name
 */
export async function sendEveryMail(personalMessage: string): Promise<Map<string, SentMail>> {
  const member = await createTestAccount('amma@example.org', null, 'Amma Owusu');
  await mailMember(member);
  await mailInvitees(member, personalMessage);
  await matchAccount(member.id, await createTestRecord('amma@example.org'), command);
  await queue('hold-lifted', member.email, member.id);
  await mailDecision(member.id);
  await mailFamilies(member);
  await mailPausedWebhook();
  await runJobs();
  return collectSentMails();
}

async function mailMember({ id, email }: Account): Promise<void> {
  const notices = accountMails.map(({ name }) => name).filter((name) => name !== 'password-reset');
  for (const template of [...notices, 'test-mail']) await queue(template, email, id);
  await mailPasswordReset(email);
  await mailAddressChanges();
}

async function mailAddressChanges(): Promise<void> {
  await createTestAccount('leaver@school.example.org', null, 'Amma Owusu');
  await saveClosingDomain('school.example.org', new Date().toISOString().slice(0, 10), command);
  await askForOtherAddresses();
  const asking = await createTestAccount('asking@example.org', null, 'Amma Owusu');
  // A newer request replaces an older one, whose mail is then not sent.
  await requestAddressChange(asking, 'amma@example.org', command);
  await requestAddressChange(asking, 'asked@example.net', command);
  const moved = await createTestAccount('moved@example.org', null, 'Amma Owusu');
  const undone = await createTestAccount('undone@example.org', null, 'Amma Owusu');
  for (const { id } of [moved, undone]) {
    await changeAddressByStaff(id, { email: `new-${id}@example.net`, reason: 'A letter' }, command);
    const change = await findOpenAddressChange(id);
    await confirmAddressChange(await getOpenAddressChange(change?.id ?? ''), command);
    if (id === undone.id) await undoAddressChange(await getUndoableAddressChange(change?.id ?? ''), command);
  }
}

async function mailInvitees(member: Account, message: string): Promise<void> {
  const inviter = await createTestAccount('ada@example.org', 'admin', 'Ada Office');
  const inviteAddress = (email: string, delivery: 'mail' | 'link' = 'mail'): Promise<Issued> =>
    invite(
      { email, message, validityDays: 7, staffRole: null, delivery, replace: false },
      { kind: 'account', accountId: inviter.id, ip: null, requestId: null },
    );
  await createTestRecord('kofi@example.org');
  const open = await inviteAddress('kofi@example.org');
  await queue('invitation-reminder', 'kofi@example.org', open.linkId);

  await createTestRecord('late@example.org');
  const expired = await createTestInvitation('late@example.org');
  await expireInvitation(expired.invitation.id);
  await queue('invitation-expired', 'late@example.org', expired.linkId);

  const sharedLink = await findLink((await inviteAddress('friend@example.org', 'link')).linkId);
  if (!sharedLink) throw new Error('link not found');
  await sendMailboxCode(sharedLink, command);

  const accepted = (await inviteAddress('efua@example.org', 'link')).invitation.id;
  await queryRows('update invitations set accepted_at = now(), accepted_by = $2 where id = $1', [
    accepted,
    member.id,
  ]);
  await queue('invitation-accepted', inviter.email, accepted);

  const bounced = (await inviteAddress('gone@example.org', 'link')).invitation.id;
  await queryRows('update invitations set bounced_at = now() where id = $1', [bounced]);
  await queue('invitation-bounced', inviter.email, bounced);
}

async function mailFamilies(member: Account): Promise<void> {
  await createMinorWithGuardian('yaw@example.org');
  const consented = await createMinorWithGuardian('esi@example.org');
  await grantConsent(consented, command);
  await queue('consent-renewal', 'gita@example.net', consented);
  const withdrawn = await createMinorWithGuardian('abena@example.org');
  await grantConsent(withdrawn, command);
  await withdrawConsent(withdrawn, command);
  const adultChild = await claim(
    member.id,
    'child',
    await createTestRecord('grown@example.org', { yearOfBirth: minorYearOfBirth - 10 }),
  );
  await queue('coming-of-age', member.email, adultChild);
  const pending = await createMinorWithGuardian('kojo@example.org');
  for (const template of ['second-guardian', 'guardian-link', 'guardian-corrected'])
    await queue(template, 'gita@example.net', pending);
  await queue('guardian-rejected', 'kojo@example.org', pending);
  await queue('consent-confirmation', 'gita@example.net', consented);
  await queue('data-erased', 'gita@example.net', pending);
  const adult = await createMinorWithGuardian('akua@example.org', minorYearOfBirth - 10);
  await queue('supervision-ended', 'gita@example.net', adult);
}

/** @returns the id of the guardian */
async function createMinorWithGuardian(email: string, yearOfBirth = minorYearOfBirth): Promise<string> {
  const minor = { email, name: 'Kofi Owusu', passwordHash: '$argon2id$none', staffRole: null };
  const { id } = await inTransaction(() => createAccount(minor, command));
  const profileId = await claim(id, 'self', await createTestRecord(email, { yearOfBirth }));
  const named = { name: 'Gita Owusu', email: 'gita@example.net', hold: null };
  await inTransaction(() => requestConsent(profileId, id, named, command));
  return (await listCurrentGuardians(profileId))[0]?.id ?? '';
}

function claim(accountId: string, relationship: 'self' | 'child', recordId: string): Promise<string> {
  const input = { accountId, recordId, relationship, statedYearOfBirth: null, policyVersion: 1 };
  return inTransaction(() => claimRecord(input, command));
}

async function mailPausedWebhook(): Promise<void> {
  const id = randomUUID();
  await queryRows(
    `insert into webhooks (id, url, events, key_id, encrypted, paused_at, pause_reason)
     values ($1, 'https://members.example.org/hook', '{invitation.created}', 1, $2, now(), 'failing')`,
    [id, randomBytes(60)],
  );
  await queue('webhook-paused', 'ada@example.org', id);
}

function queue(template: string, to: string, subjectId: string): Promise<string> {
  return inTransaction(() => queueMail({ template, to, subjectId, reference: 'ABCD2345' }));
}

async function collectSentMails(): Promise<Map<string, SentMail>> {
  const captured = await listCapturedMails();
  const messages = await Message.findAll({ where: { deliveryStatus: 'sent' }, order: ['queuedAt'] });
  const sent = messages.flatMap((message) => {
    const mail = captured.find(({ messageId }) => messageId.includes(message.id));
    return mail ? [[message.template, { message, mail }] as const] : [];
  });
  return new Map(sent);
}

async function mailDecision(accountId: string): Promise<void> {
  const recordId = await claimedRecord(accountId);
  const values = { firstName: 'Amma', lastName: 'Boateng', formerName: null, batch: 2003, center: 'Harbour' };
  await proposeCorrections(accountId, recordId, values, command);
  const { waiting } = await getCorrectableRecord(accountId, recordId);
  const shown = waiting.map(({ id }) => id);
  const decision = { shown, accepted: shown.slice(0, 1), reason: 'Yearbook: 2002' };
  await decideCorrections(recordId, decision, command);
}

async function claimedRecord(accountId: string): Promise<string> {
  const [claimed] = await queryRows<{ id: string }>(
    'select alumni_member_id::text as id from profiles where account_id = $1',
    [accountId],
  );
  return claimed?.id ?? '';
}
