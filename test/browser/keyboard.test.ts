import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { createTestInvitation, createTestRecord, validPassword } from '../support/fixtures.ts';
import { pathOf } from './steps.ts';

const openBrowser = useBrowser();

// The focused element, whether its focus is visible (radio buttons show it on their label), and whether it is in the window.
const describeFocus = `(() => {
  const at = document.activeElement;
  if (at === null || at === document.body) return null;
  const shows = (element) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1) || boxShadow !== 'none';
  };
  const { top, bottom, width, height } = at.getBoundingClientRect();
  return {
    name: at.id || at.getAttribute('href') || at.textContent.trim(),
    visible: [at, at.closest('label')].some((element) => element !== null && shows(element)),
    inWindow: width > 0 && height > 0 && bottom > 0 && top < innerHeight,
  };
})()`;

type Focus = Readonly<{ name: string; visible: boolean; inWindow: boolean }> | null;

/** Presses Tab until `selector` has the focus. Every element in between must show its focus. */
async function tabTo(page: Page, selector: string): Promise<void> {
  const passed: string[] = [];
  while (passed.length < 40) {
    await page.keyboard.press('Tab');
    const focus = await page.evaluate<Focus>(describeFocus);
    expect(focus).toMatchObject({ visible: true, inWindow: true });
    if ((await page.locator(`${selector}:focus`).count()) > 0) return;
    passed.push(String(focus?.name));
  }
  throw new Error(`${selector} is not reached by Tab, only ${passed.join(', ')}`);
}

it('an alumna registers using only the keyboard, and the focus is always visible', async () => {
  const recordId = await createTestRecord('keys@example.org');
  const { url } = await createTestInvitation('keys@example.org');
  const { page } = await openBrowser();
  await page.goto(url);

  await page.keyboard.press('Tab');
  expect(await page.evaluate<Focus>(describeFocus)).toMatchObject({
    name: '#main',
    visible: true,
    inWindow: true,
  });
  await page.keyboard.press('Enter');
  await page.locator('#main:focus').waitFor();

  await tabTo(page, `[name="records[${recordId}]"]`);
  await page.keyboard.press('Space');
  await tabTo(page, '[name=email]');
  await tabTo(page, '[name=name]');
  await page.keyboard.type('Amma Owusu');
  await tabTo(page, '[name=password]');
  await page.keyboard.type('short');
  await page.keyboard.press('Enter');

  await page.locator('[role=alert]:focus').waitFor();
  await tabTo(page, '[role=alert] a');
  await page.keyboard.press('Enter');
  await page.locator('[name=password]:focus').waitFor();
  await page.keyboard.type(validPassword);
  await tabTo(page, 'form[action="/register"] button[type=submit]');
  await page.keyboard.press('Space');
  await page.waitForURL('**/home');

  await tabTo(page, 'summary');
  await page.keyboard.press('Enter');
  await tabTo(page, 'form[action="/sign-out"] button');
  await page.keyboard.press('Escape');
  await page.locator('summary:focus').waitFor();
  expect(await page.locator('form[action="/sign-out"] button').isVisible()).toBe(false);
  await page.keyboard.press('Enter');
  await tabTo(page, 'form[action="/sign-out"] button');
  await page.keyboard.press('Enter');
  await page.waitForURL((address) => address.pathname === '/');
});

it.each(['/', '/sign-in', '/register'])(
  'Tab and Shift+Tab reach the end of %s without getting trapped',
  async (path) => {
    await createTestRecord('round@example.org');
    const { url } = await createTestInvitation('round@example.org', { replace: true });
    const { page } = await openBrowser();
    await page.goto(path === '/register' ? url : path);
    expect(pathOf(page)).toBe(path);
    for (const key of ['Tab', 'Shift+Tab']) {
      const passed: string[] = [];
      for (;;) {
        await page.keyboard.press(key);
        const focus = await page.evaluate<Focus>(describeFocus);
        if (focus === null) break;
        expect(passed.length, passed.join(', ')).toBeLessThan(60);
        expect(focus).toMatchObject({ visible: true, inWindow: true });
        passed.push(focus.name);
      }
      expect(passed.length).toBeGreaterThan(4);
    }
  },
);
