import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { type BrowserSession, desktop, type OpenBrowser, phone } from '../support/browser.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// The frame of a captured mail can't run scripts; mails are checked separately.
const axeViolations = (
  options: object,
) => `(globalThis.axe ?? (loadAxe(), axe)).run({ exclude: ['iframe'] }, ${JSON.stringify(options)})
  .then(({ violations }) => violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 160) + ' ' + failureSummary)))`;

const tooWide = `document.documentElement.scrollWidth <= 320 ? [] : [...document.querySelectorAll('body *')]
  .filter((element) => element.getBoundingClientRect().right > 320)
  .map((element) => element.outerHTML.slice(0, 160))`;

// Tables that are wider than their container, unless the container scrolls.
const overflowing = `[...document.querySelectorAll('main table')].filter((table) => {
  const area = table.parentElement;
  return getComputedStyle(area).overflowX === 'visible' &&
    table.getBoundingClientRect().right > area.getBoundingClientRect().right + 1;
}).map((table) => table.outerHTML.slice(0, 160))`;

// Links in a sentence may be as low as its line (WCAG 2.5.8). The label counts as part of a checkbox or radio button.
const tooSmall = `[...document.querySelectorAll('a, button, input, select, textarea, summary')].flatMap((element) => {
  const { width, height } = (element.closest('label') ?? element).getBoundingClientRect();
  if (width === 0 || element.matches('.skip-link')) return [];
  const inSentence = element.matches('a') && getComputedStyle(element).display === 'inline' &&
    element.parentElement.textContent.trim() !== element.textContent.trim();
  const minHeight = element.matches('a:not(.btn)') ? 24 : 44;
  return inSentence || (width >= 24 && height > minHeight - 0.5)
    ? []
    : [element.outerHTML.slice(0, 160) + ' is ' + width + ' x ' + height];
})`;

// What else a wide screen or dark colours can break: the elements and their roles are the same.
const dependsOnLayout = {
  runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable'] },
};

/** A browser session that can run axe. */
export async function newSession(openBrowser: OpenBrowser): Promise<BrowserSession> {
  const session = await openBrowser(phone);
  // axe is loaded by a function, so that pages that aren't checked stay fast.
  await session.context.addInitScript(`globalThis.loadAxe = () => {${axe}}`);
  return session;
}

/** Resets the viewport to a phone and the colour scheme to light. */
export async function resetToPhone(page: Page): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(phone.viewport);
}

/** Checks a page with axe, and its target sizes and layout, on a phone and a desktop, in light and dark. */
export async function findAccessibilityProblems(page: Page): Promise<string[]> {
  const found = await evaluateProblems(page, 'phone, light', axeViolations({}));
  found.push(...(await evaluateProblems(page, 'phone', tooSmall)));
  await page.setViewportSize({ width: 320, height: 640 });
  found.push(...(await evaluateProblems(page, '320 pixels', tooWide)));
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize(desktop.viewport);
  found.push(...(await evaluateProblems(page, 'desktop, dark', axeViolations(dependsOnLayout))));
  found.push(...(await evaluateProblems(page, 'desktop', overflowing)));
  return found;
}

/** Checks a mail, which has no landmarks, in light and dark. */
export async function findMailProblems(page: Page): Promise<string[]> {
  const rules = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] };
  const found = await evaluateProblems(page, 'light', axeViolations(rules));
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 320, height: 640 });
  found.push(...(await evaluateProblems(page, '320 pixels', tooWide)));
  return [...found, ...(await evaluateProblems(page, 'dark', axeViolations(rules)))];
}

async function evaluateProblems(page: Page, condition: string, script: string): Promise<string[]> {
  const problems = await page.evaluate<string[]>(script);
  return problems.map((problem) => `${condition}: ${problem}`);
}
