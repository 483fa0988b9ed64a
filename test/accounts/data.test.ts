import { beforeEach, describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { deleteAccount } from '../../src/accounts/deletion.ts';
import { declineInvitation } from '../../src/invitations/response.ts';
import { inTransaction } from '../../src/platform/db/database.ts';
import { listActiveSuppressions } from '../../src/platform/mail/suppressions.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  latestMail,
  newVisitor,
  runJobs,
  validPassword,
} from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';
import { codeOf, dumpDatabase, recoveryCodesOnPage, secretOnPage } from './authenticator.ts';

const system = { kind: 'system' } as const;

/** A member with an invitation, two claims, a password reset and a request for a new link. */
async function parent(email: string): Promise<Visitor> {
  const own = await createTestRecord(email, { lastName: 'Asante' });
  const child = await createTestRecord(email, {
    lastName: 'Asante-Young',
    yearOfBirth: new Date().getUTCFullYear() - 16,
  });
  const { url } = await createTestInvitation(email, { message: 'Welcome back, dear Asante' });
  const visitor = newVisitor();
  await visitor.open(url);
  await visitor.submit('/register', {
    name: `Efua ${email.split('@')[0]}`,
    password: validPassword,
    [`records[${own}]`]: 'self',
    [`records[${child}]`]: 'child',
  });
  await visitor.open('/forgot-password');
  await visitor.submit('/forgot-password', { email });
  await visitor.open('/register/new-link');
  await visitor.submit('/register/new-link', { email });
  await latestMail(email);
  return visitor;
}

const idOf = async (email: string) => (await Account.findOne({ where: { email } }))?.id ?? '';

beforeEach(async () => {
  await queryRows('delete from rate_limits');
});

describe('personal-data download', () => {
  it('contains what the person asked for, but not what a relative wrote about themselves', async () => {
    const visitor = await parent('family@download.example');
    await queryRows(
      `insert into invitation_requests (kind, email, name, center, new_email) values
         ('shared-address', 'family@download.example', 'Kemi', 'Harbour', 'kemi@download.example'),
         ('address-lost', 'former@download.example', 'Efua', 'Harbour', 'family@download.example')`,
    );
    const { invitationRequests } = JSON.parse((await visitor.open('/account/data.json')).html);
    expect(invitationRequests).toMatchObject([
      { kind: 'new-link', email: 'family@download.example' },
      { kind: 'shared-address', name: null, newEmail: null, center: null },
      { kind: 'address-lost', email: null, name: 'Efua', newEmail: 'family@download.example' },
    ]);
  });

  it('contains everything about the person and no secrets', async () => {
    const visitor = await parent('whole@example.org');
    await visitor.open('/account/two-step');
    const key = secretOnPage(visitor);
    await visitor.submit('/account/two-step', { code: codeOf(key) });
    const codes = recoveryCodesOnPage(visitor);
    await visitor.open('/account/data');
    expect(visitor.page.$('a[href="/account/data.json"]')).toHaveLength(1);

    const answer = await visitor.agent.get('/account/data.json');
    expect(answer.headers['content-disposition']).toBe('attachment; filename="homecoming-data.json"');
    expect(answer.headers['content-type']).toContain('application/json');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(answer.headers['cache-control']).toBe('no-store');
    const data = JSON.parse(answer.text);
    expect(Object.keys(data)).toEqual([
      'format',
      'writtenAt',
      'account',
      'profiles',
      'records',
      'addressChanges',
      'recordCorrections',
      'legalTexts',
      'someoneElseAnswers',
      'guardians',
      'consents',
      'invitations',
      'memberships',
      'groupInvitationRequests',
      'inviterNotifications',
      'bulkActions',
      'imports',
      'importRows',
      'campaigns',
      'campaignRecipients',
      'invitationRequests',
      'suppressions',
      'messages',
      'passwordResets',
      'sessions',
      'apiKeys',
      'auditEvents',
    ]);
    expect(data.account).toMatchObject({
      email: 'whole@example.org',
      name: 'Efua whole',
      recoveryCodesLeft: 10,
    });
    expect(data.account.createdAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(data.profiles.map((profile: { relationship: string }) => profile.relationship)).toEqual([
      'self',
      'child',
    ]);
    expect(data.profiles[1].record).toMatchObject({ lastName: 'Asante-Young', center: 'Harbour' });
    expect(data.invitations).toHaveLength(1);
    expect(data.invitations[0]).toMatchObject({ message: 'Welcome back, dear Asante' });
    expect(data.invitations[0].links).toHaveLength(1);
    expect(data.invitationRequests).toHaveLength(1);
    expect(data.messages.map(({ template }: { template: string }) => template)).toEqual(
      expect.arrayContaining(['invitation', 'welcome', 'password-reset', 'two-step-enabled']),
    );
    expect(data.passwordResets).toHaveLength(1);
    expect(data.sessions).toHaveLength(1);
    expect(data.auditEvents.map(({ action }: { action: string }) => action)).toEqual(
      expect.arrayContaining([
        'invitation.created',
        'account.created',
        'profile.claimed',
        'account.two-step-enabled',
      ]),
    );

    const secrets = await queryRows<{ secret: string }>(
      `select password_hash as secret from accounts union all select encode(code_hash, 'hex') from recovery_codes
       union all select encode(encrypted, 'hex') from two_step_secrets union all select sid from sessions
       union all select encode(token_hash, 'hex') from invitation_links
       union all select encode(confirm_token_hash, 'hex') from address_changes`,
    );
    for (const secret of [...secrets.map((one) => one.secret), ...codes, key, validPassword])
      expect(answer.text).not.toContain(secret);
  });

  it('contains nothing about other people', async () => {
    await parent('neighbour@example.org');
    await createTestAccount('loner@example.org');
    const visitor = newVisitor();
    await visitor.signIn('loner@example.org', validPassword);
    const { text } = await visitor.agent.get('/account/data.json');
    expect(text).not.toContain('neighbour');
    expect(text).not.toContain('Asante');
    expect(JSON.parse(text)).toMatchObject({ profiles: [], invitations: [], consents: [], guardians: [] });
  });

  it('lists other people’s actions without the actor and the IP address', async () => {
    await createTestAccount('watched@example.org');
    const accountId = await idOf('watched@example.org');
    await queryRows(
      `insert into audit_events (actor, actor_account_id, action, subject_type, subject_id, ip)
       values ('account', 424242, 'account.suspended', 'account', $1, '203.0.113.9')`,
      [accountId],
    );
    const visitor = newVisitor();
    await visitor.signIn('watched@example.org', validPassword);
    const { text } = await visitor.agent.get('/account/data.json');
    expect(text).toContain('account.suspended');
    expect(text).not.toContain('424242');
    expect(text).not.toContain('203.0.113.9');
  });
});

describe('account deletion', () => {
  const confirmed = (email: string) => ({ confirmation: email, currentPassword: validPassword });

  it('requires the typed address and the password', async () => {
    await createTestAccount('unsure@example.org');
    const visitor = newVisitor();
    await visitor.signIn('unsure@example.org', validPassword);
    const page = await visitor.open('/account/deletion');
    expect(page.text).toContain('What we’ll delete');
    expect(page.text).toContain('What we’ll keep');
    for (const fields of [
      { confirmation: '', currentPassword: validPassword },
      { confirmation: 'yes', currentPassword: validPassword },
      { confirmation: 'somebody@example.org', currentPassword: validPassword },
      { confirmation: 'unsure@example.org', currentPassword: '' },
      { confirmation: 'unsure@example.org', currentPassword: 'not this one at all' },
    ])
      expect((await visitor.submit('/account/deletion', fields)).status).toBe(422);
    expect(visitor.page.$('input[name=confirmation]').val()).toBe('unsure@example.org');
    expect(await idOf('unsure@example.org')).not.toBe('');
  });

  it('deletes everything about the person except alumni records, audit ids and consents', async () => {
    const visitor = await parent('leaving@example.org');
    const accountId = await idOf('leaving@example.org');
    const elsewhere = newVisitor();
    await elsewhere.signIn('leaving@example.org', validPassword);
    await visitor.open('/account/two-step');
    await visitor.submit('/account/two-step', { code: codeOf(secretOnPage(visitor)) });
    const halfway = newVisitor();
    await halfway.signIn('leaving@example.org', validPassword);
    const readRecords = () =>
      queryRows(
        `select to_jsonb(m) - '{changed_at,claims_changed_at}'::text[] as record from alumni_members m
         where email = 'leaving@example.org' order by id`,
      );
    const records = await readRecords();

    await visitor.open('/account/deletion');
    const page = await visitor.submit('/account/deletion', confirmed(' Leaving@Example.org '));
    expect(page.path).toBe('/');
    expect(page.text).toContain('Your account has been deleted');
    await runJobs();
    expect((await visitor.open('/account')).path).toMatch(/^\/sign-in\?returnTo=/);
    expect((await elsewhere.open('/account')).path).toMatch(/^\/sign-in\?returnTo=/);

    const remaining = (await dumpDatabase()).split('\n').filter((line) => /leaving/i.test(line));
    expect(remaining.map((line) => line.split(' ')[0])).toEqual([
      'public.alumni_members',
      'public.alumni_members',
    ]);
    expect(await readRecords()).toEqual(records);
    const owned = await queryRows(
      `select 1 from profiles where account_id = $1 union all select 1 from two_step_secrets where account_id = $1
       union all select 1 from recovery_codes where account_id = $1
       union all select 1 from password_resets where account_id = $1
       union all select 1 from sessions where sess::text like '%"' || $1::text || '"%'`,
      [accountId],
    );
    expect(owned).toEqual([]);
    const event = await queryRow(
      `select detail from audit_events where action = 'account.deleted' and subject_id = $1 and actor_account_id = $1::bigint`,
      [accountId],
    );
    expect(event).toEqual({ detail: { reason: 'requested by the account holder' } });
  });

  it('releases claims, so that the person can be invited and register again', async () => {
    const visitor = await parent('returning@example.org');
    await visitor.open('/account/deletion');
    await visitor.submit('/account/deletion', confirmed('returning@example.org'));
    const { url } = await createTestInvitation('returning@example.org');
    const again = newVisitor();
    const page = await again.open(url);
    expect(page.text).toContain('Found 2 alumni records');
    const names = page
      .$('input[type=radio][value=self]')
      .toArray()
      .map((radio) => String(page.$(radio).attr('name')));
    const answers = Object.fromEntries(names.map((name, index) => [name, index === 0 ? 'self' : 'none']));
    await again.submit('/register', { name: 'Efua Asante', password: validPassword, ...answers });
    expect(await idOf('returning@example.org')).not.toBe('');
  });

  it('keeps an unsubscribed suppression', async () => {
    const first = await createTestInvitation('silent@example.org', { message: 'Dear friend' });
    await declineInvitation(first.linkId, 'stop', system);
    await createTestAccount('silent@example.org');
    const visitor = newVisitor();
    await visitor.signIn('silent@example.org', validPassword);
    await visitor.open('/account/deletion');
    await visitor.submit('/account/deletion', confirmed('silent@example.org'));
    expect(await dumpDatabase()).not.toContain('silent@example.org');
    expect(await listActiveSuppressions('silent@example.org')).toMatchObject([
      { kind: 'unsubscribed', reason: null },
    ]);
  });

  it('deletes requests by someone who gave the address as their own', async () => {
    await createTestAccount('own@requests.example');
    await queryRows(
      `insert into invitation_requests (kind, email, name, new_email)
       values ('shared-address', 'family@requests.example', 'Kemi', 'own@requests.example'),
         ('shared-address', 'family@requests.example', 'Sade', 'sade@requests.example')`,
    );
    await inTransaction(async () =>
      deleteAccount(await idOf('own@requests.example'), { kind: 'command' }, 'asked'),
    );
    expect(
      await queryRows(`select name from invitation_requests where email = 'family@requests.example'`),
    ).toEqual([{ name: 'Sade' }]);
  });

  it('deletes invitations that are linked as replacements, but not those to other addresses', async () => {
    await createTestAccount('replaced@example.org');
    const mine = await createTestInvitation('replaced@example.org');
    const theirs = await createTestInvitation('theirs@example.org');
    await queryRows('update invitations set revoked_at = now(), replaced_by = $2 where id = $1', [
      theirs.invitation.id,
      mine.invitation.id,
    ]);
    const accountId = await idOf('replaced@example.org');
    await inTransaction(() => deleteAccount(accountId, system, 'a test'));
    expect(await queryRows(`select 1 from invitations where email = 'replaced@example.org'`)).toEqual([]);
    expect(await queryRows(`select 1 from invitations where email = 'theirs@example.org'`)).toHaveLength(1);
  });

  it('does nothing if the account no longer exists', async () => {
    await inTransaction(() => deleteAccount('987654321', system, 'a test'));
    expect(await queryRows(`select 1 from audit_events where subject_id = '987654321'`)).toEqual([]);
  });

  it('is refused for the last administrator', async () => {
    await createTestAccount('last@example.org', 'admin');
    await queryRows(`update accounts set staff_role = null where email <> 'last@example.org'`);
    const visitor = newVisitor();
    await visitor.signIn('last@example.org', validPassword);
    await visitor.open('/account/deletion');
    const page = await visitor.submit('/account/deletion', confirmed('last@example.org'));
    expect(page.status).toBe(409);
    expect(page.text).toContain('only administrator');
    expect((await visitor.open('/account')).path).toBe('/account');
  });

  it('keeps one administrator when all are deleted concurrently', async () => {
    const leaving = ['one@example.org', 'two@example.org', 'three@example.org'];
    for (const email of leaving) await createTestAccount(email, 'admin');
    await queryRows(
      `update accounts set staff_role = null where staff_role = 'admin' and email <> all ($1)`,
      [leaving],
    );
    const ids = await Promise.all(leaving.map(idOf));
    const answers = await Promise.allSettled(
      ids.map((id) => inTransaction(() => deleteAccount(id, system, 'a test'))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(await queryRows(`select 1 from accounts where staff_role = 'admin'`)).toHaveLength(1);
  });
});
