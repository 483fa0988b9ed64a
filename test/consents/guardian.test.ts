import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { config } from '../../src/platform/config/config.ts';
import { signLinkToken } from '../../src/platform/crypto/signed-links.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  latestMail,
  linkInMail,
  newVisitor,
  validPassword,
} from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';

const thisYear = new Date().getUTCFullYear();
const consentFields = { authority: 'yes', consent: 'yes' };

type Minor = Readonly<{ visitor: Visitor; email: string; guardian: string; recordId: string }>;

async function registerMinor(name: string, yearOfBirth = thisYear - 16): Promise<Minor> {
  const email = `${name}@example.org`;
  const guardian = `guardian-of-${name}@example.org`;
  const recordId = await createTestRecord(email, { yearOfBirth, lastName: name });
  const { url } = await createTestInvitation(email);
  const visitor = newVisitor();
  await visitor.open(url);
  await visitor.submit('/register', {
    name: `Young ${name}`,
    password: validPassword,
    [`records[${recordId}]`]: 'self',
    guardianName: 'Gita Guardian',
    guardianEmail: guardian,
  });
  return { visitor, email, guardian, recordId };
}

async function openGuardianMail(minor: Minor): Promise<Visitor> {
  const visitor = newVisitor();
  await visitor.open(linkInMail(await latestMail(minor.guardian)));
  return visitor;
}

const decisionsFor = (minor: Minor) =>
  queryRows<{ decision: string }>('select decision from consents where alumni_member_id = $1 order by id', [
    minor.recordId,
  ]).then((decisions) => decisions.map(({ decision }) => decision));

describe('a minor who registers', () => {
  it('waits for consent, and sees who was asked and when', async () => {
    const { visitor, guardian } = await registerMinor('waiting');
    expect(visitor.page.path).toBe('/waiting');
    expect(visitor.page.text).toContain(guardian);
    expect(visitor.page.text).toContain('Gita Guardian');
    expect((await visitor.open('/home')).path).toBe('/waiting');
    const mail = await latestMail(guardian);
    expect(mail.subject).toContain('needs your permission');
    expect(mail.text).toContain('age 15–16');
  });

  it.each([
    ['no name', { guardianName: '', guardianEmail: 'mum@example.net' }, '#guardianName'],
    ['no address', { guardianName: 'Mum', guardianEmail: '' }, '#guardianEmail'],
    ['no real address', { guardianName: 'Mum', guardianEmail: 'mum at home' }, '#guardianEmail'],
    ['their own address', { guardianName: 'Me', guardianEmail: 'picky@example.org' }, '#guardianEmail'],
    [
      'their own address in capitals',
      { guardianName: 'Me', guardianEmail: 'PICKY@Example.ORG' },
      '#guardianEmail',
    ],
    [
      'their own address with a tag',
      { guardianName: 'Me', guardianEmail: 'picky+mum@example.org' },
      '#guardianEmail',
    ],
    [
      'their own address in full-width letters',
      { guardianName: 'Me', guardianEmail: 'ｐicky＠example.org' },
      '#guardianEmail',
    ],
    [
      'another minor’s address',
      { guardianName: 'Friend', guardianEmail: 'friend@example.org' },
      '#guardianEmail',
    ],
    [
      'another minor’s address with a tag',
      { guardianName: 'Friend', guardianEmail: 'Friend+dad@example.org' },
      '#guardianEmail',
    ],
    [
      'a name with a web address',
      { guardianName: 'Claim your prize at evil.example.org/prize', guardianEmail: 'mum@example.net' },
      '#guardianName',
    ],
    [
      'an invisible name',
      { guardianName: '\u200b\u3164\u2800', guardianEmail: 'mum@example.net' },
      '#guardianName',
    ],
  ])('can’t name a guardian with %s', async (_what, named, field) => {
    await queryRows('delete from invitations');
    await queryRows(`delete from alumni_members where email in ('picky@example.org', 'friend@example.org')`);
    const friend = await Account.findOne({ where: { email: 'friend@example.org' } });
    if (!friend) await createTestAccount('friend@example.org');
    await queryRows('update accounts set year_of_birth = $2 where email = $1', [
      'friend@example.org',
      thisYear - 17,
    ]);
    const recordId = await createTestRecord('picky@example.org', { yearOfBirth: thisYear - 16 });
    const { url } = await createTestInvitation('picky@example.org');
    const visitor = newVisitor();
    await visitor.open(url);
    const page = await visitor.submit('/register', {
      name: 'Picky',
      password: validPassword,
      [`records[${recordId}]`]: 'self',
      ...named,
    });
    expect(page.status).toBe(422);
    expect(page.$(`[role=alert] a[href="${field}"]`).length).toBe(1);
    expect(await Account.count({ where: { email: 'picky@example.org' } })).toBe(0);
  });

  it('can ask again or ask someone else, three times a day, which closes the earlier request', async () => {
    const minor = await registerMinor('again');
    const first = linkInMail(await latestMail(minor.guardian));
    await minor.visitor.open('/waiting');
    await minor.visitor.submit('/waiting/requests', {
      guardianName: 'Uncle',
      guardianEmail: 'uncle@example.net',
    });
    expect(minor.visitor.page.text).toContain('uncle@example.net');
    const closed = await newVisitor().open(first);
    expect(closed.status).toBe(410);
    expect(linkInMail(await latestMail('uncle@example.net'))).not.toBe(first);
    expect(
      (await minor.visitor.submit('/waiting/requests', { guardianName: 'Me', guardianEmail: minor.email }))
        .status,
    ).toBe(422);
    await minor.visitor.submit('/waiting/requests', {
      guardianName: 'Uncle',
      guardianEmail: 'uncle@example.net',
    });
    const fourth = await minor.visitor.submit('/waiting/requests', {
      guardianName: 'Uncle',
      guardianEmail: 'uncle@example.net',
    });
    expect(fourth.status).toBe(409);
  });

  it('can’t claim a child', async () => {
    const email = 'sibling@example.org';
    const self = await createTestRecord(email, { yearOfBirth: thisYear - 17, lastName: 'Older' });
    const other = await createTestRecord(email, { yearOfBirth: thisYear - 15, lastName: 'Younger' });
    const { url } = await createTestInvitation(email);
    const visitor = newVisitor();
    await visitor.open(url);
    const guardian = { guardianName: 'Mum', guardianEmail: 'mum@example.net' };
    const answers = { [`records[${self}]`]: 'self', [`records[${other}]`]: 'child' };
    const page = await visitor.submit('/register', {
      name: 'Older',
      password: validPassword,
      ...guardian,
      ...answers,
    });
    expect(page.status).toBe(422);
    expect(page.text).toContain('Only an adult can choose “This is my child”');
  });
});

describe('a guardian', () => {
  it('reads the disclosure and consents, which gives the minor supervised access', async () => {
    const minor = await registerMinor('granted');
    const guardian = await openGuardianMail(minor);
    expect(guardian.page.path).toBe('/guardian');
    expect(guardian.page.text).toContain('withdraw your permission at any time');
    expect(guardian.page.text).toContain('Version 1');
    const page = await guardian.submit('/guardian/consent', consentFields);
    expect(page.text).toContain('You’ve given permission for Amma');
    expect((await minor.visitor.open('/home')).text).toContain('Supervised');
    expect((await latestMail(minor.email)).subject).toContain('You can now use your');
    const confirmation = await latestMail(minor.guardian);
    expect(confirmation.subject).toContain('You gave permission');
    const stored = await queryRow<Record<string, unknown>>(
      `select decision, guardian_name as name, guardian_email as email, authority_stated as authority, disclosure_version as version,
         policy_version as policy, host(ip) as ip, expires_at::date - at::date as days from consents where alumni_member_id = $1`,
      [minor.recordId],
    );
    expect(stored).toMatchObject({
      decision: 'granted',
      name: 'Gita Guardian',
      email: minor.guardian,
      authority: true,
      version: 1,
      policy: 1,
    });
    expect(stored?.days).toBeGreaterThanOrEqual(365);
    expect(stored?.ip).toMatch(/127\.0\.0\.1/);
  });

  it.each([
    [{}, ['#authority', '#consent']],
    [{ authority: 'yes' }, ['#consent']],
    [{ consent: 'yes' }, ['#authority']],
    [{ authority: 'no', consent: 'on' }, ['#authority', '#consent']],
  ])('must tick both boxes: %o', async (typed, missing) => {
    const minor = await registerMinor(`ticks${missing.length}${Object.keys(typed).join('')}`);
    const guardian = await openGuardianMail(minor);
    const page = await guardian.submit('/guardian/consent', typed as Record<string, string>);
    expect(page.status).toBe(422);
    expect(
      page
        .$('[role=alert] a')
        .map((_, a) => page.$(a).attr('href'))
        .get(),
    ).toEqual(missing);
    expect(await decisionsFor(minor)).toEqual([]);
  });

  it('can refuse, which notifies the minor', async () => {
    const minor = await registerMinor('refused');
    const guardian = await openGuardianMail(minor);
    await guardian.submit('/guardian/refusal');
    expect(guardian.page.text).toContain('has no access');
    expect(await decisionsFor(minor)).toEqual(['refused']);
    expect((await minor.visitor.open('/home')).text).toContain('hasn’t given permission');
    expect((await latestMail(minor.email)).subject).toContain('You can’t use your');
  });

  it('can withdraw by any earlier link, which ends access immediately, and consent again', async () => {
    const minor = await registerMinor('withdrawn');
    const requestLink = linkInMail(await latestMail(minor.guardian));
    const guardian = await openGuardianMail(minor);
    await guardian.submit('/guardian/consent', consentFields);
    expect((await minor.visitor.open('/home')).path).toBe('/home');
    const later = newVisitor();
    await later.open(requestLink);
    await later.follow('Withdraw my permission');
    expect((await later.submit('/guardian/withdrawal', { confirmation: 'no' })).status).toBe(422);
    await later.submit('/guardian/withdrawal', { confirmation: 'Withdraw' });
    expect((await minor.visitor.open('/home')).path).toBe('/waiting');
    expect((await latestMail(minor.guardian)).subject).toContain('withdrawn');
    const again = newVisitor();
    const page = await again.open(linkInMail(await latestMail(minor.guardian)));
    expect(page.status).toBe(200);
    expect(page.text).toContain('You’ve withdrawn your permission');
    await again.submit('/guardian/consent', consentFields);
    expect((await minor.visitor.open('/home')).path).toBe('/home');
    expect(await decisionsFor(minor)).toEqual(['granted', 'withdrawn', 'granted']);
  });

  it('gets a working link, even if the key at the time of the naming has been removed since', async () => {
    const minor = await registerMinor('rotated');
    const ring = [...config.linkKeys];
    config.linkKeys.splice(0, Infinity, { id: 200, key: randomBytes(32) });
    try {
      const page = await newVisitor().open(linkInMail(await latestMail(minor.guardian)));
      expect(page.status).toBe(200);
      expect(page.text).toContain('rotated');
    } finally {
      config.linkKeys.splice(0, Infinity, ...ring);
    }
  });

  it('has a link that scanners can open without deciding anything', async () => {
    const minor = await registerMinor('scanned');
    const link = new URL(linkInMail(await latestMail(minor.guardian)));
    for (let visits = 0; visits < 10; visits += 1) {
      await newVisitor()
        .agent.get(link.pathname + link.search)
        .expect(303);
      await newVisitor()
        .agent.head(link.pathname + link.search)
        .expect(303);
    }
    expect(await decisionsFor(minor)).toEqual([]);
    expect((await minor.visitor.open('/home')).path).toBe('/waiting');
  });

  it('gets an error page for a forged, foreign or missing link', async () => {
    const id = '0b57e1c9-4a8d-4f62-b710-9ce5d84f2a63';
    for (const token of ['', 'x', 'A'.repeat(66), signLinkToken('invitation', id)]) {
      expect((await newVisitor().open(`/guardian?token=${token}`)).status).toBe(400);
    }
    expect((await newVisitor().open('/guardian')).text).toContain('Open the link in your e-mail again');
    expect((await newVisitor().open(`/guardian?token=${signLinkToken('guardian', id)}`)).status).toBe(410);
  });

  it('decides once, although ten requests arrive at the same time', async () => {
    const minor = await registerMinor('racing');
    const guardian = await openGuardianMail(minor);
    const fields = { ...guardian.fieldsOf('/guardian/consent'), ...consentFields };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => guardian.post('/guardian/consent', fields)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([
      303,
      ...Array.from({ length: 9 }, () => 409),
    ]);
    expect(await decisionsFor(minor)).toEqual(['granted']);
  });
});

describe('consents', () => {
  it('can’t be changed or deleted', async () => {
    for (const statement of [
      `update consents set guardian_name = 'x'`,
      'delete from consents',
      'truncate consents',
    ]) {
      await expect(queryRows(statement)).rejects.toThrow('append-only');
    }
    await expect(queryRows(`update disclosures set body = 'x'`)).rejects.toThrow('append-only');
  });

  it('leave no token in the database', async () => {
    const minor = await registerMinor('dumped');
    const token = new URL(linkInMail(await latestMail(minor.guardian))).searchParams.get('token') ?? 'none';
    const dump = JSON.stringify([
      await queryRows('select * from guardians'),
      await queryRows('select * from messages'),
      await queryRows('select * from audit_events'),
      await queryRows('select * from sessions'),
      await queryRows('select * from graphile_worker._private_jobs'),
    ]);
    expect(dump).not.toContain(token);
  });
});
