import { load } from 'cheerio';
import { beforeAll, describe, expect, it } from 'vitest';
import { config } from '../../src/platform/config/config.ts';
import { signLinkToken } from '../../src/platform/crypto/signed-links.ts';
import {
  CODE_PLACEHOLDER,
  LINK_PLACEHOLDER,
  previewMessage,
  previewTemplate,
} from '../../src/settings/mails/preview.ts';
import { mailSamples } from '../../src/settings/mails/samples.ts';
import { mailTemplates } from '../../src/settings/mails/templates.ts';
import { queryRows } from '../support/database.ts';
import { type SentMail, sendEveryMail } from './every-mail.ts';

const names = mailTemplates.map(({ name }) => name);
const TOKEN = /[\w-]{66}/;
const CODE = /\b\d{6}\b/;

const withToken = [
  'password-reset',
  'invitation',
  'invitation-reminder',
  ...['guardian-request', 'second-guardian', 'guardian-link'],
  ...['consent-granted', 'consent-confirmation', 'consent-withdrawn', 'consent-renewal'],
];

/** Mails after which there is nothing to do. */
const withoutLink = ['supervision-ended', 'guardian-corrected', 'data-erased'];

/** Whom a mail greets by name; the others go to people whose name we don't know. */
const greeted: Readonly<Record<string, string>> = {
  ...Object.fromEntries(names.map((name) => [name, 'Amma Owusu'])),
  ...Object.fromEntries(
    [
      ...['guardian-request', 'second-guardian', 'guardian-link', 'guardian-corrected', 'supervision-ended'],
      ...['consent-granted', 'consent-confirmation', 'consent-withdrawn', 'consent-renewal'],
    ].map((name) => [name, 'Gita Owusu']),
  ),
  'invitation-accepted': 'Ada Office',
  'invitation-bounced': 'Ada Office',
  'access-granted': 'Amma',
  'access-ended': 'Amma',
  'guardian-turned-down': 'Amma',
};
const nameless = [
  'invitation',
  'invitation-reminder',
  'invitation-expired',
  'mailbox-code',
  'grown-up',
  'webhook-paused',
  'data-erased',
];

const pasted = signLinkToken('invitation', crypto.randomUUID());
let sent: Map<string, SentMail>;

function sentOf(name: string): SentMail {
  const found = sent.get(name);
  if (!found) throw new Error(`no mail ${name} was sent`);
  return found;
}

/** What people read of a mail, in whichever form. */
const readable = ({ subject, text, html }: { subject: string; text: string; html: string }) => [
  subject,
  text,
  load(html)('body').text(),
];

beforeAll(async () => {
  await queryRows(
    `update settings set mail_greeting = 'Dear {name} of {organisation},', mail_greeting_nameless = 'Good day,',
       invitation_subject = 'Come home to {organisation}', organisation_name = 'Lakeside' returning only_row`,
  );
  sent = await sendEveryMail(`Do come! ${pasted}`);
});

describe('every mail', () => {
  it('is sent on its occasion', () => {
    expect([...sent.keys()].sort()).toEqual([...names].sort());
  });

  it.each(names)('has a subject, text and HTML with every value filled in: %s', (name) => {
    const { mail, message } = sentOf(name);
    expect(mail.subject).toMatch(/^\S.{5,}\S$/);
    for (const part of readable(mail)) {
      expect(part.trim()).not.toBe('');
      expect(part).not.toMatch(/[{}]|undefined|\bnull\b|NaN|Invalid Date|\[object/);
    }
    for (const part of readable(mail).slice(1)) {
      expect(part).toContain('Lakeside');
      expect(part).toContain(message.reference);
    }
  });

  it.each(names)('greets in the office’s own words: %s', (name) => {
    const { mail } = sentOf(name);
    const greeting = nameless.includes(name) ? 'Good day,' : `Dear ${greeted[name]} of Lakeside,`;
    expect(mail.text.split('\n')[0]).toBe(greeting);
    expect(mail.html).toContain(`<p>${greeting}</p>`);
  });

  it.each(names.filter((name) => !withoutLink.includes(name)))(
    'has the same link or code in text and HTML: %s',
    (name) => {
      const { mail } = sentOf(name);
      if (name === 'mailbox-code') {
        const [code] = CODE.exec(mail.text) ?? [];
        expect(load(mail.html)('body').text()).toContain(code);
        return;
      }
      const link = mail.links.find((one) => one.startsWith(`${config.baseUrl}/`));
      expect(link).toBeDefined();
      expect(
        load(mail.html)('a')
          .get()
          .map(({ attribs }) => attribs.href),
      ).toContain(link);
    },
  );

  it('contains a secret link only where the reader needs one', () => {
    const secret = names.filter((name) => sentOf(name).mail.links.some((link) => TOKEN.test(link)));
    expect(secret.sort()).toEqual([...withToken].sort());
  });

  it.each(names)('is shown to staff without its secret: %s', async (name) => {
    const { message, mail } = sentOf(name);
    const [token = ''] = mail.links.flatMap((link) => TOKEN.exec(link) ?? []);
    const code = name === 'mailbox-code' ? CODE.exec(mail.text)?.[0] : undefined;
    const real = await previewMessage(message);
    expect(real).toMatchObject({ subject: mail.subject, isExample: false });
    for (const shown of [real, await previewTemplate(name)]) {
      const all = `${shown?.subject}\n${shown?.text}\n${shown?.html}`;
      for (const secret of [token, code, pasted]) if (secret) expect(all).not.toContain(secret);
      if (!withoutLink.includes(name)) expect(all).toContain(code ? CODE_PLACEHOLDER : LINK_PLACEHOLDER);
    }
  });

  it.each(names)('has a sample with every value filled in: %s', async (name) => {
    expect(mailSamples[name]?.title).toMatch(/^[A-Z]/);
    const sample = await previewTemplate(name);
    for (const part of readable(sample)) expect(part).not.toMatch(/[{}]|undefined|\bnull\b|Invalid Date/);
    expect(sample.text.split('\n')[0]).toMatch(
      nameless.includes(name) ? /^Good day,$/ : /^Dear .+ of Lakeside,$/,
    );
    expect(sample.subject).toMatch(/^\S.{5,}\S$/);
  });

  it('has a sample, and every sample belongs to a mail', () => {
    expect(Object.keys(mailSamples).sort()).toEqual([...names].sort());
  });

  it('uses the office’s own subject for invitations', () => {
    expect(sentOf('invitation').mail.subject).toBe('Come home to Lakeside');
    expect(sentOf('invitation-reminder').mail.subject).toBe('A reminder: Come home to Lakeside');
    expect(sentOf('invitation').mail.text).toContain('\n> Do come!');
  });

  it('can’t be turned into another by what the office types', async () => {
    const name = 'Evil\r\nBcc: x@example.org <script>';
    await queryRows(
      `update settings set mail_greeting = '<b>{name}</b> {name},', organisation_name = $1 returning only_row`,
      [name],
    );
    const { text, html, subject } = await previewTemplate('welcome');
    expect(html).toContain('&lt;b&gt;Amma Owusu&lt;/b&gt; Amma Owusu,');
    expect(html).not.toContain('<script>');
    expect(`${subject}`).not.toMatch(/[\r\n]/);
    expect(text.split('\n').filter((line) => line.startsWith('Bcc'))).toEqual([]);
  });
});
