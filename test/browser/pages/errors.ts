import pg from 'pg';
import { inject } from 'vitest';
import { config } from '../../../src/platform/config/config.ts';
import {
  createTestInvitation,
  createTestRecord,
  expireInvitation,
  newVisitor,
  uniqueAddress,
  validPassword,
} from '../../support/fixtures.ts';
import { resend, revoke } from '../../support/operations.ts';
import { goTo, pressButton, signedInMember, type TestPage, visitorWithOpenedLink } from './page.ts';

const system = { kind: 'system' } as const;

/** Runs `work` while the database accepts no connections. */
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

/** The pages for invalid links and other errors. */
export const errorPages: readonly TestPage[] = [
  ['a forged link', async (openAs) => goTo(await openAs(), '/register?token=forged')],
  [
    'an expired link',
    async (openAs) => {
      const { url, invitation } = await createTestInvitation(uniqueAddress());
      await expireInvitation(invitation.id);
      return goTo(await openAs(), url);
    },
  ],
  [
    'a revoked link',
    async (openAs) => {
      const { url, invitation } = await createTestInvitation(uniqueAddress());
      await revoke(invitation.id, null, system);
      return goTo(await openAs(), url);
    },
  ],
  [
    'a superseded link',
    async (openAs) => {
      const { url, invitation } = await createTestInvitation(uniqueAddress());
      await resend(invitation.id, 'mail', system);
      return goTo(await openAs(), url);
    },
  ],
  [
    'a declined link',
    async (openAs) => {
      const { url } = await createTestInvitation(uniqueAddress());
      const visitor = await visitorWithOpenedLink(url);
      await visitor.open('/register/decline');
      await visitor.submit('/register/decline', { reason: 'stop' });
      return goTo(await openAs(), url);
    },
  ],
  [
    'a used link',
    async (openAs) => {
      const { url } = await createTestInvitation(uniqueAddress());
      await (await visitorWithOpenedLink(url)).submit('/register', {
        name: 'Amma Owusu',
        password: validPassword,
      });
      return goTo(await openAs(), url);
    },
  ],
  [
    'a child that is too young',
    async (openAs) => {
      const email = uniqueAddress();
      await createTestRecord(email, { yearOfBirth: new Date().getUTCFullYear() - 10 });
      const page = await goTo(await openAs(), (await createTestInvitation(email)).url);
      await page.fill('[name=ownYearOfBirth]', String(new Date().getUTCFullYear() - 10));
      await page.fill('[name=name]', 'Amma Owusu');
      await page.fill('[name=password]', validPassword);
      return pressButton(page, 'Create my account');
    },
  ],
  [
    'a link to a new password that is not whole',
    async (openAs) => goTo(await openAs(), '/reset-password?token=x'),
  ],
  ['a new password without a link', async (openAs) => goTo(await openAs(), '/reset-password')],
  ['pages that a member may not see', async (openAs) => goTo(await openAs(await signedInMember()), '/admin')],
  ['an address without a page', async (openAs) => goTo(await openAs(), '/nowhere')],
  [
    'too many tries',
    async (openAs) => {
      const email = uniqueAddress();
      const guesser = newVisitor();
      for (let tries = 0; tries < 10; tries += 1) await guesser.signIn(email, 'a wrong password');
      const page = await goTo(await openAs(), '/sign-in');
      await page.fill('[name=email]', email);
      await page.fill('[name=password]', 'a wrong password');
      return pressButton(page, 'Sign in');
    },
  ],
  [
    'an unavailable database',
    async (openAs) => {
      const page = await openAs(await signedInMember());
      return withoutDatabase(() => goTo(page, '/home'));
    },
  ],
];
