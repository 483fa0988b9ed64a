import { expect, it } from 'vitest';
import { operations } from '../../src/api/operations.ts';
import { eventTypes } from '../../src/webhooks/events.ts';
import { useBrowser } from '../support/browser.ts';

// A violation of the content security policy fails the test, see `useBrowser`.
const openBrowser = useBrowser();

it('the API documentation lists every operation and webhook, and can send a request', async () => {
  const { page } = await openBrowser();
  await page.goto('/api/docs');
  await page.locator('.opblock').first().waitFor();
  expect(await page.locator('.opblock').count()).toBe(operations.length + eventTypes.length);
  const first = page.locator('.opblock').first();
  await first.locator('.opblock-summary-control').click();
  await first.getByRole('button', { name: 'Try it out' }).click();
  await first.getByRole('button', { name: 'Execute' }).click();
  await first.locator('.live-responses-table').waitFor();
  expect(await first.locator('.live-responses-table .response-col_status').last().innerText()).toContain(
    '401',
  );
});
