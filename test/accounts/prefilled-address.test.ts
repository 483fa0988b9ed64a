import { describe, expect, it } from 'vitest';
import { queryRow } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  latestMail,
  linkInMail,
  newVisitor,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';

async function addressOn(visitor: Visitor, path: '/sign-in' | '/forgot-password'): Promise<string> {
  const { $, html } = await visitor.open(path);
  expect(html).not.toContain('?email=');
  return String($('[name=email]').val() ?? '');
}

const countSessions = async () =>
  (await queryRow<{ count: number }>('select count(*)::int as count from sessions'))?.count;

async function acceptInvitation(email: string, delivery: 'mail' | 'link'): Promise<string> {
  const { url, invitation } = await createTestInvitation(email, { delivery });
  await createTestAccount(email);
  const member = newVisitor();
  await member.open(url);
  await member.signIn(email, validPassword);
  await member.open(`/register?invitation=${invitation.id}`);
  await member.submit('/register');
  return url;
}

describe('the address on the pages for signing in and resetting a password', () => {
  it.each(['known', 'unknown'])('is filled in after a failed sign-in: %s', async (kind) => {
    const email = uniqueAddress();
    if (kind === 'known') await createTestAccount(email);
    const visitor = newVisitor();
    await visitor.signIn(email, 'not the password');
    expect(await addressOn(visitor, '/forgot-password')).toBe(email);
    expect(await addressOn(visitor, '/sign-in')).toBe(email);
  });

  it.each(['known', 'unknown'])('is filled in after asking for a reset: %s', async (kind) => {
    const email = uniqueAddress();
    if (kind === 'known') await createTestAccount(email);
    const visitor = newVisitor();
    await visitor.open('/forgot-password');
    await visitor.submit('/forgot-password', { email });
    expect(await addressOn(visitor, '/sign-in')).toBe(email);
  });

  it('is filled in after a reset, in any browser', async () => {
    const email = uniqueAddress();
    await createTestAccount(email);
    await newVisitor().postAndFollow('/forgot-password', { email });
    const visitor = newVisitor();
    await visitor.open(linkInMail(await latestMail(email)));
    const page = await visitor.submit('/reset-password', { password: 'another quiet river' });
    expect([page.path, page.$('[name=email]').val()]).toEqual(['/sign-in', email]);
  });

  it('is filled in after opening a used mailed link', async () => {
    const email = uniqueAddress();
    const url = await acceptInvitation(email, 'mail');
    const visitor = newVisitor();
    expect((await visitor.open(url)).status).toBe(410);
    expect(await addressOn(visitor, '/sign-in')).toBe(email);
    expect(await addressOn(visitor, '/forgot-password')).toBe(email);
  });

  it('is filled in when the invited address has an account', async () => {
    const email = uniqueAddress();
    await createTestAccount(email);
    const visitor = newVisitor();
    await visitor.open((await createTestInvitation(email)).url);
    expect(await addressOn(visitor, '/sign-in')).toBe(email);
  });

  it('is never filled in by a shared link', async () => {
    const email = uniqueAddress();
    const url = await acceptInvitation(email, 'link');
    const visitor = newVisitor();
    expect((await visitor.open(url)).status).toBe(410);
    expect(await addressOn(visitor, '/sign-in')).toBe('');
  });

  it('is forgotten after signing in and out', async () => {
    const email = uniqueAddress();
    await createTestAccount(email);
    const visitor = newVisitor();
    await visitor.signIn(email, 'not the password');
    await visitor.signIn(email, validPassword);
    await visitor.submit('/sign-out');
    expect(await addressOn(visitor, '/sign-in')).toBe('');
  });

  it('isn’t kept for anything that is no address, and looking creates no session', async () => {
    const visitor = newVisitor();
    await visitor.signIn('no address\u0000', 'not the password');
    expect(await addressOn(visitor, '/forgot-password')).toBe('');
    const before = await countSessions();
    await newVisitor().open('/sign-in');
    await newVisitor().open('/forgot-password');
    expect(await countSessions()).toBe(before);
  });
});
