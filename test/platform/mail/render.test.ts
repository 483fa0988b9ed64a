import { afterAll, beforeEach, expect, test } from 'vitest';
import { database } from '../../../src/platform/db/database.ts';
import { breakUpDots } from '../../../src/platform/mail/plain-text.ts';
import { type RenderedMail, renderMail } from '../../../src/platform/mail/render.ts';
import { readLetterhead } from '../../../src/settings/letterhead.ts';
import { queryRows } from '../../support/database.ts';
import { greetingTemplate } from '../../support/mail.ts';

beforeEach(async () => {
  await queryRows(`update settings set organisation_name = 'Lakeside Alumni', mail_footer = ''`);
});
afterAll(() => database.close());

async function render(values: Record<string, unknown>): Promise<RenderedMail> {
  const until = new Date('2026-11-22T14:05:00Z');
  return renderMail(
    greetingTemplate,
    { name: 'Amma', link: 'https://example.org/x', until, ...values },
    'ABCD2345',
    await readLetterhead(),
  );
}

test('names are escaped only in HTML', async () => {
  const { subject, text, html } = await render({ name: `Áine "A&B" O'Neill` });
  expect(subject).toBe(`Áine "A&B" O'Neill, Lakeside Alumni greets you`);
  expect(text).toContain(`Dear Áine "A&B" O'Neill,`);
  expect(html).toContain('Dear Áine &#34;A&amp;B&#34; O&#39;Neill,');
});

test('a name can’t inject a header, a paragraph or an element', async () => {
  const name =
    'Eve\r\nBcc: victim@example.org\r\n\r\nhttps://evil.example\u2028<script>x</script>\u0000\u0085';
  const { subject, text, html } = await render({ name });
  expect(subject).not.toMatch(/[\r\n\p{Cc}\u2028]/u);
  expect(subject).toMatch(/^Eve Bcc: victim@example\.org https:\/\/evil\.example/);
  expect(
    text.split('\n').filter((line) => line.startsWith('Bcc') || line.startsWith('https://evil')),
  ).toEqual([]);
  expect(html).not.toContain('<script>');
  expect(html).not.toContain('\u0000');
});

test('a name can’t change the direction of the text around it', async () => {
  const { subject, text, html } = await render({ name: 'Eve\u202Egro.live\u202C \u2066x\u2069' });
  for (const part of [subject, text, html]) expect(part).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/);
});

test('a name that looks like a web address doesn’t become a link', async () => {
  const { greeting } = await readLetterhead();
  expect(greeting('Claim at Evil.Example')).toContain('Evil.\u2060Example');
  expect(breakUpDots('ann@example.org')).toBe('ann@example.org');
  expect(breakUpDots('K.R.Narayanan, 192.0.2.1')).toBe('K.R.\u2060Narayanan, 192.0.2.1');
  expect(breakUpDots('https://alumni.example.org/x')).toBe('https://alumni.example.org/x');
});

test('a personal message is quoted line by line', async () => {
  const message = 'See you in May!\r\n\r\nReference 1234\n<b>Kofi</b>\u202E';
  const { text, html } = await render({ message });
  expect(text).toContain('\n> See you in May!\n>\n> Reference 1234\n> <b>Kofi</b>\n');
  expect(html).toContain('<blockquote>See you in May!');
  expect(html).toContain('&lt;b&gt;Kofi&lt;/b&gt;');
});

test('the footer keeps its lines, and no gap remains without it', async () => {
  expect((await render({})).text).not.toMatch(/\n{3}/);
  await queryRows(`update settings set mail_footer = E'Lake Road 1\\nLakeside'`);
  expect((await render({})).text).toContain('\nLake Road 1\nLakeside\nReference ABCD2345');
});
