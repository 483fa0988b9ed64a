import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { getInvitation } from '../../src/invitations/invitation.ts';
import { linkUrl } from '../../src/invitations/link.ts';
import { listLinkOpens } from '../../src/invitations/opens/link-open.ts';
import { signLinkToken } from '../../src/platform/crypto/signed-links.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  expireInvitation,
  latestMail,
  linkInMail,
  newVisitor,
  registerMinor,
  runJobs,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import { correctAddress, resend, revoke } from '../support/operations.ts';
import type { Visitor } from '../support/visitor.ts';

const system = { kind: 'system' } as const;
const tokenOf = (url: string) => new URL(url).searchParams.get('token') ?? '';

async function opened(url: string): Promise<Visitor> {
  const visitor = newVisitor();
  await visitor.open(url);
  return visitor;
}

/** What a mailed link for a new password and for a guardian look like. */
async function resetLink(): Promise<string> {
  const { email } = await createTestAccount(uniqueAddress());
  await newVisitor().post('/forgot-password', { email });
  return linkInMail(await latestMail(email));
}
async function guardianLink(): Promise<string> {
  await registerMinor(uniqueAddress());
  return linkInMail(await latestMail('gita@example.org'));
}

describe('a link with dirt on it', () => {
  const dirt: [string, (token: string) => string][] = [
    ['a full stop', (token) => `${token}.`],
    ['a comma', (token) => `${token},`],
    ['brackets', (token) => `${token})>`],
    ['a quotation mark', (token) => `${token}%22`],
    ['a slash', (token) => `${token}/`],
    ['a blank inside', (token) => `${token.slice(0, 40)}%20${token.slice(40)}`],
    ['a line break inside', (token) => `${token.slice(0, 33)}%0D%0A${token.slice(33)}`],
    ['a soft line break of quoted-printable', (token) => `${token.slice(0, 20)}=%0D%0A${token.slice(20)}`],
    ['3D before it', (token) => `3D${token}`],
    ['a no-break space', (token) => `${token}%C2%A0`],
    ['a zero-width space', (token) => `${token}%E2%80%8B`],
    ['words after it', (token) => `${token}%20and%20see%20you%20there`],
    ['tracking parameters', (token) => `${token}&utm_source=mail&fbclid=x`],
  ];

  it.each(dirt)('opens the invitation: %s', async (_what, soil) => {
    const { url } = await createTestInvitation(uniqueAddress());
    expect((await newVisitor().open(`/register?token=${soil(tokenOf(url))}`)).path).toBe('/register');
  });

  it('opens also in a path, in capitals, and after "&amp;"', async () => {
    const token = tokenOf((await createTestInvitation(uniqueAddress())).url);
    for (const path of [
      `/invite/${token}.`,
      `/INVITE/${token}/`,
      `/invite/%20${token}`,
      `/join?x=1&amp;token=${token}`,
    ])
      expect((await newVisitor().open(path)).path, path).toBe('/register');
  });

  it('opens other kinds of links as well', async () => {
    expect((await newVisitor().open(`${await resetLink()}.`)).path).toBe('/reset-password');
    expect((await newVisitor().open(`${await guardianLink()})`)).path).toBe('/guardian');
  });

  it.each([
    ['NUL bytes', '%00%00'],
    ['a NUL byte after a good token', 'GOOD%00'],
    ['nothing but dirt', '%20.,'],
    ['bytes that are no text', '%ff%fe'],
  ])('gets the page of a forged link: %s', async (_what, garbage) => {
    const token = garbage.replace('GOOD', tokenOf((await createTestInvitation(uniqueAddress())).url));
    for (const path of [`/register?token=${token}`, `/invite/${token}`, `/join?token=${token}`]) {
      const page = await newVisitor().open(path);
      expect([page.status, page.$('h1').text()], path).toEqual([400, 'Invalid invitation link']);
      expect(page.headers['set-cookie']).toBeUndefined();
    }
  });
});

describe('a program that fetches a preview', () => {
  const agents = [
    'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
    'WhatsApp/2.23.20.0 A',
    'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
    'TelegramBot (like TwitterBot)',
    'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)',
    'LinkedInBot/1.0 (compatible; Mozilla/5.0)',
    'Twitterbot/1.0',
    'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5',
  ];

  it.each(agents)('sees a page about nobody: %s', async (agent) => {
    const { url, invitation } = await createTestInvitation('previewed@example.org', {
      message: 'Dear Maya',
      replace: true,
    });
    const { pathname, search } = new URL(url);
    for (const path of [`${pathname}${search}`, `/invite/${tokenOf(url)}`, `/register?token=nonsense`]) {
      const answer = await newVisitor().agent.get(path).set('User-Agent', agent);
      expect(answer.status).toBe(200);
      for (const name of ['title', 'description', 'image'])
        expect(answer.text).toMatch(new RegExp(`<meta property="og:${name}" content="[^"]+"`));
      expect(answer.text).not.toMatch(/previewed|Maya|invalid/i);
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect(await listLinkOpens(invitation.id)).toEqual([]);
  });

  it('gets an image that is there', async () => {
    const { url } = await createTestInvitation(uniqueAddress());
    const { pathname, search } = new URL(url);
    const page = await newVisitor()
      .agent.get(pathname + search)
      .set('User-Agent', 'WhatsApp/2.23.20.0 A');
    const [, image = ''] = /property="og:image" content="https?:\/\/[^/]+([^"]+)"/.exec(page.text) ?? [];
    const answer = await newVisitor().agent.get(image);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'image/png']);
  });

  it('sees the same for links of other kinds', async () => {
    for (const link of [await resetLink(), await guardianLink()]) {
      const { pathname, search } = new URL(link);
      const answer = await newVisitor()
        .agent.get(pathname + search)
        .set('User-Agent', 'Twitterbot/1.0');
      expect(answer.text).toContain('og:title');
    }
  });
});

describe('the one button of a link that no longer works', () => {
  it('sends a new link to the same address: expired', async () => {
    const { url, invitation } = await createTestInvitation('expired-button@example.org');
    await runJobs();
    await expireInvitation(invitation.id);
    const visitor = await opened(url);
    expect(visitor.page.text).toContain('Send a new link to e•••@e•••.org');
    const done = await visitor.submit('/register/new-link');
    expect([done.status, done.path]).toEqual([200, '/register/new-link/sent']);
    const link = linkInMail(await latestMail('expired-button@example.org'));
    expect(link).not.toBe(url);
    expect((await newVisitor().open(link)).path).toBe('/register');
  });

  it('is there for one that was replaced, with the time at which that was', async () => {
    const { url, invitation } = await createTestInvitation('replaced-button@example.org');
    await resend(invitation.id, 'mail', system);
    const visitor = await opened(url);
    expect(visitor.page.status).toBe(410);
    expect(visitor.page.text).toMatch(/A newer link was sent on \d+ \w+ \d{4}, \d\d:\d\d/);
    expect((await visitor.submit('/register/new-link')).path).toBe('/register/new-link/sent');
  });

  it('is there too when the invitation expires while its form is open', async () => {
    const { url, invitation } = await createTestInvitation(uniqueAddress());
    const visitor = await opened(url);
    await expireInvitation(invitation.id);
    await visitor.submit('/register', { name: 'Late', password: validPassword });
    expect(visitor.page.status).toBe(410);
    expect((await visitor.submit('/register/new-link')).path).toBe('/register/new-link/sent');
  });

  it('is missing where the address was corrected: the old reader learns nothing of the new one', async () => {
    const { url, invitation } = await createTestInvitation('wrong-person@example.org');
    const visitor = await opened(url);
    await correctAddress(invitation.id, 'right-person@example.org', system);
    const page = await newVisitor().open(url);
    expect(page.status).toBe(410);
    expect(page.text).not.toContain('r•••');
    const answer = await visitor.post('/register/new-link', { token: tokenOf(url) });
    expect(answer.status).toBe(410);
    const sent = await visitor.submit('/register', { name: 'Wrong', password: validPassword });
    expect(sent.status).toBe(410);
    expect(sent.text).not.toContain('right-person');
  });

  it('takes no token that we did not sign, and does nothing for an invitation that is closed', async () => {
    const { url, invitation } = await createTestInvitation(uniqueAddress());
    await revoke(invitation.id, null, system);
    const before = await queryRows('select count(*)::int as n from invitation_requests');
    for (const [token, status] of [
      ['nonsense', 400],
      [signLinkToken('invitation', randomUUID()), 400],
      [signLinkToken('guardian', randomUUID()), 400],
      [tokenOf(url), 410],
    ] as const)
      expect((await newVisitor().post('/register/new-link', { token })).status).toBe(status);
    expect(await queryRows('select count(*)::int as n from invitation_requests')).toEqual(before);
  });
});

describe('a new link that a stranger asked for', () => {
  it('replaces nothing until it is opened, and no form that is being filled in', async () => {
    const email = uniqueAddress();
    const { url, invitation } = await createTestInvitation(email);
    const visitor = await opened(url);
    const form = { ...visitor.fieldsOf('/register'), name: 'Undisturbed', password: validPassword };
    await newVisitor().post('/register/new-link', { email });
    const asked = linkInMail(await latestMail(email));
    const { pathname, search } = new URL(asked);
    await newVisitor().agent.head(pathname + search);
    expect((await newVisitor().open(url)).path).toBe('/register');
    expect((await newVisitor().open(asked)).path).toBe('/register');
    expect((await newVisitor().open(url)).status).toBe(410);
    expect((await visitor.post('/register', form)).headers.location).toBe('/home');
    expect((await getInvitation(invitation.id)).status).toBe('accepted');
  });

  it('is replaced as ever by one that the office sends', async () => {
    const email = uniqueAddress();
    const { url, invitation } = await createTestInvitation(email);
    await newVisitor().post('/register/new-link', { email });
    const asked = linkInMail(await latestMail(email));
    await resend(invitation.id, 'mail', system);
    for (const older of [url, asked]) expect((await newVisitor().open(older)).status).toBe(410);
  });
});

describe('a used link', () => {
  it('leads its owner home when they are signed in, and others to signing in', async () => {
    const { url } = await createTestInvitation(uniqueAddress());
    const owner = await opened(url);
    await owner.submit('/register', { name: 'Bookmarker', password: validPassword });
    expect((await owner.open(url)).path).toBe('/home');
    await createTestAccount('other-member@example.org');
    const other = newVisitor();
    await other.signIn('other-member@example.org', validPassword);
    expect((await other.open(url)).status).toBe(410);
  });
});

describe('a decline', () => {
  const decline = async (visitor: Visitor, reason: string) => {
    await visitor.follow('No, thank you');
    return visitor.submit('/register/decline', { reason });
  };

  it('can be undone in the browser, and from the link in the e-mail', async () => {
    const { url, invitation } = await createTestInvitation(uniqueAddress());
    const visitor = await opened(url);
    const thanks = await decline(visitor, 'stop');
    expect([thanks.status, thanks.text.includes('We won’t write to this address again')]).toEqual([
      200,
      true,
    ]);
    expect((await visitor.open(thanks.path)).status).toBe(200);
    expect((await getInvitation(invitation.id)).status).toBe('declined');
    expect((await visitor.submit('/register/decline/undo')).path).toBe('/register');
    expect((await getInvitation(invitation.id)).status).toBe('pending');
    await decline(visitor, 'rather-not');
    const later = await opened(url);
    expect(later.page.status).toBe(410);
    expect(later.page.text).toMatch(/You declined this invitation on \d+ \w+ \d{4}/);
    await later.submit('/register/decline/undo');
    expect((await later.submit('/register', { name: 'Back Again', password: validPassword })).path).toBe(
      '/home',
    );
  });

  it('by a program that presses everything is undone by opening the link again', async () => {
    const { url, invitation } = await createTestInvitation(uniqueAddress());
    const scanner = await opened(url);
    await scanner.follow('No, thank you');
    await scanner.submit('/register/decline', {
      reason: String(scanner.page.$('input[name=reason]').first().val()),
    });
    expect((await getInvitation(invitation.id)).status).toBe('declined');
    const person = await opened(url);
    await person.submit('/register/decline/undo');
    expect(person.page.path).toBe('/register');
  });

  it('can’t be undone after the invitation has expired, when there is a newer one, or by whoever was given a link', async () => {
    const expired = await createTestInvitation(uniqueAddress());
    await decline(await opened(expired.url), 'rather-not');
    await expireInvitation(expired.invitation.id);
    const late = await opened(expired.url);
    expect(late.page.$('form[action="/register/decline/undo"]')).toHaveLength(0);
    expect((await late.post('/register/decline/undo', { token: tokenOf(expired.url) })).status).toBe(410);

    const email = uniqueAddress();
    const older = await createTestInvitation(email);
    const visitor = await opened(older.url);
    await decline(visitor, 'rather-not');
    await createTestInvitation(email);
    expect((await visitor.submit('/register/decline/undo')).status).toBe(409);

    const shared = await createTestInvitation(uniqueAddress(), { delivery: 'link' });
    await queryRows(`update invitations set declined_at = now(), declined_reason = 'stop' where id = $1`, [
      shared.invitation.id,
    ]);
    const holder = await opened(shared.url);
    expect(holder.page.status).toBe(410);
    expect((await holder.post('/register/decline/undo', { token: tokenOf(shared.url) })).status).toBe(410);
    expect((await getInvitation(shared.invitation.id)).status).toBe('declined');
  });

  it('isn’t undone by an older link, which lets nobody in either', async () => {
    const { url, invitation } = await createTestInvitation(uniqueAddress(), { staffRole: 'admin' });
    const newer = await resend(invitation.id, 'mail', system);
    const attacker = newVisitor();
    expect((await attacker.post('/register/decline/undo', { token: tokenOf(url) })).status).toBe(410);
    expect((await attacker.open('/register')).text).toContain('Open the link in your e-mail again');
    const owner = await opened(linkUrl(signLinkToken('invitation', newer.linkId)));
    await decline(owner, 'rather-not');
    const older = await opened(url);
    expect(older.page.$('form[action="/register/decline/undo"]')).toHaveLength(0);
    expect((await older.post('/register/decline/undo', { token: tokenOf(url) })).status).toBe(410);
    expect((await getInvitation(invitation.id)).status).toBe('declined');
    expect((await owner.submit('/register/decline/undo')).path).toBe('/register');
  });

  it('stays what it is for what can’t be undone: accepted and revoked are final', async () => {
    const { url, invitation } = await createTestInvitation(uniqueAddress());
    await revoke(invitation.id, null, system);
    expect((await newVisitor().post('/register/decline/undo', { token: tokenOf(url) })).status).toBe(410);
    expect((await getInvitation(invitation.id)).status).toBe('revoked');
  });
});

describe('the code for a link that was passed on', () => {
  it('isn’t sent to somebody whose mailbox is proven', async () => {
    const email = uniqueAddress();
    const visitor = await opened((await createTestInvitation(email)).url);
    await visitor.post('/register/codes');
    expect(
      await queryRows(
        'select 1 from mailbox_codes c join invitation_links l on l.id = c.link_id where l.email = $1',
        [email],
      ),
    ).toEqual([]);
  });

  it('is not used up by guesses before it was sent', async () => {
    const email = uniqueAddress();
    const { url } = await createTestInvitation(email, { delivery: 'link' });
    const guesser = await opened(url);
    for (let n = 0; n < 40; n += 1)
      expect((await guesser.post('/register/mailbox', { code: '123456' })).status).toBe(422);
    const owner = await opened(url);
    await owner.submit('/register/codes');
    const [code] = /\b\d{6}\b/.exec((await latestMail(email)).text) ?? [];
    expect((await owner.submit('/register/mailbox', { code: String(code) })).path).toBe('/register');
  });
});
