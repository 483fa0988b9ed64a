import pg from 'pg';
import { inject } from 'vitest';
import { config } from '../../../src/platform/config/config.ts';
import {
  createTestInvitation,
  createTestRecord,
  expireInvitation,
  newVisitor,
  validPassword,
} from '../../support/fixtures.ts';
import { resend, revoke } from '../../support/operations.ts';
import { at, member, newAddress, opened, press, type Stop } from './stop.ts';

const system = { kind: 'system' } as const;

/** Runs `work` while the database takes no connection. */
async function withoutDatabase<Result>(work: () => Promise<Result>): Promise<Result> {
  const name = new URL(config.databaseUrl).pathname.slice(1);
  const client = new pg.Client({ connectionString: inject('run').adminUrl });
  await client.connect();
  try {
    await client.query(`alter database ${name} with allow_connections false`);
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    return await work();
  } finally {
    await client.query(`alter database ${name} with allow_connections true`);
    await client.end();
  }
}

/** The pages for links that let nobody in, and for whatever goes wrong. */
export const faultStops: readonly Stop[] = [
  ['a forged link', async (sit) => at(await sit(), '/register?token=forged')],
  [
    'an expired link',
    async (sit) => {
      const { url, invitation } = await createTestInvitation(newAddress());
      await expireInvitation(invitation.id);
      return at(await sit(), url);
    },
  ],
  [
    'a revoked link',
    async (sit) => {
      const { url, invitation } = await createTestInvitation(newAddress());
      await revoke(invitation.id, null, system);
      return at(await sit(), url);
    },
  ],
  [
    'a link with a newer one',
    async (sit) => {
      const { url, invitation } = await createTestInvitation(newAddress());
      await resend(invitation.id, 'mail', system);
      return at(await sit(), url);
    },
  ],
  [
    'a declined link',
    async (sit) => {
      const { url } = await createTestInvitation(newAddress());
      const visitor = await opened(url);
      await visitor.open('/register/decline');
      await visitor.submit('/register/decline', { reason: 'stop' });
      return at(await sit(), url);
    },
  ],
  [
    'a used link',
    async (sit) => {
      const { url } = await createTestInvitation(newAddress());
      await (await opened(url)).submit('/register', { name: 'Amma Owusu', password: validPassword });
      return at(await sit(), url);
    },
  ],
  [
    'a child that is too young',
    async (sit) => {
      const email = newAddress();
      await createTestRecord(email, { yearOfBirth: new Date().getUTCFullYear() - 10 });
      const page = await at(await sit(), (await createTestInvitation(email)).url);
      await page.fill('[name=ownYearOfBirth]', String(new Date().getUTCFullYear() - 10));
      await page.fill('[name=name]', 'Amma Owusu');
      await page.fill('[name=password]', validPassword);
      return press(page, 'Create my account');
    },
  ],
  ['a link to a new password that is not whole', async (sit) => at(await sit(), '/reset-password?token=x')],
  ['a new password without a link', async (sit) => at(await sit(), '/reset-password')],
  ['pages that a member may not see', async (sit) => at(await sit(await member()), '/admin')],
  ['an address without a page', async (sit) => at(await sit(), '/nowhere')],
  [
    'too many tries',
    async (sit) => {
      const email = newAddress();
      const guesser = newVisitor();
      for (let tries = 0; tries < 10; tries += 1) await guesser.signIn(email, 'a wrong password');
      const page = await at(await sit(), '/sign-in');
      await page.fill('[name=email]', email);
      await page.fill('[name=password]', 'a wrong password');
      return press(page, 'Sign in');
    },
  ],
  [
    'a database that is away',
    async (sit) => {
      const page = await sit(await member());
      return withoutDatabase(() => at(page, '/home'));
    },
  ],
];
