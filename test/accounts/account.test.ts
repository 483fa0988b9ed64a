import { beforeEach, describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { queryRows } from '../support/database.ts';
import { createTestAccount, latestMail, linkInMail, newVisitor, validPassword } from '../support/fixtures.ts';
import { expectRetryAfter } from '../support/retry-after.ts';
import type { Visitor } from '../support/visitor.ts';

const firefox = 'Mozilla/5.0 (Android 15; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0';

const cookieOf = ({ agent }: Visitor) =>
  String(
    (
      agent as unknown as { jar: { getCookie(name: string, access: unknown): { value: string } } }
    ).jar.getCookie('homecoming', { domain: '127.0.0.1', path: '/', secure: false, script: false }).value,
  );

async function member(email: string, userAgent?: string): Promise<Visitor> {
  if (!(await Account.findOne({ where: { email } }))) await createTestAccount(email);
  const visitor = newVisitor();
  if (userAgent) visitor.agent.set('User-Agent', userAgent);
  await visitor.signIn(email, validPassword);
  return visitor;
}

const eventsOf = async (email: string) => {
  const found = await queryRows<{ action: string; actor: string; own: boolean }>(
    `select e.action, e.actor, e.actor_account_id = a.id as own from audit_events e
     join accounts a on e.subject_type = 'account' and e.subject_id = a.id::text
     where a.email = $1 order by e.id`,
    [email],
  );
  return found.filter(({ actor, own }) => actor === 'account' && own).map(({ action }) => action);
};

beforeEach(async () => {
  await queryRows('delete from rate_limits');
});

describe('account pages', () => {
  const pages = [
    '',
    '/password',
    '/two-step',
    '/two-step/turn-off',
    '/sessions',
    '/data',
    '/data.json',
    '/deletion',
  ];

  it.each(pages)('require signing in and return afterwards: /account%s', async (page) => {
    await createTestAccount(`back${page.replaceAll('/', '-')}@example.org`);
    const visitor = newVisitor();
    expect((await visitor.open(`/account${page}`)).path).toMatch(/^\/sign-in\?returnTo=/);
    const email = `back${page.replaceAll('/', '-')}@example.org`;
    const fields = { ...visitor.fieldsOf('/sign-in'), email, password: validPassword };
    expect((await visitor.post('/sign-in', fields)).headers.location).toBe(`/account${page}`);
  });

  it('show the address and link to every page', async () => {
    const visitor = await member('overview@example.org');
    const page = await visitor.open('/account');
    expect(page.$('.facts').text()).toContain('overview@example.org');
    expect(page.$('input[name=email]')).toHaveLength(0);
    for (const part of ['password', 'two-step', 'sessions', 'data', 'deletion']) {
      const [link] = page.$(`main a[href="/account/${part}"]`).toArray();
      expect(link, part).toBeDefined();
      expect((await visitor.agent.get(`/account/${part}`)).status).toBe(200);
    }
  });
});

describe('name', () => {
  it('can be changed', async () => {
    const visitor = await member('renamed@example.org');
    await visitor.open('/account');
    const page = await visitor.submit('/account/name', { name: '  Ama Mensah-Owusu ' });
    expect(page.path).toBe('/account');
    expect(page.text).toContain('Your name has been changed.');
    expect(page.$('input[name=name]').val()).toBe('Ama Mensah-Owusu');
    expect(await eventsOf('renamed@example.org')).toContain('account.renamed');
    expect(JSON.stringify(await queryRows('select detail from audit_events'))).not.toContain('Mensah');
  });

  it('is refused if invalid, and the form keeps what was typed', async () => {
    const visitor = await member('nameless@example.org');
    await visitor.open('/account');
    const page = await visitor.submit('/account/name', { name: 'Buy at www.evil.example' });
    expect(page.status).toBe(422);
    expect(page.$('input[name=name]').val()).toBe('Buy at www.evil.example');
    expect(page.$('.error-summary a[href="#name"]')).toHaveLength(1);
    expect((await visitor.submit('/account/name', { name: ' ' })).status).toBe(422);
  });
});

describe('password change', () => {
  it('ends other sessions and continues the current one under a new id', async () => {
    const elsewhere = await member('changer@example.org');
    const visitor = await member('changer@example.org');
    await visitor.open('/forgot-password');
    await visitor.submit('/forgot-password', { email: 'changer@example.org' });
    const reset = linkInMail(await latestMail('changer@example.org'));
    const before = cookieOf(visitor);
    await visitor.open('/account/password');
    const response = await visitor.submit('/account/password', {
      currentPassword: validPassword,
      password: 'another quiet river',
    });
    expect(response.path).toBe('/account');
    expect(response.text).toContain('Your password has been changed.');
    expect(cookieOf(visitor)).not.toBe(before);
    const stolen = await newVisitor().agent.get('/account').set('Cookie', `homecoming=${before}`);
    expect(stolen.headers.location).toMatch(/^\/sign-in\?returnTo=/);
    expect((await elsewhere.open('/account')).path).toMatch(/^\/sign-in\?returnTo=/);
    expect((await visitor.open('/account')).path).toBe('/account');
    expect((await newVisitor().signIn('changer@example.org', validPassword)).status).toBe(422);
    expect((await newVisitor().signIn('changer@example.org', 'another quiet river')).path).toBe('/home');
    expect((await latestMail('changer@example.org')).subject).toContain('was changed');
    expect((await newVisitor().open(reset)).status).toBe(410);
    expect(await eventsOf('changer@example.org')).toContain('account.password-changed');
  });

  it('requires the current password, checks the new one, and never shows either', async () => {
    const visitor = await member('rules@example.org');
    await visitor.open('/account/password');
    const wrong = { currentPassword: 'not this one at all', password: 'another quiet river' };
    const refused = await visitor.submit('/account/password', wrong);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('This isn’t your password');
    expect(refused.html).not.toContain('another quiet river');
    const short = await visitor.submit('/account/password', {
      currentPassword: validPassword,
      password: 'short',
    });
    expect(short.status).toBe(422);
    expect(short.$('.error-summary a[href="#password"]')).toHaveLength(1);
    expect((await visitor.submit('/account/password', { currentPassword: '', password: '' })).status).toBe(
      422,
    );
    expect((await newVisitor().signIn('rules@example.org', validPassword)).path).toBe('/home');
  });

  it('limits attempts to guess the current password', async () => {
    const visitor = await member('unlocked@example.org');
    const guess = { currentPassword: 'guess guess guess', password: 'another quiet river' };
    await visitor.open('/account/password');
    for (let tries = 0; tries < 10; tries += 1)
      expect((await visitor.submit('/account/password', guess)).status).toBe(422);
    const right = { ...guess, currentPassword: validPassword };
    const blocked = await visitor.post('/account/password', { ...right });
    expect(blocked.status).toBe(429);
    expectRetryAfter(15, blocked.headers);
  });

  it('accepts only one of two concurrent forms', async () => {
    const visitor = await member('double@example.org');
    await visitor.open('/account/password');
    const fields = { currentPassword: validPassword };
    const passwords = ['another quiet river', 'yet another quiet lake'];
    const answers = await Promise.all(
      passwords.map((password) => visitor.post('/account/password', { ...fields, password })),
    );
    const isDone = answers.map(({ headers }) => headers.location === '/account');
    expect(isDone.filter(Boolean)).toHaveLength(1);
    const winner = passwords[isDone.indexOf(true)] ?? '';
    expect((await newVisitor().signIn('double@example.org', winner)).path).toBe('/home');
  });
});

describe('list of sessions', () => {
  it('describes browsers, current session first, and stores no header or IP address', async () => {
    await member('places@example.org', firefox);
    const here = await member('places@example.org');
    const page = await here.open('/account/sessions');
    const sessions = page
      .$('article')
      .toArray()
      .map((session) => page.$(session).text().replace(/\s+/g, ' '));
    expect(sessions).toHaveLength(2);
    expect(sessions[0]).toContain('This device');
    expect(sessions[1]).toContain('Firefox, Android');
    expect(page.html).not.toContain(decodeURIComponent(cookieOf(here)).slice(2).split('.')[0]);
    const stored = await queryRows<{ sess: object }>('select sess from sessions');
    expect(JSON.stringify(stored)).not.toMatch(/Gecko|127\.0\.0\.1/);
  });

  it('ends a single session', async () => {
    const there = await member('ender@example.org', firefox);
    const other = await member('ender@example.org', firefox);
    const here = await member('ender@example.org');
    await here.open('/account/sessions');
    const forms = here.page.$('article form').toArray();
    expect(forms).toHaveLength(2);
    const response = await here.submit(String(here.page.$(forms[0]).attr('action')));
    expect(response.path).toBe('/account/sessions');
    const remaining = [await there.open('/account'), await other.open('/account')].map(({ path }) => path);
    expect(remaining.sort()).toEqual(['/account', '/sign-in?returnTo=%2Faccount']);
    expect((await here.open('/account')).path).toBe('/account');
    expect(await eventsOf('ender@example.org')).toContain('account.session-ended');
  });

  it('ends all other sessions', async () => {
    const there = await member('everywhere@example.org');
    const other = await member('everywhere@example.org');
    const here = await member('everywhere@example.org');
    const bystander = await member('bystander@example.org');
    await here.open('/account/sessions');
    await here.submit('/account/sessions/sign-out');
    expect((await there.open('/account')).path).toMatch(/^\/sign-in\?returnTo=/);
    expect((await other.open('/account')).path).toMatch(/^\/sign-in\?returnTo=/);
    expect((await here.open('/account')).path).toBe('/account');
    expect((await bystander.open('/account')).path).toBe('/account');
    expect((await here.open('/account/sessions')).text).toContain('You aren’t signed in anywhere else');
    expect(await eventsOf('everywhere@example.org')).toContain('account.sessions-ended');
  });

  it('doesn’t let anyone end another account’s session', async () => {
    const victim = await member('victim@example.org');
    await member('victim@example.org');
    await victim.open('/account/sessions');
    const action = String(victim.page.$('article form').attr('action'));
    const attacker = await member('attacker@example.org');
    await attacker.open('/account');
    expect((await attacker.post(action, {})).status).toBe(404);
    expect((await victim.open('/account/sessions')).$('article')).toHaveLength(2);
    const unknown = `/account/sessions/${'0'.repeat(32)}/sign-out`;
    expect((await attacker.post(unknown, {})).status).toBe(404);
    for (const malformed of ['%27', `${'a'.repeat(5000)}`]) {
      const answer = await attacker.post(`/account/sessions/${malformed}/sign-out`, {});
      expect(answer.status).toBe(404);
    }
  });
});
