import { expect, it } from 'vitest';
import {
  createTestAccount,
  latestMail,
  linkInMail,
  newVisitor,
  registerMinor,
} from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';

/** Session fixation: a session cookie in the victim's browser that the attacker knows. */
async function plantedCookie(victim: Visitor): Promise<string> {
  const response = await victim.post('/sign-out');
  const cookie = String(response.headers['set-cookie']).split(';')[0] ?? '';
  expect(cookie).toContain('homecoming=');
  return cookie;
}

it.each([
  [
    '/reset-password',
    async () => {
      await createTestAccount('victim@example.org');
      const visitor = newVisitor();
      await visitor.open('/forgot-password');
      await visitor.submit('/forgot-password', { email: 'victim@example.org' });
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
])(
  'a planted cookie doesn’t give access to %s after the victim has opened the mailed link',
  async (path, createLink) => {
    const link = await createLink();
    const victim = newVisitor();
    const cookie = await plantedCookie(victim);
    expect((await victim.open(link)).status).toBe(200);
    expect(victim.page.path).toBe(path);
    const attacker = await newVisitor().agent.get(path).set('Cookie', cookie);
    expect(attacker.text).toMatch(/Open the link in (your|our) e-mail again/);
    expect((await victim.open(path)).status).toBe(200);
  },
);
