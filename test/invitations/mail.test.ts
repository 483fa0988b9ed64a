import { load } from 'cheerio';
import { afterEach, describe, expect, it } from 'vitest';
import { linkUrl } from '../../src/invitations/link.ts';
import { unsubscribeLink } from '../../src/invitations/unsubscribe.ts';
import { signLinkToken } from '../../src/platform/crypto/signed-links.ts';
import { inTransaction } from '../../src/platform/db/database.ts';
import { runDueJobs } from '../../src/platform/jobs/worker.ts';
import { mailTasks } from '../../src/platform/mail/mail-tasks.ts';
import { queueMail } from '../../src/platform/mail/messages.ts';
import { readLetterhead } from '../../src/settings/letterhead.ts';
import { mailTemplates } from '../../src/settings/mails/templates.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  expireInvitation,
  latestMail,
  linkInMail,
  uniqueAddress,
} from '../support/fixtures.ts';
import { useMailServer } from '../support/mail-server.ts';
import { resend } from '../support/operations.ts';

const system = { kind: 'system' } as const;

async function createRecord(email: string, details: Record<string, unknown>): Promise<void> {
  const id = await createTestRecord(email);
  for (const [column, value] of Object.entries(details))
    await queryRows(`update alumni_members set ${column} = $2 where id = $1 returning id`, [id, value]);
}

async function mailTo(email: string, details = {}) {
  await createTestInvitation(email, details);
  const mail = await latestMail(email);
  return { ...mail, greeting: mail.text.split('\n')[0], htmlText: load(mail.html)('body').text() };
}

afterEach(async () => {
  await queryRows('delete from settings');
  await queryRows('insert into settings default values returning only_row');
});

describe('an invitation', () => {
  it('greets the one person on file by first name, and says why they get it', async () => {
    const email = uniqueAddress();
    await createRecord(email, {
      first_name: 'Maya',
      last_name: 'Lindqvist',
      batch: 2008,
      center: 'Alder Hill',
    });
    const mail = await mailTo(email);
    expect(mail.greeting).toBe('Hello Maya,');
    for (const part of [mail.text, mail.htmlText])
      expect(part).toContain('We have you on file as Maya Lindqvist, batch of 2008, Alder Hill.');
  });

  it.each([
    ['batch and center', { batch: null, center: null }, 'Maya Lindqvist.', 'Hello Maya,'],
    ['a center', { center: null }, 'Maya Lindqvist, batch of 2008.', 'Hello Maya,'],
    ['a first name', { first_name: '' }, 'Lindqvist, batch of 2008, Alder Hill.', 'Hello Lindqvist,'],
  ])('says what is known of a record without %s', async (_name, missing, person, greeting) => {
    const email = uniqueAddress();
    const known = { first_name: 'Maya', last_name: 'Lindqvist', batch: 2008, center: 'Alder Hill' };
    await createRecord(email, { ...known, ...missing });
    const mail = await mailTo(email);
    expect(mail.text).toContain(`We have you on file as ${person}`);
    expect(mail.greeting).toBe(greeting);
  });

  it('greets a family by its name, without details of anyone', async () => {
    const email = uniqueAddress();
    for (const firstName of ['Sade', 'Kemi'])
      await createRecord(email, { first_name: firstName, last_name: 'Okafor', center: 'Alder Hill' });
    const mail = await mailTo(email);
    expect(mail.greeting).toBe('Dear Okafor family,');
    expect(mail.text).toContain('We’re writing to this address because Alumni Association has it on file.');
    expect(mail.text).not.toMatch(/Sade|Kemi|Alder Hill/);
    await queryRows(`update settings set mail_greeting = 'Hi {name} of {organisation}!' returning only_row`);
    const reworded = uniqueAddress();
    for (const firstName of ['Sade', 'Kemi'])
      await createRecord(reworded, { first_name: firstName, last_name: 'Okafor' });
    expect((await mailTo(reworded)).greeting).toBe('Hi Okafor family of Alumni Association!');
  });

  it('names nobody if different people share the address', async () => {
    const email = uniqueAddress();
    for (const lastName of ['Okafor', 'Lindqvist']) await createRecord(email, { last_name: lastName });
    const mail = await mailTo(email);
    expect(mail.greeting).toBe('Hello,');
    expect(mail.text).not.toMatch(/Okafor|Lindqvist/);
  });

  it('doesn’t greet a guardian by the child’s name', async () => {
    const marked = uniqueAddress();
    await createRecord(marked, { first_name: 'Leo', last_name: 'Brandt', email_of: 'guardian' });
    const bySetting = uniqueAddress();
    const minor = { first_name: 'Leo', last_name: 'Brandt', year_of_birth: new Date().getUTCFullYear() - 16 };
    await createRecord(bySetting, minor);
    await queryRows('update settings set minors_addresses_are_guardians = true returning only_row');
    for (const email of [marked, bySetting]) {
      const mail = await mailTo(email);
      expect(mail.greeting).toBe('Dear Brandt family,');
      expect(mail.text).not.toContain('Leo');
    }
  });

  it('uses the name that came with it if nobody is on file, but not that of someone who has died', async () => {
    expect((await mailTo(uniqueAddress(), { name: 'Lena Vogt' })).greeting).toBe('Hello Lena Vogt,');
    const nameless = await mailTo(uniqueAddress());
    expect(nameless.greeting).toBe('Hello,');
    expect(nameless.text).toContain('because Alumni Association would like to invite you');
    const email = uniqueAddress();
    await createRecord(email, { first_name: 'Maya' });
    await createTestInvitation(email);
    await queryRows('update alumni_members set deceased = true where email = $1 returning id', [email]);
    expect((await latestMail(email)).text).not.toContain('Maya');
  });

  it('is signed by the inviter, the organisation and the office, with the day of the deadline', async () => {
    const postalAddress = 'Lake Road 1\\nLakeside';
    await queryRows(
      `update settings set organisation_name = 'Lakeside Alumni', mail_footer = E'${postalAddress}' returning only_row`,
    );
    const { id } = await createTestAccount(uniqueAddress(), 'admin', 'Ada Office');
    const email = uniqueAddress();
    await createTestInvitation(email, {}, { kind: 'account', accountId: id, ip: null, requestId: null });
    const mail = await latestMail(email);
    expect(mail.text).toContain('\n\nWith best wishes,\nAda Office\nLakeside Alumni\n\n');
    expect(mail.text).toContain('\n--\nLake Road 1\nLakeside\n\nLakeside Alumni\n');
    expect(load(mail.html)('body').text().replace(/\s+/g, ' ')).toContain('Ada Office Lakeside Alumni');
    expect(mail.html).toContain('Lake Road 1<br>Lakeside');
    expect(mail.text).toMatch(
      /Please use it by (Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day \d{1,2} \w+( \d{4})?\./,
    );
    expect(mail.text).not.toMatch(/\d\d:\d\d/);
  });

  it('has the office’s own text, without lines about people who aren’t known', async () => {
    await queryRows(
      `update settings set invitation_intro = E'Dear {name}\\n\\n{inviter} invites you to {organisation}.\\nWe turn 50!',
         invitation_closing = E'Yours,\\n{inviter}' returning only_row`,
    );
    const mail = await mailTo(uniqueAddress());
    expect(mail.text).toMatch(/^Hello,\n\nWe turn 50!\n\nWe’re writing/);
    expect(mail.text).toContain('\n\nYours,\nAlumni Association\n');
    expect(mail.text).not.toContain('{');
    await queryRows(`update settings set invitation_intro = 'Dear {name}' returning only_row`);
    expect((await mailTo(uniqueAddress())).text).toContain(
      'You’re invited to register with Alumni Association.',
    );
  });

  it('says that it replaces an earlier mail, once that was sent', async () => {
    const email = uniqueAddress();
    const { invitation } = await createTestInvitation(email);
    await resend(invitation.id, 'mail', system);
    expect((await latestMail(email)).text).not.toContain('replaces');
    await resend(invitation.id, 'mail', system);
    expect((await latestMail(email)).text).toContain(
      'This e-mail replaces the one we sent earlier today. Please use this link.',
    );
    await queryRows(
      `update messages set sent_at = '2026-11-24T12:00:00Z' where recipient = $1 and sent_at is not null returning id`,
      [email],
    );
    const newest = await resend(invitation.id, 'mail', system);
    const mail = await latestMail(email);
    expect(mail.text).toMatch(
      /replaces the one we sent on Tuesday 24 November( 2026)?\. Please use this link\./,
    );
    expect(linkInMail(mail)).toBe(linkUrl(signLinkToken('invitation', newest.linkId)));
  });

  it('doesn’t say so if the earlier link was shared by a person', async () => {
    const email = uniqueAddress();
    const { invitation } = await createTestInvitation(email, { delivery: 'link' });
    await resend(invitation.id, 'mail', system);
    expect((await latestMail(email)).text).not.toContain('replaces');
  });
});

describe('the headers that a mail server receives', () => {
  const { server, transport } = useMailServer();

  async function sendByServer(): Promise<string[]> {
    const sources = {
      templates: mailTemplates,
      readLetterhead,
      findLanguage: async () => null,
      isOnHold: async () => false,
    };
    await runDueJobs(mailTasks(sources, transport()));
    return server().received.map(({ raw }) => raw.replace(/\r\n[ \t]+/g, ' '));
  }

  it('lead replies to the office, and stop invitations and reminders with one click', async () => {
    await queryRows(`update settings set support_email = 'help@lakeside.example' returning only_row`);
    const { linkId, invitation } = await createTestInvitation(uniqueAddress());
    const reminder = { to: invitation.email, subjectId: linkId, reference: 'ABCD2345' };
    await inTransaction(() => queueMail({ template: 'invitation-reminder', ...reminder }));
    await sendByServer();
    await expireInvitation(invitation.id);
    await inTransaction(() => queueMail({ template: 'invitation-expired', ...reminder }));
    const raws = await sendByServer();
    expect(raws).toHaveLength(3);
    for (const raw of raws) {
      expect(raw).toMatch(/^Reply-To: <?help@lakeside\.example>?\r$/m);
      expect(raw.split('\r\n')).toContain(`List-Unsubscribe: <${unsubscribeLink(linkId)}>`);
      expect(raw.split('\r\n')).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
    }
  });

  it('stop nothing else: a mail about an account has no such link', async () => {
    const { id, email } = await createTestAccount(uniqueAddress());
    await inTransaction(() =>
      queueMail({ template: 'password-changed', to: email, subjectId: id, reference: 'ABCD2345' }),
    );
    const [raw] = await sendByServer();
    expect(raw).toMatch(/^Reply-To: /m);
    expect(raw).not.toMatch(/unsubscribe/i);
  });
});
