import { eventTypes } from '../../../src/webhooks/events.ts';
import { createWebhook, pauseWebhook } from '../../../src/webhooks/webhook.ts';
import { queryRows } from '../../support/database.ts';
import { signInStaff } from '../../support/fixtures.ts';
import { goTo, type OpenAs, pressButton, type TestPage } from './page.ts';

const asAdmin = async (openAs: OpenAs, path: string) => goTo(await openAs(await signInStaff('admin')), path);
const url = 'https://members.very-long-name.customer-relations.example.org/hooks/homecoming?tenant=alumni';

async function createWebhookWithLog(): Promise<string> {
  const id = await createWebhook(url, eventTypes, { kind: 'system' });
  await queryRows(
    `insert into webhook_deliveries (webhook_id, event_id, type, subject_id, occurred_at, attempts, delivered_at, failed_at, error)
     select $1, gen_random_uuid(), case n % 3 when 0 then 'invitation.accepted' else 'webhook.test' end, n, now(), n % 4,
       case n % 4 when 1 then now() end, case n % 4 when 2 then now() end,
       case n % 4 when 1 then null when 0 then null else 'The receiver didn’t answer within 10 seconds' end
     from generate_series(1, 30) n`,
    [id],
  );
  await queryRows('update webhooks set failing_since = now() where id = $1', [id]);
  return id;
}

async function createKey(openAs: OpenAs) {
  const page = await asAdmin(openAs, '/admin/api-keys/new');
  await page.fill('[name=name]', 'Constituent relationship management database');
  for (const box of await page.locator('[type=checkbox]').all()) await box.check();
  return pressButton(page, 'Create the key');
}

/** Webhooks and API keys. */
export const webhookPages: readonly TestPage[] = [
  ['API keys, without any', (openAs) => asAdmin(openAs, '/admin/api-keys')],
  [
    'creating an API key with errors',
    async (openAs) => pressButton(await asAdmin(openAs, '/admin/api-keys/new'), 'Create the key'),
  ],
  ['a new API key', createKey],
  [
    'API keys',
    async (openAs) => {
      await createKey(openAs);
      return asAdmin(openAs, '/admin/api-keys');
    },
  ],
  [
    'revoking an API key',
    async (openAs) => {
      await createKey(openAs);
      const page = await asAdmin(openAs, '/admin/api-keys');
      await page.getByRole('link', { name: 'Revoke' }).first().click();
      return page;
    },
  ],
  ['webhooks, without any', (openAs) => asAdmin(openAs, '/admin/webhooks')],
  ['adding a webhook', (openAs) => asAdmin(openAs, '/admin/webhooks/new')],
  [
    'adding a webhook with errors',
    async (openAs) => {
      const page = await asAdmin(openAs, '/admin/webhooks/new');
      await page.fill('[name=url]', 'http://localhost');
      for (const box of await page.locator('[type=checkbox]').all()) await box.uncheck();
      return pressButton(page, 'Add the webhook');
    },
  ],
  [
    'a new webhook with its secret',
    async (openAs) => {
      const page = await asAdmin(openAs, '/admin/webhooks/new');
      await page.fill('[name=url]', url);
      return pressButton(page, 'Add the webhook');
    },
  ],
  ['a failing webhook', async (openAs) => asAdmin(openAs, `/admin/webhooks/${await createWebhookWithLog()}`)],
  [
    'webhooks, one of them paused',
    async (openAs) => {
      await pauseWebhook(await createWebhookWithLog(), 'staff', { kind: 'system' });
      return asAdmin(openAs, '/admin/webhooks');
    },
  ],
  [
    'deleting a webhook',
    async (openAs) => asAdmin(openAs, `/admin/webhooks/${await createWebhookWithLog()}/deletion`),
  ],
];
