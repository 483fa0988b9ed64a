import { describe, expect, it } from 'vitest';
import {
  createTestAccount,
  createTestInvitation,
  latestMail,
  linkInMail,
  newVisitor,
  registerMinor,
  uniqueAddress,
} from '../support/fixtures.ts';

const tokenOf = (url: string) => new URL(url).searchParams.get('token') ?? '';

async function resetLink(): Promise<string> {
  const { email } = await createTestAccount(uniqueAddress());
  await newVisitor().post('/forgot-password', { email });
  return linkInMail(await latestMail(email));
}
async function guardianLink(): Promise<string> {
  await registerMinor(uniqueAddress());
  return linkInMail(await latestMail('gita@example.org'));
}

describe('link damaged by a mail program', () => {
  const damages: [string, (token: string) => string][] = [
    ['a full stop', (token) => `${token}.`],
    ['a comma', (token) => `${token},`],
    ['brackets', (token) => `${token})>`],
    ['a quotation mark', (token) => `${token}%22`],
    ['a slash', (token) => `${token}/`],
    ['a space inside', (token) => `${token.slice(0, 40)}%20${token.slice(40)}`],
    ['a line break inside', (token) => `${token.slice(0, 33)}%0D%0A${token.slice(33)}`],
    ['a soft line break of quoted-printable', (token) => `${token.slice(0, 20)}=%0D%0A${token.slice(20)}`],
    ['3D before it', (token) => `3D${token}`],
    ['a no-break space', (token) => `${token}%C2%A0`],
    ['a zero-width space', (token) => `${token}%E2%80%8B`],
    ['words after it', (token) => `${token}%20and%20see%20you%20there`],
    ['tracking parameters', (token) => `${token}&utm_source=mail&fbclid=x`],
  ];

  it.each(damages)('still opens the invitation: %s', async (_name, damage) => {
    const { url } = await createTestInvitation(uniqueAddress());
    expect((await newVisitor().open(`/register?token=${damage(tokenOf(url))}`)).path).toBe('/register');
  });

  it('still opens in a path, in capitals, and after "&amp;"', async () => {
    const token = tokenOf((await createTestInvitation(uniqueAddress())).url);
    for (const path of [
      `/invite/${token}.`,
      `/INVITE/${token}/`,
      `/invite/%20${token}`,
      `/join?x=1&amp;token=${token}`,
    ])
      expect((await newVisitor().open(path)).path, path).toBe('/register');
  });

  it('still opens other kinds of links', async () => {
    expect((await newVisitor().open(`${await resetLink()}.`)).path).toBe('/reset-password');
    expect((await newVisitor().open(`${await guardianLink()})`)).path).toBe('/guardian');
  });

  it.each([
    ['NUL bytes', '%00%00'],
    ['a NUL byte after a good token', 'GOOD%00'],
    ['no token characters', '%20.,'],
    ['invalid UTF-8', '%ff%fe'],
  ])('is treated like a forged link: %s', async (_name, garbage) => {
    const token = garbage.replace('GOOD', tokenOf((await createTestInvitation(uniqueAddress())).url));
    for (const path of [`/register?token=${token}`, `/invite/${token}`, `/join?token=${token}`]) {
      const page = await newVisitor().open(path);
      expect([page.status, page.$('h1').text()], path).toEqual([400, 'Invalid invitation link']);
      expect(page.headers['set-cookie']).toBeUndefined();
    }
  });
});
