import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signLinkToken } from '../../src/platform/crypto/signed-links.ts';
import { database, pool } from '../../src/platform/db/database.ts';
import { queryRows } from '../support/database.ts';
import {
  app,
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  expireInvitation,
  newVisitor,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import { resend, revoke } from '../support/operations.ts';
import { expectRetryAfter } from '../support/retry-after.ts';
import { type VisitedPage, Visitor } from '../support/visitor.ts';

const system = { kind: 'system' } as const;

/** The links of a page: their text and URL. */
const linksOn = ({ $ }: VisitedPage) =>
  Object.fromEntries(
    $('main a[href^="/"]')
      .get()
      .map((link) => [$(link).text().trim(), $(link).attr('href')]),
  );

describe('genuine link', () => {
  it('redirects to the registration page without the token', async () => {
    const { url } = await createTestInvitation('clean@example.org');
    const visitor = newVisitor();
    const first = await visitor.agent.get(new URL(url).pathname + new URL(url).search);
    expect(first.status).toBe(303);
    expect(first.headers.location).toBe('/register');
    expect(first.headers['referrer-policy']).toBe('same-origin');
    expect(first.headers['cache-control']).toBe('no-store');
    const page = await visitor.open('/register');
    expect(page.status).toBe(200);
    expect(page.$('input[name=email]').val()).toBe('clean@example.org');
    expect(page.$('input[name=email]').attr('readonly')).toBeDefined();
    expect(page.html).not.toContain(url.split('token=')[1]);
  });

  it.each(['/register?token=', '/join?token=', '/invite/'])('opens at %s', async (path) => {
    const { url } = await createTestInvitation(`path${path.length}@example.org`);
    const page = await newVisitor().open(`${path}${url.split('token=')[1]}`);
    expect(page.status).toBe(200);
    expect(page.path).toBe('/register');
  });

  it('stores ids in the session, never the token', async () => {
    const { url, linkId, invitation } = await createTestInvitation('session@example.org');
    await newVisitor().open(url);
    const sessions = await queryRows<{ sess: { openedInvitations?: Record<string, unknown> } }>(
      'select sess from sessions',
    );
    expect(sessions.map(({ sess }) => sess.openedInvitations?.[invitation.id])).toContainEqual({
      token_id: linkId,
      invitation_id: invitation.id,
      mailbox_proven: true,
    });
    expect(JSON.stringify(sessions)).not.toContain(url.split('token=')[1]);
    expect(JSON.stringify(sessions)).not.toContain('session@example.org');
  });

  it('is unchanged after mail scanners opened it twenty times', async () => {
    const { url, invitation } = await createTestInvitation('scanned@example.org');
    const before = await queryRows('select * from invitations where id = $1', [invitation.id]);
    const links = await queryRows('select * from invitation_links where invitation_id = $1', [invitation.id]);
    const { pathname, search } = new URL(url);
    for (const agent of ['Outlook-SafeLinks', 'Barracuda', 'Googlebot', 'curl/8', 'Mozilla/5.0 (iPhone)']) {
      for (const method of ['get', 'head', 'get', 'head'] as const) {
        const answer = await newVisitor()
          .agent[method](pathname + search)
          .set('User-Agent', agent);
        expect(answer.status).toBe(303);
      }
    }
    expect(await queryRows('select * from invitations where id = $1', [invitation.id])).toEqual(before);
    expect(
      await queryRows('select * from invitation_links where invitation_id = $1', [invitation.id]),
    ).toEqual(links);
    expect((await newVisitor().open(url)).status).toBe(200);
  });

  it('shows the records of the address with age and status, the likely reader first', async () => {
    const thisYear = new Date().getUTCFullYear();
    await createTestRecord('family@example.org', {
      lastName: 'Grown',
      batch: 1999,
      yearOfBirth: thisYear - 40,
    });
    await createTestRecord('family@example.org', {
      lastName: 'Teen',
      batch: 2020,
      yearOfBirth: thisYear - 16,
    });
    await createTestRecord('family@example.org', {
      lastName: 'Small',
      batch: 2024,
      yearOfBirth: thisYear - 9,
    });
    await createTestRecord('family@example.org', { lastName: 'Unknown', batch: 1998, yearOfBirth: null });
    const { url } = await createTestInvitation('family@example.org');
    const page = await newVisitor().open(url);
    expect(page.text).toContain('Found 4 alumni records');
    expect(
      page
        .$('.record h3')
        .map((_, name) => page.$(name).text())
        .get(),
    ).toEqual(['Amma Grown', 'Amma Unknown', 'Amma Teen', 'Amma Small']);
    for (const status of ['Full Access', 'Requires Consent', 'Blocked']) expect(page.text).toContain(status);
    expect(page.$('input[name^="yearOfBirth"]').length).toBe(1);
  });

  it('shows that no records were found', async () => {
    const { url } = await createTestInvitation('nobody@example.org');
    expect((await newVisitor().open(url)).text).toContain('No alumni records found for your email');
  });
});

describe('link that can’t be redeemed', () => {
  it('expired: shows the expiry date and offers a new link', async () => {
    const { url, invitation } = await createTestInvitation('late@example.org');
    await expireInvitation(invitation.id);
    const page = await newVisitor().open(url);
    expect(page.status).toBe(410);
    expect(page.text).toMatch(/Your invitation has expired \(valid until: \d+ \w+ \d{4}\)/);
    expect(page.text).toContain('Send a new link to l•••@e•••.org');
    expect(page.text).toContain(invitation.reference);
  });

  it('revoked: shows no reason', async () => {
    const { url, invitation } = await createTestInvitation('revoked@example.org');
    await revoke(invitation.id, 'wrong graduate', system);
    const page = await newVisitor().open(url);
    expect(page.status).toBe(410);
    expect(page.text).toContain('This invitation is no longer valid');
    expect(page.text).not.toContain('wrong graduate');
  });

  it('superseded: shows when the newer link was sent', async () => {
    const { url, invitation } = await createTestInvitation('again@example.org');
    await resend(invitation.id, 'mail', system);
    const page = await newVisitor().open(url);
    expect(page.status).toBe(410);
    expect(page.text).toMatch(/A newer link was sent on \d+ \w+ \d{4} at \d\d:\d\d/);
    expect(page.text).toContain('Send a new link to a•••@e•••.org');
  });

  it('declined: shows the date', async () => {
    const { url } = await createTestInvitation('no@example.org');
    const visitor = newVisitor();
    await visitor.open(url);
    await visitor.open('/register/decline');
    const thanks = await visitor.submit('/register/decline', { reason: 'stop' });
    expect(thanks.text).toContain('Thank you for telling us');
    const page = await newVisitor().open(url);
    expect(page.status).toBe(410);
    expect(page.text).toMatch(/You declined this invitation on \d+ \w+ \d{4}/);
  });

  it('accepted: offers to sign in', async () => {
    const { url } = await createTestInvitation('used@example.org');
    const visitor = newVisitor();
    await visitor.open(url);
    await visitor.submit('/register', { name: 'Amma Owusu', password: validPassword });
    const page = await newVisitor().open(url);
    expect(page.status).toBe(410);
    expect(page.text).toContain('This invitation has already been used');
    expect(linksOn(page)).toEqual({ 'Sign in': '/sign-in', 'Reset your password': '/forgot-password' });
  });
});

describe('forged link', () => {
  const valid = signLinkToken('invitation', '7d444840-9dc0-11d1-b245-5ffdce74fad2');
  const forged: [string, string][] = [
    ['an empty token', '/register?token='],
    ['no token', '/join'],
    ['a truncated token', `/register?token=${valid.slice(0, -1)}`],
    ['a changed token', `/register?token=A${valid.slice(1)}`],
    [
      'a token for another purpose',
      `/register?token=${signLinkToken('password-reset', '7d444840-9dc0-11d1-b245-5ffdce74fad2')}`,
    ],
    ['two tokens', `/register?token=${valid}&token=${valid}`],
    ['an array', `/register?token[]=${valid}`],
    ['an object', `/register?token[a]=${valid}`],
    ['NUL bytes', '/register?token=%00%00'],
    ['NUL bytes in the path', '/invite/%00'],
    ['a broken escape', '/invite/%E0%A4%A'],
    ['10 kB', `/register?token=${'A'.repeat(10_000)}`],
    ['null', '/register?token=null'],
    ['SQL', "/invite/'%20or%201=1--"],
  ];

  it.each(forged)('is refused: %s', async (_what, path) => {
    const page = await new Visitor(app).open(path);
    expect(page.status).toBe(400);
    expect(page.headers['set-cookie']).toBeUndefined();
  });

  it('is refused without any query', async () => {
    let queries = 0;
    const count = () => {
      queries += 1;
    };
    database.addHook('beforeQuery', count);
    pool.on('acquire', count);
    await newVisitor()
      .agent.get(`/register?token=${'A'.repeat(66)}`)
      .set('Cookie', 'homecoming=s%3Aabc.def')
      .expect(400);
    await newVisitor()
      .agent.get(`/invite/${'B'.repeat(66)}`)
      .expect(400);
    expect(queries).toBe(0);
    await newVisitor().open(`/register?token=${signLinkToken('invitation', randomUUID())}`);
    expect(queries).toBeGreaterThan(0);
  });

  it('shows help, and is limited to 60 attempts in ten minutes', async () => {
    const page = await newVisitor().open('/register?token=nonsense');
    expect(page.text).toContain('Invalid invitation link');
    expect(page.text).toContain('alumni-office@example.org');
    let answer = await newVisitor().agent.get('/invite/nonsense');
    for (let tries = 0; answer.status === 400 && tries < 80; tries += 1)
      answer = await newVisitor().agent.get('/invite/nonsense');
    expect(answer.status).toBe(429);
    expectRetryAfter(10, answer.headers);
    expect(answer.text).toContain('Too many attempts');
    const { url } = await createTestInvitation('behind-the-same-router@example.org');
    expect((await newVisitor().open(url)).status).toBe(200);
  });
});

describe('invitation for another address than the signed-in account', () => {
  it('shows both addresses masked and switches with one button', async () => {
    await createTestAccount('first@example.org');
    const { url } = await createTestInvitation('second@example.net');
    const visitor = newVisitor();
    await visitor.signIn('first@example.org', validPassword);
    const page = await visitor.open(url);
    expect(page.text).toContain('f•••@e•••.org');
    expect(page.text).toContain('s•••@e•••.net');
    expect(page.text).not.toContain('second@example.net');
    const after = await visitor.submit('/register/switch-account');
    expect(after.$('input[name=email]').val()).toBe('second@example.net');
    expect((await visitor.open('/home')).path).toMatch(/^\/sign-in\?returnTo=/);
  });
});

describe('accepted invitation', () => {
  it('redirects its signed-in member to the home page and shows others that it was used', async () => {
    const { url } = await createTestInvitation(uniqueAddress());
    const owner = newVisitor();
    await owner.open(url);
    await owner.submit('/register', { name: 'Bookmarker', password: validPassword });
    expect((await owner.open(url)).path).toBe('/home');
    await createTestAccount('other-member@example.org');
    const other = newVisitor();
    await other.signIn('other-member@example.org', validPassword);
    expect((await other.open(url)).status).toBe(410);
  });
});
