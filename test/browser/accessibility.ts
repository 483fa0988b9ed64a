import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { type BrowserSession, desktop, type OpenBrowser, phone } from '../support/browser.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// The frame of a caught mail takes no script; mails are looked at by themselves.
const axeViolations = (
  options: object,
) => `(globalThis.axe ?? (loadAxe(), axe)).run({ exclude: ['iframe'] }, ${JSON.stringify(options)})
  .then(({ violations }) => violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 160) + ' ' + failureSummary)))`;

const tooWide = `document.documentElement.scrollWidth <= 320 ? [] : [...document.querySelectorAll('body *')]
  .filter((element) => element.getBoundingClientRect().right > 320)
  .map((element) => element.outerHTML.slice(0, 160))`;

// What is wider than what it stands in runs over the edge of the page; an area that scrolls holds it.
const overflowing = `[...document.querySelectorAll('main table')].filter((table) => {
  const area = table.parentElement;
  return getComputedStyle(area).overflowX === 'visible' &&
    table.getBoundingClientRect().right > area.getBoundingClientRect().right + 1;
}).map((table) => table.outerHTML.slice(0, 160))`;

// Links in a sentence may be as low as its line (WCAG 2.5.8). A choice is as large as its label.
const tooSmall = `[...document.querySelectorAll('a, button, input, select, textarea, summary')].flatMap((element) => {
  const { width, height } = (element.closest('label') ?? element).getBoundingClientRect();
  if (width === 0 || element.matches('.skip-link')) return [];
  const inSentence = element.matches('a') && getComputedStyle(element).display === 'inline' &&
    element.parentElement.textContent.trim() !== element.textContent.trim();
  const least = element.matches('a:not(.btn)') ? 24 : 44;
  return inSentence || (width >= 24 && height > least - 0.5)
    ? []
    : [element.outerHTML.slice(0, 160) + ' is ' + width + ' x ' + height];
})`;

/** A session whose pages can be looked at for obstacles. */
export async function newSession(openBrowser: OpenBrowser): Promise<BrowserSession> {
  const session = await openBrowser(phone);
  // A function, so that it costs little on the pages that are only passed.
  await session.context.addInitScript(`globalThis.loadAxe = () => {${axe}}`);
  return session;
}

/** As it is before each look: a phone in daylight. */
export async function resetToPhone(page: Page): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(phone.viewport);
}

/** What would keep somebody from using a page that is open on a phone, in words. */
export async function findAccessibilityProblems(page: Page): Promise<string[]> {
  const found = await evaluateProblems(page, 'on a light phone', axeViolations({}));
  found.push(...(await evaluateProblems(page, 'on a phone', tooSmall)));
  await page.setViewportSize({ width: 320, height: 640 });
  found.push(...(await evaluateProblems(page, 'at 320 pixels', tooWide)));
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize(desktop.viewport);
  found.push(...(await evaluateProblems(page, 'on a dark desk', axeViolations({}))));
  found.push(...(await evaluateProblems(page, 'on a desk', overflowing)));
  return found;
}

/** The same for a mail, which has no landmarks. */
export async function findMailProblems(page: Page): Promise<string[]> {
  const rules = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] };
  const found = await evaluateProblems(page, 'in light', axeViolations(rules));
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 320, height: 640 });
  found.push(...(await evaluateProblems(page, 'at 320 pixels', tooWide)));
  return [...found, ...(await evaluateProblems(page, 'in dark', axeViolations(rules)))];
}

async function evaluateProblems(page: Page, where: string, script: string): Promise<string[]> {
  const faults = await page.evaluate<string[]>(script);
  return faults.map((fault) => `${where}: ${fault}`);
}
