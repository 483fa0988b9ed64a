import { expect, it } from 'vitest';
import {
  createTestAccount,
  latestMail,
  linkInMail,
  newVisitor,
  registerMinor,
} from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';

/** The cookie of a session that the browser has, and its owner did not choose. */
async function plantedCookie(victim: Visitor): Promise<string> {
  const answer = await victim.post('/sign-out');
  const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
  expect(cookie).toContain('homecoming=');
  return cookie;
}

it.each([
  [
    '/reset-password',
    async () => {
      await createTestAccount('victim@example.org');
      const asking = newVisitor();
      await asking.open('/forgot-password');
      await asking.submit('/forgot-password', { email: 'victim@example.org' });
      return linkInMail(await latestMail('victim@example.org'));
    },
  ],
  [
    '/guardian',
    async () => {
      await registerMinor('young@example.org');
      return linkInMail(await latestMail('gita@example.org'));
    },
  ],
])('a planted cookie does not show %s once the victim has opened the mailed link', async (path, mailed) => {
  const link = await mailed();
  const victim = newVisitor();
  const cookie = await plantedCookie(victim);
  expect((await victim.open(link)).status).toBe(200);
  expect(victim.page.path).toBe(path);
  const attacker = await newVisitor().agent.get(path).set('Cookie', cookie);
  expect(attacker.text).toMatch(/Open the link in (your|our) e-mail again/);
  expect((await victim.open(path)).status).toBe(200);
});
