import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { runInLanguage } from '../../src/platform/i18n/languages.ts';
import { previewTemplate } from '../../src/settings/mails/preview.ts';
import { mailTemplates } from '../../src/settings/mails/templates.ts';
import { useBrowser } from '../support/browser.ts';
import { findMailProblems, newSession, resetToPhone } from './accessibility.ts';
import { findUntranslatedText } from './languages.ts';

const openBrowser = useBrowser('file');
let page: Page;

beforeAll(async () => {
  ({ page } = await newSession(openBrowser));
});

const longWord = 'Wolfeschlegelsteinhausenbergerdorff'.repeat(3);
const longValues = {
  name: longWord,
  firstName: longWord,
  guardian: longWord,
  inviter: longWord,
  groupName: longWord,
  email: `${longWord.slice(0, 60)}@${'long-domain'.repeat(12)}.example.org`,
  message: `https://example.org/${longWord.repeat(4)}`,
};

async function show(template: string, language: string, values = {}): Promise<string> {
  const { html, text, subject } = await runInLanguage(language, () => previewTemplate(template, values));
  await resetToPhone(page);
  await page.goto('about:blank');
  await page.setContent(html);
  return `${subject}\n${text}`;
}

describe.each(mailTemplates.map(({ name }) => name))('the mail %s', (template) => {
  it('is translated, fits on a phone and is accessible in every language', async () => {
    for (const language of ['en-XA', 'ar-XB']) {
      const text = await show(template, language);
      expect(await findUntranslatedText(page)).toEqual([]);
      expect(text).not.toMatch(/\b(the|you|your|this|that|with|from)\b/i);
      expect(await page.evaluate('document.documentElement.lang')).toBe(language);
      expect(await findMailProblems(page)).toEqual([]);
    }
  });

  it('wraps long words', async () => {
    await show(template, 'en', longValues);
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
  });
});
