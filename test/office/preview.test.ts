import { afterEach, describe, expect, it, vi } from 'vitest';
import { rows } from '../../src/database.ts';
import { signLink } from '../../src/links.ts';
import type { Message } from '../../src/mail/messages.ts';
import { CODE_LEFT_OUT, LINK_LEFT_OUT, previewOf, previewOfTemplate } from '../../src/office/preview.ts';
import { samples } from '../../src/office/samples.ts';
import { templates } from '../../src/office/templates.ts';

const token = signLink('invitation', crypto.randomUUID());
const code = '493817';

const message = (template: string) =>
  ({
    id: crypto.randomUUID(),
    template,
    subjectId: '1',
    recipient: 'a@example.org',
    reference: 'ABCD2345',
  }) as Message;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('every mail', () => {
  it('has a sample, and every sample a mail', () => {
    expect(Object.keys(samples).sort()).toEqual(templates.map(({ name }) => name).sort());
  });

  it.each(templates.map((template) => [template.name, template] as const))(
    'is shown to staff without its secret: %s',
    async (name, template) => {
      const secret = {
        link: `https://example.org/x?token=${token}`,
        otherUrl: token,
        note: `see ${token}`,
        code,
      };
      vi.spyOn(template, 'fill').mockResolvedValue({ ...samples[name]?.values, ...secret });
      const real = await previewOf(message(name));
      const sample = await previewOfTemplate(name);
      expect(real?.isExample).toBe(false);
      for (const shown of [real, sample]) {
        const all = `${shown?.subject}\n${shown?.text}\n${shown?.html}`;
        expect(all).not.toContain(token);
        expect(all).not.toContain(code);
        expect(all).not.toMatch(/[\w-]{60,}(?![^<]*>)/);
        expect(all).not.toContain('undefined');
        expect(all.includes(LINK_LEFT_OUT) || all.includes(CODE_LEFT_OUT)).toBe(true);
        expect(shown?.subject).toMatch(/\S{3}/);
      }
    },
  );

  it('greets in the office’s own words', async () => {
    await rows(
      `update settings set mail_greeting = 'Dear {name} of {organisation},', mail_greeting_nameless = 'Good day,',
         invitation_subject = 'Come home to {organisation}', organisation_name = 'Lakeside' returning only_row`,
    );
    const greeted = new Map<string, string>();
    for (const { name } of templates) {
      const { text, html, subject } = await previewOfTemplate(name);
      const [first = ''] = text.split('\n');
      expect(html).toContain(`<p>${first}</p>`);
      greeted.set(name, first);
      if (name === 'invitation') expect(subject).toBe('Come home to Lakeside');
    }
    expect(greeted.get('welcome')).toBe('Dear Amma Owusu of Lakeside,');
    expect(greeted.get('mailbox-code')).toBe('Good day,');
    for (const line of greeted.values()) expect(line).toMatch(/^(Dear .* of Lakeside|Good day),$/);
  });

  it('can’t be turned into another by what the office types', async () => {
    const name = 'Evil\r\nBcc: x@example.org <script>';
    await rows(
      `update settings set mail_greeting = '<b>{name}</b> {name},', organisation_name = $1 returning only_row`,
      [name],
    );
    const { text, html, subject } = await previewOfTemplate('welcome');
    expect(html).toContain('&lt;b&gt;Amma Owusu&lt;/b&gt; Amma Owusu,');
    expect(html).not.toContain('<script>');
    expect(`${subject}`).not.toMatch(/[\r\n]/);
    expect(text.split('\n').filter((line) => line.startsWith('Bcc'))).toEqual([]);
  });
});
