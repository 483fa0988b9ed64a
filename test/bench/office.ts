import { queryRows } from '../support/database.ts';
import type { PanelPage } from './panel.ts';
import { vacuum } from './vacuum.ts';

const lists = [
  '/admin/mail',
  '/admin/mail?state=sent',
  '/admin/mail?state=failed',
  '/admin/mail?template=welcome',
  '/admin/mail?state=bounced&template=welcome',
  '/admin/suppressions',
  '/admin/audit',
  '/admin/audit?who=admin%40example.org',
  '/admin/audit?who=admin%40example.org&action=invitation.revoked',
  '/admin/audit?action=account.signed-in',
  '/admin/audit?subject=invitation&id=4711',
  '/admin/audit?subject=account',
  '/admin/audit?from=2026-01-02&until=2026-01-02',
  '/admin/audit?action=account.signed-in&from=2026-01-02&until=2026-01-02',
  '/admin/people',
  '/admin/people?show=all',
];
const searches = [
  '/admin/mail?q=example.org',
  '/admin/mail?q=na4711%40',
  '/admin/mail?q=na4711%40&state=sent',
  '/admin/people?show=all&q=a4711%40',
  '/admin/people?show=all&q=example.org',
  '/admin/help?q=Owusu',
  '/admin/help?q=ow',
  '/admin/help?q=23@',
  '/admin/help?q=7KQ2M4XD',
  '/admin/help/person?email=inviter1@example.org',
];

/** The outbox, the audit, people and finding a person. */
export const officePages: readonly PanelPage[] = [
  ...lists.map((path) => ({ kind: 'list', path }) as const),
  ...searches.map((path) => ({ kind: 'search', path }) as const),
  { kind: 'search without a result', path: '/admin/help?q=zzzyyyxxx' },
];

const CHUNK_SIZE = 50_000;

/** Adds `count` mails and events and half as many accounts, spread over 300 days of 2026. */
export async function fillOffice(count: number): Promise<void> {
  for (let done = 0; done < count; done += CHUNK_SIZE) {
    const part = [done + 1, Math.min(done + CHUNK_SIZE, count)];
    const [first = 0, last = 0] = part;
    await queryRows(
      `insert into accounts (email, name, password_hash, last_signed_in_at)
       select 'alumna' || n || '@people.example.org', 'Amma Owusu ' || n, (select password_hash from accounts order by id limit 1), now()
       from generate_series($1::int, $2::int) n where n % 2 = 1 returning 1 as done`,
      part,
    );
    await queryRows(
      `insert into messages (template, recipient, subject_id, reference, queued_at, attempts, sent_at, bounced_at,
         failed_at)
       select case when n % 10 = 0 then 'welcome' else 'invitation' end, 'alumna' || n || '@example.org', '0',
         lpad(to_hex(n), 8, '0'), at, 1, case when n % 100 > 2 then at end, case when n % 100 = 1 then at end,
         case when n % 100 = 2 then at end
       from (select n, timestamptz '2026-01-01' + n * (interval '300 days' / $3::int) as at
         from generate_series($1::int, $2::int) n) mails returning 1 as done`,
      [first, last, count],
    );
    await queryRows(
      `insert into audit_events (at, actor, actor_account_id, action, subject_type, subject_id)
       select timestamptz '2026-01-01' + n * (interval '300 days' / $3::int),
         case when n % 3 = 0 then 'system' else 'account' end,
         case when n % 3 = 1 then (select min(id) from accounts) when n % 3 = 2 then n end,
         case n % 3 when 1 then 'invitation.created' when 2 then 'account.signed-in' else 'invitation.revoked' end,
         case when n % 3 = 2 then 'account' else 'invitation' end, n::text
       from generate_series($1::int, $2::int) n returning 1 as done`,
      [first, last, count],
    );
  }
  await vacuum();
}
