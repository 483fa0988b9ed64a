import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createAccount } from '../../src/accounts/account.ts';
import { hashPassword } from '../../src/accounts/password.ts';
import { linkUrl } from '../../src/invitations/link.ts';
import { signLinkToken } from '../../src/platform/crypto/signed-links.ts';
import { inTransaction } from '../../src/platform/db/database.ts';
import { migrate } from '../../src/platform/db/migrations.ts';
import { queryRows } from '../support/database.ts';
import { invite } from '../support/operations.ts';
import { repeat, type Speed } from './load.ts';
import { vacuum } from './vacuum.ts';

export const admin = { email: 'admin@example.org', password: 'quiet river under stones' };

/** Migrates, and adds an administrator and 10,000 invitations, three quarters of them pending. */
export async function fillDatabase(): Promise<void> {
  await migrate();
  const { email, password } = admin;
  const passwordHash = await hashPassword(password);
  const account = { email, name: 'Ada Office', passwordHash, staffRole: 'admin' } as const;
  await inTransaction(() => createAccount(account, { kind: 'command' }));
  await queryRows(
    `insert into invitations (reference, email, validity_days, created_at, expires_at, accepted_at, revoked_at, invited_by)
     select lpad(n::text, 8, '0'), 'alumna' || n || '@example.org', 7, now() - n * interval '1 minute',
       now() + interval '7 days', case when n % 6 = 0 then now() end, case when n % 12 = 1 then now() end,
       (select id from accounts)
     from generate_series(1, 10000) n returning id`,
  );
  await queryRows(
    `insert into alumni_members (external_id, first_name, last_name, email, batch, center, year_of_birth)
     select 'new' || n, 'Amma', 'Owusu', 'new' || n || '@example.org', 2002, 'Harbour', 1984
     from generate_series(0, 999) n returning id`,
  );
  await vacuum();
}

/** Invites `new0@example.org` and so on, ten at a time. @returns the paths of their links */
export async function inviteMany(count: number): Promise<{ speed: Speed; links: string[] }> {
  const links: string[] = [];
  const defaults = {
    message: null,
    validityDays: 7,
    staffRole: null,
    delivery: 'mail',
    replace: false,
  } as const;
  const speed = await repeat(count, 10, async (n) => {
    const { linkId } = await invite({ ...defaults, email: `new${n}@example.org` }, { kind: 'command' });
    const { pathname, search } = new URL(linkUrl(signLinkToken('invitation', linkId)));
    links[n] = pathname + search;
  });
  return { speed, links };
}

/** Creates a database. @returns its URL */
export async function createDatabase(adminUrl: string): Promise<string> {
  const name = `homecoming_bench_${randomBytes(4).toString('hex')}`;
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}
