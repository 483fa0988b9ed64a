import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { maintainConsents } from '../../src/consents/maintenance.ts';
import { listCapturedMails } from '../../src/platform/mail/captured-mail.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  app,
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
import { Visitor } from '../support/visitor.ts';

const thisYear = new Date().getUTCFullYear();
const consentFields = { authority: 'yes', consent: 'yes' };
const LIST = '/admin/guardians';

type Minor = Readonly<{ visitor: Visitor; email: string; guardian: string }>;

/** A 15- or 16-year-old who registers and names a guardian. */
async function registerMinor(name: string, guardian = `guardian.of.${name}@example.net`): Promise<Minor> {
  const email = `${name}@example.org`;
  const recordId = await createTestRecord(email, { yearOfBirth: thisYear - 16, lastName: name });
  const visitor = newVisitor();
  await visitor.open((await createTestInvitation(email)).url);
  await visitor.submit('/register', {
    name: `Young ${name}`,
    password: validPassword,
    [`records[${recordId}]`]: 'self',
    guardianName: 'Gita Guardian',
    guardianEmail: guardian,
  });
  return { visitor, email, guardian };
}

/** A visitor who opened the link in the latest mail to an address. */
async function openGuardianMail(address: string): Promise<Visitor> {
  const visitor = newVisitor();
  await visitor.open(linkInMail(await latestMail(address)));
  return visitor;
}

async function registerConsentedMinor(name: string): Promise<Minor & { parent: Visitor }> {
  const minor = await registerMinor(name);
  const parent = await openGuardianMail(minor.guardian);
  await parent.submit('/guardian/consent', consentFields);
  return { ...minor, parent };
}

const countMails = async (address: string, part: string) => {
  await runJobs();
  return (await listCapturedMails()).filter(({ to, subject }) => to === address && subject.includes(part))
    .length;
};

async function addSecondGuardian(parent: Visitor, email: string): Promise<Visitor> {
  await parent.follow('Add a second guardian');
  await parent.submit('/guardian/second-guardian', { guardianName: 'Gil Guardian', guardianEmail: email });
  return openGuardianMail(email);
}

const guardianIdOf = async (email: string) =>
  (
    await queryRow<{ id: string }>('select id from guardians where email = $1 and superseded_at is null', [
      email,
    ])
  )?.id ?? '';

describe('the guardian’s page', () => {
  it('refuses the minor’s session, and their browser after signing out', async () => {
    const { visitor, guardian } = await registerMinor('own-browser');
    const link = linkInMail(await latestMail(guardian));
    for (const step of ['signed in', 'signed out']) {
      if (step === 'signed out') {
        await visitor.open('/account');
        await visitor.submit('/sign-out');
      }
      const page = await visitor.open(link);
      expect([step, page.status]).toEqual([step, 403]);
      expect(page.text).toContain('on your own phone or computer');
      expect(page.text).not.toMatch(/Amma|Gita|guardian\.of/);
      expect((await visitor.open('/guardian')).text).toContain('Open the link in your e-mail again');
      const answer = await visitor.post('/guardian/consent', consentFields);
      expect(answer.status).not.toBe(303);
    }
    expect(await queryRows(`select 1 from consents where guardian_email = $1`, [guardian])).toEqual([]);
  });

  it('refuses a decision from a browser that signs in as the minor after opening the link', async () => {
    const { email, guardian } = await registerMinor('late-sign-in');
    const browser = await openGuardianMail(guardian);
    expect(browser.page.status).toBe(200);
    await browser.signIn(email, validPassword);
    const answer = await browser.post('/guardian/consent', consentFields);
    expect(answer.status).toBe(403);
    expect((await browser.open('/guardian')).status).toBe(403);
    expect(await queryRows(`select 1 from consents where guardian_email = $1`, [guardian])).toEqual([]);
  });

  it('refuses another signed-in minor and admits a signed-in adult', async () => {
    const { guardian } = await registerMinor('of-a-friend');
    const link = linkInMail(await latestMail(guardian));
    const friend = (await registerMinor('friend-of')).visitor;
    expect((await friend.open(link)).status).toBe(403);
    await createTestAccount('grown-up@example.com');
    const adult = newVisitor();
    await adult.signIn('grown-up@example.com', validPassword);
    expect((await adult.open(link)).status).toBe(200);
  });

  it('ignores a known-browser cookie with a forged signature', async () => {
    const { email, guardian } = await registerMinor('forged-cookie');
    const id = (await Account.findOne({ where: { email } }))?.id;
    const browser = new Visitor(app);
    browser.agent.jar.setCookie(`homecoming-browser=${id}.${'A'.repeat(43)}`);
    expect((await browser.open(linkInMail(await latestMail(guardian)))).status).toBe(200);
  });
});

describe('an address on file only for minors', () => {
  let admin: Visitor;
  beforeAll(async () => {
    admin = await signInStaff('support');
  });

  it('is held for review until staff approve it', async () => {
    await createTestRecord('family@example.com', { yearOfBirth: thisYear - 15, lastName: 'Cousin' });
    const { visitor } = await registerMinor('waits-for-staff', 'Family+mum@example.com');
    expect(visitor.page.text).toContain('The alumni office is checking the address');
    expect(await countMails('Family+mum@example.com', 'permission')).toBe(0);
    const overview = await (await signInStaff('admin')).open('/admin');
    expect(overview.text).toContain('1 guardian is waiting for you');
    const id = await guardianIdOf('Family+mum@example.com');
    await admin.open(LIST);
    expect(admin.page.text).toContain('We only know young people at this address');
    expect((await admin.submit(`${LIST}/${id}/approval`)).text).toContain('We’ve written to');
    const parent = await openGuardianMail('Family+mum@example.com');
    await parent.submit('/guardian/consent', consentFields);
    expect((await visitor.open('/home')).path).toBe('/home');
  });

  it('can be rejected, and the minor is asked to name someone else', async () => {
    await createTestRecord('cousin@example.com', { yearOfBirth: thisYear - 15, lastName: 'Cousin' });
    const { visitor, email } = await registerMinor('turned-down', 'cousin@example.com');
    const id = await guardianIdOf('cousin@example.com');
    await admin.open(`${LIST}/${id}`);
    await admin.submit(`${LIST}/${id}/rejection`);
    expect((await latestMail(email)).subject).toContain('another address for your parent or guardian');
    await visitor.open('/home');
    expect(visitor.page.text).toContain('Please give us another address');
    expect(visitor.page.text).toContain('cousin@example.com');
    await visitor.submit('/waiting/requests', { guardianName: 'Mum', guardianEmail: 'mum.td@example.net' });
    expect((await latestMail('mum.td@example.net')).subject).toContain('needs your permission');
    expect((await admin.post(`${LIST}/${id}/approval`, {})).status).not.toBe(303);
  });

  it.each(['record', 'setting'])(
    'isn’t held for review if the %s marks it as a guardian’s',
    async (marker) => {
      const address = `marked.by.${marker}@example.com`;
      await createTestRecord(address, { yearOfBirth: thisYear - 15, lastName: 'Cousin' });
      if (marker === 'record')
        await queryRows(`update alumni_members set email_of = 'guardian' where email = $1`, [address]);
      else await queryRows('update settings set minors_addresses_are_guardians = true');
      await registerMinor(`marked-${marker}`, address);
      await queryRows('update settings set minors_addresses_are_guardians = false');
      expect((await latestMail(address)).subject).toContain('needs your permission');
    },
  );

  it('isn’t held for review if an adult has an account with it', async () => {
    await createTestRecord('dad@example.com', { yearOfBirth: thisYear - 15, lastName: 'Child' });
    await createTestAccount('dad@example.com');
    await registerMinor('of-dad', 'dad@example.com');
    expect((await latestMail('dad@example.com')).subject).toContain('needs your permission');
  });

  it('explains what to do to a minor who shares the parent’s mailbox', async () => {
    const { visitor, email } = await registerMinor('shares');
    const page = await visitor.submit('/waiting/requests', { guardianName: 'Mum', guardianEmail: email });
    expect(page.status).toBe(422);
    expect(page.text).toContain('ask your parent to register with it and choose “This is my child”');
  });
});

describe('after a refusal or a withdrawal', () => {
  it('holds the next guardian for review', async () => {
    const { visitor, guardian } = await registerMinor('round-about');
    await (await openGuardianMail(guardian)).submit('/guardian/refusal');
    await visitor.open('/waiting');
    await visitor.submit('/waiting/requests', {
      guardianName: 'Other',
      guardianEmail: 'other.ra@example.net',
    });
    expect(visitor.page.text).toContain('will check the address');
    expect(await countMails('other.ra@example.net', 'permission')).toBe(0);
  });

  it('lets the minor ask only the guardian who had consented', async () => {
    const { visitor, guardian, parent } = await registerConsentedMinor('after-withdrawal');
    await parent.follow('Withdraw my permission');
    await parent.submit('/guardian/withdrawal', { confirmation: 'withdraw' });
    await visitor.open('/home');
    expect(visitor.page.text).not.toContain('Ask someone else');
    const other = { guardianName: 'Other', guardianEmail: 'other.aw@example.net' };
    const answer = await visitor.post('/waiting/requests', other);
    expect(answer.status).toBe(409);
    await queryRows(`update guardians set requested_at = now() - interval '2 days' where email = $1`, [
      guardian,
    ]);
    await visitor.submit('/waiting/requests');
    expect(await countMails(guardian, 'needs your permission')).toBe(2);
    expect((await parent.open('/guardian')).status).toBe(200);
  });
});

describe('a day after a consent', () => {
  const storeConsentFromYesterday = (address: string) =>
    queryRows(
      `insert into consents (profile_id, account_id, alumni_member_id, guardian_id, decision, guardian_name, guardian_email,
         authority_stated, disclosure_version, policy_version, at, expires_at)
       select profile_id, account_id, alumni_member_id, guardian_id, decision, guardian_name, guardian_email, true, 1, 1,
         now() - interval '25 hours', now() + interval '11 months' from consents where guardian_email = $1`,
      [address],
    );

  it('asks the guardian to confirm, once, with a link to withdraw by typing a word', async () => {
    const { visitor, guardian } = await registerConsentedMinor('e-mail-plus');
    await maintainConsents();
    expect(await countMails(guardian, 'Did you give permission')).toBe(0);
    await storeConsentFromYesterday(guardian);
    await Promise.all([maintainConsents(), maintainConsents()]);
    await maintainConsents();
    expect(await countMails(guardian, 'Did you give permission')).toBe(1);
    const later = await openGuardianMail(guardian);
    expect(later.page.path).toBe('/guardian/withdrawal');
    expect((await later.submit('/guardian/withdrawal')).status).toBe(422);
    expect((await visitor.open('/home')).path).toBe('/home');
    await later.submit('/guardian/withdrawal', { confirmation: 'withdraw' });
    expect((await visitor.open('/home')).path).toBe('/waiting');
  });
});

describe('a consent from the minor’s network', () => {
  it('is valid and shown to staff', async () => {
    const { visitor, email, guardian } = await registerConsentedMinor('same-network');
    expect((await visitor.open('/home')).path).toBe('/home');
    const support = await signInStaff('support');
    await support.open('/admin/consents');
    await support.open(support.page.$('tbody a').first().attr('href') ?? '');
    expect(support.page.text).toContain('answered from the network that the young person was using');
    expect((await support.open(`/admin/help/person?email=${email}`)).text).toContain(
      'same network as the young person',
    );
    await queryRows(`update guardians set requested_from_ip = '203.0.113.7' where email = $1`, [guardian]);
    expect((await support.open(`/admin/help/person?email=${email}`)).text).not.toContain(
      'same network as the young person',
    );
  });
});

describe('two guardians', () => {
  it('each have a link, and a refusal or withdrawal by either ends access', async () => {
    const { visitor, parent } = await registerConsentedMinor('two');
    const second = await addSecondGuardian(parent, 'second.of.two@example.net');
    expect(second.page.text).toContain('added as a second guardian');
    expect((await visitor.open('/home')).path).toBe('/home');
    await second.submit('/guardian/refusal');
    expect((await visitor.open('/home')).path).toBe('/waiting');
    expect((await parent.open('/guardian')).text).toContain('The other guardian has said no');
    await second.submit('/guardian/consent', consentFields);
    expect((await visitor.open('/home')).path).toBe('/home');
    await parent.open('/guardian/withdrawal');
    await parent.submit('/guardian/withdrawal', { confirmation: 'withdraw' });
    expect((await visitor.open('/home')).path).toBe('/waiting');
    await parent.submit('/guardian/consent', consentFields);
    expect((await visitor.open('/home')).path).toBe('/home');
    expect(parent.page.text).not.toContain('Add a second');
  });

  it('need two addresses that aren’t the minor’s', async () => {
    const { email, guardian, parent } = await registerConsentedMinor('two-addresses');
    await parent.open('/guardian/second-guardian');
    for (const guardianEmail of [guardian.replace('@', '+x@'), email]) {
      const page = await parent.submit('/guardian/second-guardian', { guardianName: 'Gil', guardianEmail });
      expect(page.status).toBe(422);
      expect(page.text).not.toContain('your own address');
    }
  });

  it('can be added by staff', async () => {
    const { guardian } = await registerConsentedMinor('by-staff');
    const support = await signInStaff('support');
    const id = await guardianIdOf(guardian);
    await support.open(`${LIST}/${id}`);
    const named = { guardianName: 'Gil', guardianEmail: 'gil.by.staff@example.net' };
    expect((await support.submit(`${LIST}/${id}/second-guardian`, named)).text).toContain('We’ve written to');
    expect((await latestMail('gil.by.staff@example.net')).subject).toContain('added as a guardian');
    const again = { ...named, guardianEmail: 'third@example.net' };
    expect((await support.post(`${LIST}/${id}/second-guardian`, again)).status).toBe(409);
  });
});

describe('a parent with an account', () => {
  it('can add a second guardian, whose refusal ends the child’s access', async () => {
    const email = 'parent.of.two@example.org';
    const ownRecord = await createTestRecord(email, {
      yearOfBirth: thisYear - 45,
      lastName: 'Parent',
      batch: 1999,
    });
    const child = await createTestRecord(email, { yearOfBirth: thisYear - 16, lastName: 'Child' });
    const parent = newVisitor();
    await parent.open((await createTestInvitation(email)).url);
    const answers = { [`records[${ownRecord}]`]: 'self', [`records[${child}]`]: 'child' };
    await parent.submit('/register', { name: 'Pia Parent', password: validPassword, ...answers });
    await parent.submit('/consent', consentFields);
    await parent.open(linkInMail(await latestMail(email)));
    expect(parent.page.path).toBe('/guardian');
    const second = await addSecondGuardian(parent, 'other.parent@example.net');
    await second.submit('/guardian/refusal');
    const home = await parent.open('/home');
    expect(home.text).toContain('The other guardian has said no');
    expect((await parent.open('/consent')).path).toBe('/home');
    await second.submit('/guardian/consent', consentFields);
    expect((await parent.open('/home')).text).toContain('Supervised');
  });
});

describe('a guardian’s page', () => {
  it('offers a download of the data without the other guardian’s', async () => {
    const { parent, email, guardian } = await registerConsentedMinor('download');
    await addSecondGuardian(parent, 'second.of.download@example.net');
    await parent.open('/guardian');
    const { body } = await parent.agent.get('/guardian/data.json').expect(200);
    expect(body.youngPerson.account.email).toBe(email);
    expect(body.guardian.email).toBe(guardian);
    expect(body.consents).toHaveLength(1);
    expect(JSON.stringify(body)).not.toMatch(/second\.of\.download|argon2|token/i);
    expect((await newVisitor().open('/guardian/data.json')).text).toContain(
      'Open the link in your e-mail again',
    );
  });

  it('accepts an erasure request, which ends access and which an administrator carries out', async () => {
    const { parent, visitor, email, guardian } = await registerConsentedMinor('erased');
    const id = await guardianIdOf(guardian);
    await parent.open('/guardian');
    await parent.follow('Ask us to erase Amma’s data');
    expect((await parent.submit('/guardian/erasure')).status).toBe(422);
    const page = await parent.submit('/guardian/erasure', { confirmation: 'erase' });
    expect(page.text).toContain('We have your request');
    expect((await visitor.open('/home')).path).toBe('/waiting');
    const admin = await signInStaff('admin');
    await admin.open(LIST);
    expect(admin.page.text).toContain('to erase the data');
    await admin.open(`${LIST}/${id}`);
    await admin.submit(`${LIST}/${id}/erasure`);
    expect(await Account.count({ where: { email } })).toBe(0);
    expect((await latestMail(guardian)).subject).toContain('erased');
    const remaining = await queryRows<{ decision: string }>(
      'select decision from consents where guardian_email = $1 order by id',
      [guardian],
    );
    expect(remaining.map(({ decision }) => decision)).toEqual(['granted', 'withdrawn']);
    expect((await parent.open('/guardian')).status).toBe(410);
  });

  it('still works after an administrator dismissed the erasure request', async () => {
    const { parent, guardian } = await registerConsentedMinor('kept-after-all');
    const id = await guardianIdOf(guardian);
    await parent.open('/guardian/erasure');
    await parent.submit('/guardian/erasure', { confirmation: 'erase' });
    const admin = await signInStaff('admin');
    await admin.open(`${LIST}/${id}`);
    const form = `${LIST}/${id}/erasure-dismissal`;
    expect((await admin.submit(form)).status).toBe(422);
    expect((await admin.submit(form, { dismissalReason: 'Not their child' })).text).toContain(
      'Nothing has been erased',
    );
    expect((await parent.open('/guardian')).text).toContain('Ask us to erase');
  });

  it('can be opened with a newly requested link, and the request reveals no address', async () => {
    const { guardian } = await registerConsentedMinor('lost-link');
    const answers = [];
    for (const email of [guardian, 'nobody@example.net']) {
      const visitor = newVisitor();
      await visitor.open('/guardian/new-link');
      answers.push((await visitor.submit('/guardian/new-link', { email })).text);
    }
    expect(answers[0]).toBe(answers[1]);
    const again = await openGuardianMail(guardian);
    expect(again.page.text).toContain('You’ve given permission until');
    expect((await listCapturedMails()).some(({ to }) => to === 'nobody@example.net')).toBe(false);
    for (let times = 0; times < 5; times += 1) {
      const visitor = newVisitor();
      await visitor.open('/guardian/new-link');
      await visitor.submit('/guardian/new-link', { email: guardian });
      await runJobs();
    }
    expect(await countMails(guardian, 'Your link')).toBe(3);
  });
});

describe('a guardian’s address', () => {
  it('can be corrected by support with a reason, and the old address is notified', async () => {
    const { guardian, visitor } = await registerMinor('misspelt');
    const old = linkInMail(await latestMail(guardian));
    const support = await signInStaff('support');
    const form = `${LIST}/${await guardianIdOf(guardian)}/address`;
    await support.open(form.replace('/address', ''));
    expect((await support.submit(form, { correctedEmail: 'right@example.net' })).status).toBe(422);
    const reason = 'The mother called';
    await support.submit(form, { correctedEmail: 'right@example.net', reason });
    expect((await latestMail('right@example.net')).subject).toContain('needs your permission');
    const notification = await latestMail(guardian);
    expect(notification.subject).toContain('no longer need an answer');
    expect(notification.text).not.toContain('right@example.net');
    expect((await newVisitor().open(old)).status).toBe(410);
    expect((await visitor.open('/waiting')).text).toContain('right@example.net');
    const events = await queryRows<{ detail: Record<string, string> }>(
      `select detail from audit_events where action = 'guardian.address-corrected' order by id desc limit 1`,
    );
    expect(events[0]?.detail.reason).toBe(reason);
    expect(JSON.stringify(events)).not.toContain('example.net');
  });

  it('can’t be corrected once the guardian has consented', async () => {
    const { guardian, parent } = await registerConsentedMinor('settled');
    const support = await signInStaff('support');
    const id = await guardianIdOf(guardian);
    await support.open(`${LIST}/${id}`);
    expect(support.page.text).not.toContain('Correct the address');
    const typed = { correctedEmail: 'thief@example.net', reason: 'x' };
    expect((await support.post(`${LIST}/${id}/address`, typed)).status).toBe(409);
    expect((await parent.open('/guardian')).text).toContain('You’ve given permission');
  });

  it('can be found by staff, who can resend the link three times a day', async () => {
    const { guardian } = await registerConsentedMinor('found-by-address');
    const support = await signInStaff('support');
    await support.open(`/admin/help?q=${guardian}`);
    expect(support.page.text).toContain('They’re a guardian of Amma found-by-address');
    await support.follow('See the guardian Gita Guardian');
    const form = `${LIST}/${await guardianIdOf(guardian)}/resends`;
    for (let times = 0; times < 3; times += 1)
      expect((await support.submit(form)).text).toContain('We’ve sent the link');
    expect((await support.submit(form)).status).toBe(409);
  });
});

describe('coming of age', () => {
  it('notifies the member and each guardian once', async () => {
    const { email, guardian } = await registerConsentedMinor('of-age');
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(`${thisYear + 2}-12-31T06:00:00Z`);
    await maintainConsents();
    await maintainConsents();
    await runJobs();
    vi.useRealTimers();
    expect(await countMails(guardian, 'no longer needs your permission')).toBe(1);
    expect(await countMails(email, 'no longer need permission')).toBe(1);
  });
});

describe('the welcome mail of a minor', () => {
  it('says that the account waits for consent', async () => {
    const { email } = await registerMinor('told-to-wait');
    const mail = await latestMail(email);
    expect(mail.text).toContain('as soon as your parent or guardian has given permission');
    expect(mail.text).not.toContain('ready');
  });
});
