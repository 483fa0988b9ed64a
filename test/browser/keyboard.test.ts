import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { createTestInvitation, createTestRecord, validPassword } from '../support/fixtures.ts';
import { pathOf } from './steps.ts';

const openBrowser = useBrowser();

// What has the focus, whether one sees that, and whether it lies in the window. Choices show it on their label.
const lookAtFocus = `(() => {
  const at = document.activeElement;
  if (at === null || at === document.body) return null;
  const shows = (element) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1) || boxShadow !== 'none';
  };
  const { top, bottom, width, height } = at.getBoundingClientRect();
  return {
    what: at.id || at.getAttribute('href') || at.textContent.trim(),
    visible: [at, at.closest('label')].some((element) => element !== null && shows(element)),
    inWindow: width > 0 && height > 0 && bottom > 0 && top < innerHeight,
  };
})()`;

type Focus = Readonly<{ what: string; visible: boolean; inWindow: boolean }> | null;

/** Presses Tab until `selector` has the focus; whoever has it on the way must show it. */
async function tabTo(page: Page, selector: string): Promise<void> {
  const passed: string[] = [];
  while (passed.length < 40) {
    await page.keyboard.press('Tab');
    const focus = await page.evaluate<Focus>(lookAtFocus);
    expect(focus).toMatchObject({ visible: true, inWindow: true });
    if ((await page.locator(`${selector}:focus`).count()) > 0) return;
    passed.push(String(focus?.what));
  }
  throw new Error(`${selector} is not reached by Tab, only ${passed.join(', ')}`);
}

it('an alumna registers with the keyboard alone and always sees where she is', async () => {
  const recordId = await createTestRecord('keys@example.org');
  const { url } = await createTestInvitation('keys@example.org');
  const { page } = await openBrowser();
  await page.goto(url);

  await page.keyboard.press('Tab');
  expect(await page.evaluate<Focus>(lookAtFocus)).toMatchObject({
    what: '#main',
    visible: true,
    inWindow: true,
  });
  await page.keyboard.press('Enter');
  await page.locator('#main:focus').waitFor();

  await tabTo(page, '[name=email]');
  await tabTo(page, `[name="records[${recordId}]"]`);
  await page.keyboard.press('Space');
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
  'the keyboard goes through all of %s and out again, both ways',
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
        const focus = await page.evaluate<Focus>(lookAtFocus);
        if (focus === null) break;
        expect(passed.length, passed.join(', ')).toBeLessThan(60);
        expect(focus).toMatchObject({ visible: true, inWindow: true });
        passed.push(focus.what);
      }
      expect(passed.length).toBeGreaterThan(4);
    }
  },
);
