import { load } from 'cheerio';
import { beforeAll, describe, expect, it } from 'vitest';
import { config } from '../../src/platform/config/config.ts';
import { signLinkToken } from '../../src/platform/crypto/signed-links.ts';
import { renderMail } from '../../src/platform/mail/render.ts';
import { readLetterhead } from '../../src/settings/letterhead.ts';
import {
  CODE_PLACEHOLDER,
  LINK_PLACEHOLDER,
  previewMessage,
  previewTemplate,
} from '../../src/settings/mails/preview.ts';
import { mailSamples, templateTitle } from '../../src/settings/mails/samples.ts';
import { mailTemplates } from '../../src/settings/mails/templates.ts';
import { queryRows } from '../support/database.ts';
import { type SentMail, sendEveryMail } from './every-mail.ts';

const names = mailTemplates.map(({ name }) => name);
const TOKEN = /[\w-]{66}/;
const CODE = /\b\d{6}\b/;

const templatesWithToken = [
  'password-reset',
  ...['address-change', 'address-change-announced', 'address-changed'],
  'invitation',
  'invitation-reminder',
  // Only for stopping invitations.
  'invitation-expired',
  ...['guardian-request', 'second-guardian', 'guardian-link'],
  ...['consent-granted', 'consent-confirmation', 'consent-withdrawn', 'consent-renewal'],
];

/** Mails that need no action. */
const templatesWithoutLink = ['supervision-ended', 'guardian-corrected', 'data-erased'];

/** The name in the greeting of each template. `namelessTemplates` go to people whose name isn't on file. */
const greetingNames: Readonly<Record<string, string>> = {
  ...Object.fromEntries(names.map((name) => [name, 'Amma Owusu'])),
  ...Object.fromEntries(
    [
      ...['guardian-request', 'second-guardian', 'guardian-link', 'guardian-corrected', 'supervision-ended'],
      ...['consent-granted', 'consent-confirmation', 'consent-withdrawn', 'consent-renewal'],
    ].map((name) => [name, 'Gita Owusu']),
  ),
  invitation: 'Amma',
  'invitation-reminder': 'Amma',
  'invitation-expired': 'Amma',
  'invitation-accepted': 'Ada Office',
  'invitation-bounced': 'Ada Office',
  'access-granted': 'Amma',
  'access-ended': 'Amma',
  'guardian-rejected': 'Amma',
};
const namelessTemplates = ['address-taken', 'mailbox-code', 'coming-of-age', 'webhook-paused', 'data-erased'];

const pastedToken = signLinkToken('invitation', crypto.randomUUID());
let sent: Map<string, SentMail>;

function getSentMail(name: string): SentMail {
  const found = sent.get(name);
  if (!found) throw new Error(`no mail ${name} was sent`);
  return found;
}

/** The visible texts of a mail. */
const visibleTexts = ({ subject, text, html }: { subject: string; text: string; html: string }) => [
  subject,
  text,
  load(html)('body').text(),
];

beforeAll(async () => {
  await queryRows(
    `update settings set mail_greeting = 'Dear {name} of {organisation},', mail_greeting_nameless = 'Good day,',
       invitation_subject = 'Come home to {organisation}', organisation_name = 'Lakeside' returning only_row`,
  );
  sent = await sendEveryMail(`Do come! ${pastedToken}`);
});

describe('every mail template', () => {
  it('is sent', () => {
    expect([...sent.keys()].sort()).toEqual([...names].sort());
  });

  it.each(names)('has a subject, text and HTML without missing values: %s', (name) => {
    const { mail, message } = getSentMail(name);
    expect(mail.subject).toMatch(/^\S.{5,}\S$/);
    for (const part of visibleTexts(mail)) {
      expect(part.trim()).not.toBe('');
      expect(part).not.toMatch(/[{}]|undefined|\bnull\b|NaN|Invalid Date|\[object/);
    }
    for (const part of visibleTexts(mail).slice(1)) {
      expect(part).toContain('Lakeside');
      expect(part).toContain(message.reference);
    }
  });

  it.each(names)('uses the greeting from the settings: %s', (name) => {
    const { mail } = getSentMail(name);
    const greeting = namelessTemplates.includes(name)
      ? 'Good day,'
      : `Dear ${greetingNames[name]} of Lakeside,`;
    expect(mail.text.split('\n')[0]).toBe(greeting);
    expect(mail.html).toContain(`<p>${greeting}</p>`);
  });

  it.each(names.filter((name) => !templatesWithoutLink.includes(name)))(
    'has the same link or code in text and HTML: %s',
    (name) => {
      const { mail } = getSentMail(name);
      if (name === 'mailbox-code') {
        const [code] = CODE.exec(mail.text) ?? [];
        expect(load(mail.html)('body').text()).toContain(code);
        return;
      }
      const link = mail.links.find((url) => url.startsWith(`${config.baseUrl}/`));
      expect(link).toBeDefined();
      expect(
        load(mail.html)('a')
          .get()
          .map(({ attribs }) => attribs.href),
      ).toContain(link);
    },
  );

  it('contains a secret link only if the recipient needs one', () => {
    const found = names.filter((name) => getSentMail(name).mail.links.some((link) => TOKEN.test(link)));
    expect(found.sort()).toEqual([...templatesWithToken].sort());
  });

  it.each(names)('is previewed without its secret: %s', async (name) => {
    const { message, mail } = getSentMail(name);
    const tokens = mail.links.flatMap((link) => TOKEN.exec(link) ?? []);
    const code = name === 'mailbox-code' ? CODE.exec(mail.text)?.[0] : undefined;
    const preview = await previewMessage(message);
    expect(preview).toMatchObject({ subject: mail.subject, isExample: false });
    for (const rendered of [preview, await previewTemplate(name)]) {
      const all = `${rendered?.subject}\n${rendered?.text}\n${rendered?.html}`;
      for (const secret of [...tokens, code, pastedToken]) if (secret) expect(all).not.toContain(secret);
      if (!templatesWithoutLink.includes(name))
        expect(all).toContain(code ? CODE_PLACEHOLDER : LINK_PLACEHOLDER);
    }
  });

  it.each(names)('has a sample without missing values: %s', async (name) => {
    expect(templateTitle(name)).toMatch(/^[A-Z]/);
    expect(templateTitle(name)).not.toBe('Another mail');
    const sample = await previewTemplate(name);
    for (const part of visibleTexts(sample)) expect(part).not.toMatch(/[{}]|undefined|\bnull\b|Invalid Date/);
    expect(sample.text.split('\n')[0]).toMatch(
      namelessTemplates.includes(name) ? /^Good day,$/ : /^Dear .+ of Lakeside,$/,
    );
    expect(sample.subject).toMatch(/^\S.{5,}\S$/);
  });

  it.each(names)('has a short preview for lists of mails, which differs from its title: %s', (name) => {
    const $ = load(getSentMail(name).mail.html);
    const preview = $('body > div').first();
    expect(preview.attr('style')).toContain('display:none');
    const text = preview
      .text()
      .replace(/[\u034f\u200c\u00a0]/g, '')
      .trim();
    expect(text).toMatch(/^[A-Z].{10,120}[.]$/);
    expect(text).not.toContain($('h1').text());
  });

  it.each(names)('loads nothing from other hosts, and can be read without backgrounds: %s', (name) => {
    const $ = load(getSentMail(name).mail.html);
    expect($('link, script, img, video, iframe')).toHaveLength(0);
    expect(getSentMail(name).mail.html).not.toMatch(/url\(|@import/);
    for (const table of $('table').get()) expect($(table).attr('role')).toBe('presentation');
    // No light text: only dark colours, which are readable on white.
    const colours = [...$.html('body').matchAll(/[;"]color:(#\w{6})/g)].map(([, colour]) => colour);
    expect(new Set(colours)).toEqual(new Set(['#24211d', '#5c564d']));
  });

  it.each(names)('replies to the office: %s', (name) => {
    expect(getSentMail(name).mail.replyTo).toBe('alumni-office@example.org');
  });

  it('can be stopped if it is an invitation', () => {
    const stoppable = names.filter((name) => getSentMail(name).mail.unsubscribeLink !== null);
    expect(stoppable).toEqual(
      mailTemplates.filter((template) => template.isInvitation).map(({ name }) => name),
    );
    for (const name of stoppable) {
      const { mail } = getSentMail(name);
      const stopLink = load(mail.html)('a').filter((_, link) => load(link).text() === 'Tell us');
      expect(stopLink.attr('href')).toBe(mail.unsubscribeLink);
      expect(mail.text).toContain(`Tell us here, and we won’t write again:\n\n${mail.unsubscribeLink}\n`);
    }
  });

  it.each([
    ['wide', { width: 1200, height: 100 }, { width: '240', height: '20' }],
    ['tall', { width: 100, height: 360 }, { width: '20', height: '72' }],
    ['tiny', { width: 24, height: 24 }, { width: '24', height: '24' }],
  ])('shows a %s logo undistorted, with the name as its text', async (_shape, size, shown) => {
    const template = mailTemplates.find(({ name }) => name === 'welcome');
    if (!template) throw new Error('no template');
    const letterhead = await readLetterhead();
    const logoUrl = 'https://lakeside.example/logo.png';
    const organisation = { ...letterhead.organisation, logo: { path: '/logo.png', ...size }, logoUrl };
    const values = { ...mailSamples.welcome, link: LINK_PLACEHOLDER };
    const $ = load((await renderMail(template, values, 'ABCD2345', { ...letterhead, organisation })).html);
    expect($('img').attr()).toMatchObject({ src: logoUrl, alt: 'Lakeside', ...shown });
    expect($('img')).toHaveLength(1);
  });

  it('shows a drawn mark if there is no logo', () => {
    expect(load(getSentMail('welcome').mail.html)('img')).toHaveLength(0);
  });

  it('has exactly one sample', () => {
    expect(Object.keys(mailSamples).sort()).toEqual([...names].sort());
  });

  it('uses the subject from the settings for invitations', () => {
    expect(getSentMail('invitation').mail.subject).toBe('Come home to Lakeside');
    expect(getSentMail('invitation-reminder').mail.subject).toBe('Reminder: Come home to Lakeside');
    expect(getSentMail('invitation').mail.text).toContain('\n> Do come!');
  });

  it('escapes HTML and line breaks in settings', async () => {
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
