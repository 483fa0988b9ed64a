import type { Page } from 'playwright-core';
import { config } from '../../src/platform/config/config.ts';
import { phone } from '../support/browser.ts';
import { queryRows } from '../support/database.ts';

// Words that every English sentence has. Texts of the office and of members have dir="auto" or translate="no".
const untranslated = `(() => {
  const english = /\\b(the|you|your|this|that|of|to|for|from|with|are|was|has|have|been|not|can|we|our|who|no|yes|all|new|send|save|add|back)\\b/i;
  const isData = (element) => element.closest('[translate=no], [dir=auto], [lang]:not(html), [name=language], [name=defaultLanguage], [name=timeZone], textarea, script, style, iframe') !== null;
  const withoutNames = (text) => text.replaceAll(/(admin|support|other) of the office/gi, '');
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (english.test(withoutNames(node.data)) && !isData(node.parentElement)) found.push(node.data.trim().slice(0, 120));
  for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [alt], [data-label], [data-confirm]'))
    for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'data-label', 'data-confirm'])
      if (english.test(element.getAttribute(name) ?? '') && !isData(element)) found.push(name + ': ' + element.getAttribute(name));
  if (english.test(document.title)) found.push('title: ' + document.title);
  return found;
})()`;

// Text that is wider than its box. Boxes that scroll, and names that end in an ellipsis, are meant to be.
const cutOff = `[...document.querySelectorAll('body *')].filter((element) => {
  const { overflowX, textOverflow, display } = getComputedStyle(element);
  if (display === 'inline' || /auto|scroll/.test(overflowX) || textOverflow === 'ellipsis') return false;
  if (element.closest('.visually-hidden, svg, select, [hidden]') || element.matches('input, .skip-link, iframe')) return false;
  for (let box = element.parentElement; box; box = box.parentElement)
    if (/auto|scroll|hidden/.test(getComputedStyle(box).overflowX)) return false;
  if (getComputedStyle(element).clipPath !== 'none' || element.closest('thead')) return false;
  return element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1;
}).map((element) => element.outerHTML.slice(0, 160))`;

const direction = `document.documentElement.dir + ' ' + getComputedStyle(document.body).direction`;

/** English text outside of data. */
export function findUntranslatedText(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(untranslated);
}

/** Loads the page again in a test language on a small phone: text that isn't translated, or doesn't fit. */
export async function findLanguageProblems(page: Page, language: 'en-XA' | 'ar-XB'): Promise<string[]> {
  const problems: string[] = [];
  // An account that has chosen a language keeps it, whatever the browser says.
  await queryRows('update accounts set language = null where language is not null');
  await page.setViewportSize({ width: 320, height: 640 });
  await page.context().addCookies([{ name: 'homecoming-language', value: language, url: config.baseUrl }]);
  await page.reload();
  const shown = await page.evaluate<string>('document.documentElement.lang');
  if (shown !== language) problems.push(`the page is in ${shown}, not in ${language}`);
  if ((await page.evaluate(direction)) !== (language === 'ar-XB' ? 'rtl rtl' : 'ltr ltr'))
    problems.push(`${language}: wrong direction`);
  for (const script of [untranslated, cutOff])
    problems.push(...(await page.evaluate<string[]>(script)).map((found) => `${language}: ${found}`));
  if (await page.evaluate('document.documentElement.scrollWidth > 320'))
    problems.push(`${language}: wider than the screen`);
  await page.context().clearCookies({ name: 'homecoming-language' });
  await page.setViewportSize(phone.viewport);
  return problems;
}
