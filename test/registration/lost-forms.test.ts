import { describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  expireInvitation,
  newVisitor,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';

const password = validPassword;
const nameOf = async (email: string) => (await Account.findOne({ where: { email } }))?.name ?? null;
const typedName = ({ page }: Visitor) => page.$('input[name=name]').val();
const invitationOf = ({ page }: Visitor) => page.$('input[name=invitation]').val();

/** A browser that has opened the link of an invitation. */
async function opened(url: string): Promise<Visitor> {
  const visitor = newVisitor();
  await visitor.open(url);
  return visitor;
}

describe('two invitations in one browser', () => {
  it('are each accepted by their own form, in any order', async () => {
    const [one, two] = [
      await createTestInvitation('tab-one@example.org'),
      await createTestInvitation('tab-two@example.org'),
    ];
    const visitor = await opened(one.url);
    const first = visitor.fieldsOf('/register');
    await visitor.open(two.url);
    expect(invitationOf(visitor)).toBe(two.invitation.id);
    const second = visitor.fieldsOf('/register');
    const response = await visitor.post('/register', { ...first, name: 'Tab One', password });
    expect([response.status, response.headers.location]).toEqual([303, '/home']);
    expect(await nameOf('tab-one@example.org')).toBe('Tab One');
    expect(await nameOf('tab-two@example.org')).toBeNull();
    const other = await visitor.postAndFollow('/register', { ...second, name: 'Tab Two', password });
    expect(other.text).toContain('This invitation is for another address');
    const back = await visitor.submit('/register/switch-account');
    expect(back.text).toContain('We’ve kept what you entered');
    expect(typedName(visitor)).toBe('Tab Two');
    expect((await visitor.submit('/register', { password })).path).toBe('/home');
    expect(await nameOf('tab-two@example.org')).toBe('Tab Two');
  });

  it('are never confused: without an id, the page asks which one to use', async () => {
    const [one, two] = [
      await createTestInvitation(uniqueAddress()),
      await createTestInvitation(uniqueAddress()),
    ];
    const visitor = await opened(one.url);
    await visitor.open(two.url);
    const page = await visitor.open('/register');
    expect(page.text).toContain('Which invitation do you want to use?');
    expect(page.$('main a[href*="invitation="]')).toHaveLength(2);
    const answer = await visitor.post('/register', { name: 'Nobody', password, ownYearOfBirth: '1984' });
    expect(answer.status).toBe(409);
    expect(await Account.count({ where: { name: 'Nobody' } })).toBe(0);
    await visitor.open(`/register?invitation=${one.invitation.id}`);
    expect(invitationOf(visitor)).toBe(one.invitation.id);
  });

  it('need no choice once one of them has expired', async () => {
    const [one, two] = [
      await createTestInvitation(uniqueAddress()),
      await createTestInvitation(uniqueAddress()),
    ];
    const visitor = await opened(one.url);
    await visitor.open(two.url);
    await expireInvitation(one.invitation.id);
    await visitor.open('/register');
    expect(invitationOf(visitor)).toBe(two.invitation.id);
  });

  it('each need an opened link: the id alone reveals nothing', async () => {
    const [mine, foreign] = [
      await createTestInvitation(uniqueAddress()),
      await createTestInvitation('not-mine@example.org'),
    ];
    const visitor = await opened(mine.url);
    for (const id of [
      foreign.invitation.id,
      '0',
      '-1',
      'constructor',
      '__proto__',
      'x'.repeat(300),
      '999999999999999999999',
    ]) {
      const page = await visitor.open(`/register?invitation=${encodeURIComponent(id)}`);
      expect([page.status, page.$('h1').text()]).toEqual([200, 'Open the link in your e-mail again']);
      expect(page.text).not.toContain('not-mine');
      const answer = await visitor.post('/register', {
        invitation: id,
        name: 'Thief',
        password,
        ownYearOfBirth: '1984',
      });
      expect(answer.text).toContain('Open the link in your e-mail again');
    }
    expect(await Account.count({ where: { name: 'Thief' } })).toBe(0);
  });
});

describe('link opened a second time', () => {
  it('keeps the form in the first tab usable', async () => {
    const email = uniqueAddress();
    const { url } = await createTestInvitation(email);
    const visitor = await opened(url);
    const first = visitor.fieldsOf('/register');
    await visitor.open(url);
    expect((await visitor.post('/register', { ...first, name: 'Twice', password })).headers.location).toBe(
      '/home',
    );
    expect(await nameOf(email)).toBe('Twice');
  });

  it('redirects to the home page after registering, like an old form', async () => {
    const email = uniqueAddress();
    const { url } = await createTestInvitation(email);
    const visitor = await opened(url);
    const first = visitor.fieldsOf('/register');
    await visitor.submit('/register', { name: 'Once', password });
    const again = await visitor.post('/register', { ...first, name: 'Second', password });
    expect([again.status, again.headers.location]).toEqual([303, '/home']);
    expect((await visitor.open(url)).path).toBe('/home');
    expect((await visitor.open('/register')).path).toBe('/home');
    expect(await nameOf(email)).toBe('Once');
  });
});

describe('double click without JavaScript', () => {
  it('signs the person in with every response', async () => {
    const email = uniqueAddress();
    const visitor = await opened((await createTestInvitation(email)).url);
    const fields = { ...visitor.fieldsOf('/register'), name: 'Double', password };
    const answers = await Promise.all([1, 2, 3].map(() => visitor.post('/register', fields)));
    for (const { status, headers } of answers) {
      expect([status, headers.location]).toEqual([303, '/home']);
      const cookies = [headers['set-cookie'] ?? []].flat().map((cookie: string) => cookie.split(';')[0]);
      const home = await newVisitor().agent.get('/home').set('Cookie', cookies.join('; '));
      expect(home.text).toContain('Double');
    }
    expect(await Account.count({ where: { email } })).toBe(1);
  });

  it('doesn’t sign in another visitor with the same link', async () => {
    const { url } = await createTestInvitation(uniqueAddress());
    const [winner, other] = [await opened(url), await opened(url)];
    const fields = { ...winner.fieldsOf('/register'), name: 'Winner', password };
    await winner.post('/register', fields);
    const answer = await other.post('/register', fields);
    expect(answer.status).toBe(410);
    expect(answer.text).toContain('This invitation has already been used');
    expect((await other.open('/home')).path).toMatch(/^\/sign-in/);
  });

  it('doesn’t sign in after the account’s sessions were ended', async () => {
    const email = uniqueAddress();
    const visitor = await opened((await createTestInvitation(email)).url);
    const before = String((await visitor.agent.get('/register')).request.cookies);
    const fields = { ...visitor.fieldsOf('/register'), name: 'Changed Since', password };
    await visitor.post('/register', fields);
    await queryRows('update accounts set security_version = security_version + 1 where email = $1', [email]);
    const body = new URLSearchParams(fields as Record<string, string>).toString();
    const answer = await newVisitor().agent.post('/register').set('Cookie', before).type('form').send(body);
    expect(answer.status).toBe(410);
  });

  it('doesn’t sign in a minute later', async () => {
    const email = uniqueAddress();
    const visitor = await opened((await createTestInvitation(email)).url);
    const before = String((await visitor.agent.get('/register')).request.cookies);
    const fields = { ...visitor.fieldsOf('/register'), name: 'Late', password };
    await visitor.post('/register', fields);
    await queryRows(`alter table invitations disable trigger invitations_enforce_final`);
    await queryRows(
      `update invitations set accepted_at = accepted_at - interval '61 seconds' where email = $1`,
      [email],
    );
    await queryRows(`alter table invitations enable trigger invitations_enforce_final`);
    const body = new URLSearchParams(fields as Record<string, string>).toString();
    const answer = await newVisitor().agent.post('/register').set('Cookie', before).type('form').send(body);
    expect(answer.status).toBe(410);
  });
});

describe('form sent without its session', () => {
  const typed = { name: 'Overnight Owl', ownYearOfBirth: '1971', password };

  it.each([
    ['session expired', () => queryRows(`update sessions set expire = now() - interval '1 second'`)],
    ['session deleted', () => queryRows('delete from sessions')],
  ])('comes back filled in with the link, without the password: %s', async (_reason, end) => {
    const email = uniqueAddress();
    const recordId = await createTestRecord(email, { yearOfBirth: null });
    const { url } = await createTestInvitation(email);
    const visitor = await opened(url);
    await end();
    const answers = { [`records[${recordId}]`]: 'none', [`yearOfBirth[${recordId}]`]: '1972' };
    const page = await visitor.submit('/register', { ...typed, ...answers });
    expect([page.status, page.$('h1').text()]).toEqual([200, 'Open the link in your e-mail again']);
    expect(page.text).not.toMatch(/invalid/i);
    expect(page.text).toContain('We’ve kept what you entered, except your password');
    expect(JSON.stringify(await queryRows('select sess from sessions'))).not.toContain(password);
    const again = await visitor.open(url);
    expect(again.text).toContain('We’ve kept what you entered');
    expect(typedName(visitor)).toBe(typed.name);
    expect(again.$('input[name=ownYearOfBirth]').val()).toBe('1971');
    expect(again.$('input[value=none]').attr('checked')).toBeDefined();
    expect(again.$('input[name=password]').val()).toBeFalsy();
    expect(again.html).not.toContain(password);
    expect((await visitor.submit('/register', { password })).path).toBe('/home');
    expect(await nameOf(email)).toBe(typed.name);
  });

  it('is kept only for its invitation, in its browser, for an hour', async () => {
    const [mine, other] = [
      await createTestInvitation(uniqueAddress()),
      await createTestInvitation(uniqueAddress()),
    ];
    const visitor = await opened(mine.url);
    await queryRows('delete from sessions');
    await visitor.submit('/register', typed);
    await visitor.open(other.url);
    expect(typedName(visitor)).toBe('');
    const elsewhere = await opened(mine.url);
    expect(typedName(elsewhere)).toBe('');
    await queryRows(
      `update sessions set sess = jsonb_set(sess::jsonb, array['unsentForms', $1, 'at'],
         to_jsonb((sess #>> array['unsentForms', $1, 'at'])::bigint - 3600001))
       where sess -> 'unsentForms' is not null`,
      [mine.invitation.id],
    );
    await visitor.open(mine.url);
    expect(typedName(visitor)).toBe('');
  });

  it('is not kept if it is too long or has no valid invitation id', async () => {
    const visitor = newVisitor();
    for (const fields of [
      { invitation: '7', name: 'x'.repeat(20_000) },
      { name: 'Nameless' },
      { invitation: 'a b', name: 'Odd' },
    ]) {
      const answer = await visitor.post('/register', fields);
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain('We’ve kept');
    }
  });

  it('explains blocked cookies to a browser without any', async () => {
    const { url } = await createTestInvitation(uniqueAddress());
    expect((await newVisitor().agent.get(new URL(url).pathname + new URL(url).search)).headers.location).toBe(
      '/register',
    );
    const page = await newVisitor().open('/register');
    expect(page.status).toBe(200);
    expect(page.text).toContain('blocks cookies');
    expect(page.$('main a[href="/register/new-link"]')).toHaveLength(1);
  });
});

describe('form that became outdated', () => {
  it('comes back filled in after signing in as another account in another tab', async () => {
    await createTestAccount('elsewhere@example.org', null, 'Else Where');
    const email = uniqueAddress();
    const { url } = await createTestInvitation(email);
    const visitor = await opened(url);
    const form = { ...visitor.fieldsOf('/register'), name: 'First Tab', password };
    await visitor.open('/sign-in');
    await visitor.submit('/sign-in', { email: 'elsewhere@example.org', password: validPassword });
    const page = await visitor.postAndFollow('/register', form);
    expect(page.text).toContain('This invitation is for another address');
    await visitor.submit('/register/switch-account');
    expect(typedName(visitor)).toBe('First Tab');
    expect((await visitor.submit('/register', { password })).path).toBe('/home');
    expect(await nameOf(email)).toBe('First Tab');
  });

  it('is deleted if the person is too young', async () => {
    const email = uniqueAddress();
    const { url } = await createTestInvitation(email);
    const visitor = await opened(url);
    await queryRows('delete from sessions');
    await visitor.submit('/register', { name: 'Kept For Now', ownYearOfBirth: '1984', password });
    await visitor.open(url);
    const young = String(new Date().getUTCFullYear() - 10);
    const page = await visitor.submit('/register', { name: 'Kept For Now', ownYearOfBirth: young, password });
    expect(page.status).toBe(403);
    expect(JSON.stringify(await queryRows('select sess from sessions'))).not.toContain('Kept For Now');
  });
});
