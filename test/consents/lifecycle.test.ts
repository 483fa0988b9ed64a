import { afterEach, describe, expect, it, vi } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { maintainConsents } from '../../src/consents/maintenance.ts';
import { listCapturedMails } from '../../src/platform/mail/captured-mail.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  latestMail,
  linkInMail,
  newVisitor,
  runJobs,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';

const thisYear = new Date().getUTCFullYear();
const consentFields = { authority: 'yes', consent: 'yes' };

afterEach(() => {
  vi.useRealTimers();
});

async function registerMinor(name: string): Promise<Visitor> {
  const email = `${name}@example.org`;
  const recordId = await createTestRecord(email, { yearOfBirth: thisYear - 16 });
  const { url } = await createTestInvitation(email);
  const visitor = newVisitor();
  await visitor.open(url);
  const guardian = { guardianName: 'Gita', guardianEmail: `gita-${name}@example.net` };
  await visitor.submit('/register', {
    name,
    password: validPassword,
    [`records[${recordId}]`]: 'self',
    ...guardian,
  });
  return visitor;
}

async function registerConsentedMinor(name: string): Promise<Visitor> {
  const visitor = await registerMinor(name);
  const guardian = newVisitor();
  await guardian.open(linkInMail(await latestMail(`gita-${name}@example.net`)));
  await guardian.submit('/guardian/consent', consentFields);
  return visitor;
}

/** Moves the stored times of an account, its profile and guardians into the past. Consents can't be changed. */
async function passDays(name: string, days: number): Promise<void> {
  const email = `${name}@example.org`;
  await queryRows(
    `update guardians g set requested_at = requested_at - make_interval(days => $2) from profiles p, accounts a
     where p.id = g.profile_id and a.id = p.account_id and a.email = $1`,
    [email, days],
  );
  await queryRows(
    'update accounts set created_at = created_at - make_interval(days => $2) where email = $1',
    [email, days],
  );
  await queryRows(
    `update profiles p set claimed_at = claimed_at - make_interval(days => $2) from accounts a
     where a.id = p.account_id and a.email = $1`,
    [email, days],
  );
}

async function countMails(address: string, part: string): Promise<number> {
  await runJobs();
  return (await listCapturedMails()).filter(({ to, subject }) => to === address && subject.includes(part))
    .length;
}

describe('a guardian who doesn’t answer', () => {
  it('is reminded after three and seven days, always with the same link', async () => {
    await registerMinor('slow');
    const to = 'gita-slow@example.net';
    const first = linkInMail(await latestMail(to));
    const counts: number[] = [];
    for (const days of [2, 2, 0, 4, 10]) {
      await passDays('slow', days);
      await maintainConsents();
      await maintainConsents();
      counts.push(await countMails(to, 'needs your permission'));
    }
    expect(counts).toEqual([1, 2, 2, 3, 3]);
    expect(linkInMail(await latestMail(to))).toBe(first);
  });

  it('leaves no trace after thirty days, when the minor’s account is deleted', async () => {
    const visitor = await registerMinor('purged');
    const link = linkInMail(await latestMail('gita-purged@example.net'));
    await passDays('purged', 29);
    await maintainConsents();
    expect(await Account.count({ where: { email: 'purged@example.org' } })).toBe(1);
    await passDays('purged', 2);
    await maintainConsents();
    expect(await Account.count({ where: { email: 'purged@example.org' } })).toBe(0);
    expect((await visitor.open('/home')).path).toMatch(/^\/sign-in\?returnTo=/);
    expect((await newVisitor().open(link)).status).toBe(410);
    const left = await queryRow<{ count: number }>(
      `select (select count(*) from guardians where email = 'gita-purged@example.net')
         + (select count(*) from messages where recipient in ('gita-purged@example.net', 'purged@example.org')) as count`,
    );
    expect(Number(left?.count)).toBe(0);
  });

  it.each([1984, null])(
    'doesn’t lead to deletion if the record has no year and the account’s is %o',
    async (year) => {
      const name = `no-year-${year}`;
      const { id, email } = await createTestAccount(`${name}@example.org`);
      const recordId = await createTestRecord(email, { yearOfBirth: null });
      await queryRows('update accounts set year_of_birth = $2 where id = $1', [id, year]);
      await queryRows(
        `insert into profiles (account_id, alumni_member_id, relationship, policy_version) values ($1, $2, 'self', 1)`,
        [id, recordId],
      );
      await passDays(name, 40);
      await maintainConsents();
      const visitor = newVisitor();
      const arrival = await visitor.signIn(email, validPassword);
      expect(arrival.path).toBe(year === null ? '/home/year-of-birth' : '/home');
    },
  );

  it('doesn’t lead to deletion if the minor ever had consent', async () => {
    await registerConsentedMinor('kept');
    await passDays('kept', 40);
    await maintainConsents();
    expect(await Account.count({ where: { email: 'kept@example.org' } })).toBe(1);
  });
});

describe('a consent', () => {
  it('can be renewed in its last thirty days, after one request, and expires otherwise', async () => {
    const visitor = await registerConsentedMinor('yearly');
    const to = 'gita-yearly@example.net';
    // Consents can't be changed, so this inserts an older one.
    await queryRows(
      `insert into consents (profile_id, account_id, alumni_member_id, guardian_id, decision, guardian_name, guardian_email,
         authority_stated, disclosure_version, policy_version, at, expires_at)
       select profile_id, account_id, alumni_member_id, guardian_id, 'renewed', guardian_name, guardian_email, true, 1, 1,
         now() - interval '345 days', now() + interval '20 days' from consents where guardian_email = $1`,
      [to],
    );
    await maintainConsents();
    await maintainConsents();
    expect(await countMails(to, 'renew your permission')).toBe(1);
    const guardian = newVisitor();
    await guardian.open(linkInMail(await latestMail(to)));
    await guardian.submit('/guardian/consent', consentFields);
    const renewed = await queryRow<{ decision: string; days: number }>(
      `select decision, expires_at::date - now()::date as days from consents where guardian_email = $1 order by id desc limit 1`,
      [to],
    );
    expect(renewed?.decision).toBe('renewed');
    expect(renewed?.days).toBeGreaterThan(380);
    await guardian.open('/guardian/withdrawal');
    expect((await guardian.post('/guardian/consent', consentFields)).status).toBe(409);
    await queryRows(
      `insert into consents (profile_id, account_id, alumni_member_id, guardian_id, decision, guardian_name, guardian_email,
         authority_stated, disclosure_version, policy_version, at, expires_at)
       select profile_id, account_id, alumni_member_id, guardian_id, 'renewed', guardian_name, guardian_email, true, 1, 1,
         now() - interval '366 days', now() - interval '1 minute' from consents where guardian_email = $1 limit 1`,
      [to],
    );
    expect((await visitor.open('/home')).text).toContain('has ended');
  });

  it('is no longer needed once the minor is an adult, who is notified once', async () => {
    const visitor = await registerConsentedMinor('grown');
    expect((await visitor.open('/home')).text).toContain('Supervised');
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(`${thisYear + 2}-12-31T06:00:00Z`);
    await maintainConsents();
    await maintainConsents();
    await visitor.signIn('grown@example.org', validPassword);
    expect((await visitor.open('/home')).text).toContain('Full Access');
    vi.useRealTimers();
    expect(await countMails('grown@example.org', 'no longer need permission')).toBe(1);
  });
});

describe('a parent of two', () => {
  const registerFamily = async (name: string) => {
    const email = `${name}@example.org`;
    const parent = await createTestRecord(email, {
      yearOfBirth: thisYear - 45,
      lastName: 'Parent',
      batch: 1999,
    });
    const first = await createTestRecord(email, { yearOfBirth: thisYear - 16, lastName: 'First' });
    const second = await createTestRecord(email, { yearOfBirth: thisYear - 17, lastName: 'Second' });
    const { url } = await createTestInvitation(email);
    const visitor = newVisitor();
    await visitor.open(url);
    const answers = {
      [`records[${parent}]`]: 'self',
      [`records[${first}]`]: 'child',
      [`records[${second}]`]: 'child',
    };
    await visitor.submit('/register', { name: 'Pia Parent', password: validPassword, ...answers });
    return { visitor, email };
  };

  it('consents for both on one page after registering, and can withdraw for one child', async () => {
    const { visitor, email } = await registerFamily('pair');
    expect(visitor.page.path).toBe('/consent');
    for (const name of ['Amma First', 'Amma Second']) expect(visitor.page.text).toContain(name);
    expect((await visitor.submit('/consent', { consent: 'yes' })).status).toBe(422);
    const home = await visitor.submit('/consent', consentFields);
    expect(home.path).toBe('/home');
    expect(
      home
        .$('.status')
        .map((_, badge) => home.$(badge).text())
        .get(),
    ).toEqual(['Full Access', 'Supervised', 'Supervised']);
    expect(await countMails(email, 'You gave permission')).toBe(2);
    const action = home.$('form[action$="/withdrawal"]').first().attr('action') ?? '';
    const after = await visitor.submit(action);
    expect(after.text).toContain('Consent withdrawn');
    const decisions = await queryRows<{ decision: string }>(
      'select decision from consents where guardian_email = $1 order by id',
      [email],
    );
    expect(decisions.map(({ decision }) => decision)).toEqual(['granted', 'granted', 'withdrawn']);
    expect(await countMails(email, 'withdrawn your permission')).toBe(1);
  });

  it('can refuse without losing access, and consent later', async () => {
    const { visitor } = await registerFamily('unwilling');
    const home = await visitor.submit('/consent/refusal');
    expect(home.path).toBe('/home');
    expect(home.text).toContain('Consent refused');
    await visitor.open('/consent');
    expect((await visitor.submit('/consent', consentFields)).text).toContain('Supervised');
  });

  it('can’t withdraw for someone else’s child', async () => {
    const { visitor } = await registerFamily('first-family');
    await visitor.submit('/consent', consentFields);
    const foreign = visitor.page.$('form[action$="/withdrawal"]').first().attr('action') ?? '';
    const other = (await registerFamily('second-family')).visitor;
    await other.submit('/consent', consentFields);
    expect((await other.post(foreign, {})).status).toBe(404);
    expect((await other.post('/consent/abc/withdrawal', {})).status).toBe(404);
  });
});

describe('staff', () => {
  it('see every decision with its disclosure, and can publish a new version', async () => {
    await registerConsentedMinor('recorded');
    const admin = await signInStaff('admin');
    const support = await signInStaff('support');
    await support.open('/admin/consents');
    expect(support.page.text).toContain('Granted');
    await support.open(support.page.$('tbody a').first().attr('href') ?? '');
    expect(support.page.text).toContain('Version 1');
    expect(support.page.text).toContain('Says they are the parent or guardianYes');
    await admin.open('/admin/consents/disclosures');
    expect((await admin.submit('/admin/consents/disclosures', { body: 'too short' })).status).toBe(422);
    const body = `A new text for {organisation}. ${'It says what is kept and for how long. '.repeat(5)}\n\nWrite to {support}.`;
    expect((await admin.submit('/admin/consents/disclosures', { body })).text).toContain('version 2');
    expect((await support.open('/admin/consents/disclosures/2')).text).toContain(
      'A new text for Alumni Association',
    );
    expect((await support.open('/admin/consents/disclosures/1')).text).toContain('What we keep');
    expect((await support.post('/admin/consents/disclosures', { body })).status).toBe(403);
    await registerConsentedMinor('newer-text');
    const version = await queryRow<{ version: number }>(
      `select disclosure_version as version from consents where guardian_email = 'gita-newer-text@example.net'`,
    );
    expect(version?.version).toBe(2);
    for (const path of [
      '/admin/consents/999999',
      '/admin/consents/x',
      '/admin/consents/disclosures/99',
      '/admin/consents?before=x',
    ]) {
      expect([200, 404]).toContain((await support.open(path)).status);
    }
  });
});

describe('the home page', () => {
  it('offers records that were added for the address later, by the same rules', async () => {
    const email = 'later@example.org';
    const { url } = await createTestInvitation(email);
    const visitor = newVisitor();
    await visitor.open(url);
    await visitor.submit('/register', { name: 'Lata Later', password: validPassword });
    const recordId = await createTestRecord(email, { lastName: 'Later' });
    const child = await createTestRecord(email, { lastName: 'Young', yearOfBirth: thisYear - 9 });
    await visitor.open('/home');
    expect(visitor.page.text).toContain('Found 2 alumni records');
    const refused = await visitor.submit('/home/claims', {
      [`records[${recordId}]`]: 'self',
      [`records[${child}]`]: 'child',
    });
    expect(refused.status).toBe(422);
    const home = await visitor.submit('/home/claims', {
      [`records[${recordId}]`]: 'self',
      [`records[${child}]`]: 'none',
    });
    expect(home.text).toContain('Full Access');
    const again = await visitor.post('/home/claims', { [`records[${child}]`]: 'self' });
    expect([403, 422]).toContain(again.status);
  });

  it('opens a pending invitation', async () => {
    const email = 'invited-again@example.org';
    const first = await createTestInvitation(email);
    const visitor = newVisitor();
    await visitor.open(first.url);
    await visitor.submit('/register', { name: 'Ina', password: validPassword });
    await createTestInvitation(email, { staffRole: 'support' });
    await visitor.open('/home');
    const page = await visitor.submit('/home/invitation');
    expect(page.path).toBe('/register');
    await visitor.submit('/register');
    expect((await Account.findOne({ where: { email } }))?.staffRole).toBe('support');
  });
});
