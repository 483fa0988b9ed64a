import { describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  latestMail,
  linkInMail,
  newVisitor,
  registerMinor,
  validPassword,
} from '../support/fixtures.ts';
import { correctAddress } from '../support/operations.ts';
import type { Visitor } from '../support/visitor.ts';

const thisYear = new Date().getUTCFullYear();
const person = { name: 'Amma Owusu', password: validPassword };
const nextDecember = (born: number) => `31 December ${born + 14}`;

async function opened(email: string): Promise<Visitor> {
  const visitor = newVisitor();
  await visitor.open((await createTestInvitation(email)).url);
  return visitor;
}

async function holdOf(email: string): Promise<string | null | undefined> {
  return (await Account.findOne({ where: { email } }))?.heldForReviewReason;
}

describe('without a known year of birth', () => {
  it('asks for the year before mentioning limits', async () => {
    await createTestRecord('neutral@example.org', { yearOfBirth: null });
    const visitor = await opened('neutral@example.org');
    const { html, $ } = visitor.page;
    expect($('input[name=ownYearOfBirth]')).toHaveLength(1);
    expect(html.indexOf('ownYearOfBirth')).toBeLessThan(html.indexOf('Are you under'));
  });

  it.each(['', '84', '1899', String(thisYear + 1), 'nineteen'])(
    'refuses %o as a year of birth',
    async (typed) => {
      const visitor = await opened(`no-year-${typed || 'empty'}@example.org`);
      const page = await visitor.submit('/register', { ...person, ownYearOfBirth: typed });
      expect(page.status).toBe(422);
      expect(page.$('#ownYearOfBirth-error').text()).toContain(`from 1900 to ${thisYear}`);
    },
  );

  it('gives an adult access and stores the year', async () => {
    const visitor = await opened('grown@example.org');
    const page = await visitor.submit('/register', { ...person, ownYearOfBirth: '1984' });
    expect(page.path).toBe('/home');
    expect((await Account.findOne({ where: { email: 'grown@example.org' } }))?.yearOfBirth).toBe(1984);
  });

  it('creates no account below the age limit', async () => {
    const visitor = await opened('says-ten@example.org');
    const page = await visitor.submit('/register', { ...person, ownYearOfBirth: String(thisYear - 10) });
    expect(page.status).toBe(403);
    expect(page.text).toContain('You can’t join yet');
    expect(page.text).toContain(nextDecember(thisYear - 10));
    expect(await holdOf('says-ten@example.org')).toBeUndefined();
  });

  it('holds a minor for review until staff match a record', async () => {
    const visitor = await opened('says-sixteen@example.org');
    const page = await visitor.submit('/register', { ...person, ownYearOfBirth: String(thisYear - 16) });
    expect(page.path).toBe('/waiting');
    expect(page.text).toContain('will look for your record');
    expect(await holdOf('says-sixteen@example.org')).toBe('minor-without-record');
  });

  it.each([
    ['nine in the batch year', 2002, 1993],
    ['over seventy in the batch year', 2002, 1931],
    ['over thirty in a future batch year', thisYear + 1, thisYear + 1 - 31],
  ])('holds for review someone who was %s', async (_who, batch, born) => {
    const email = `unlikely-${batch}-${born}@example.org`;
    const recordId = await createTestRecord(email, { yearOfBirth: null, batch });
    const visitor = await opened(email);
    const answers = { [`records[${recordId}]`]: 'none', ownYearOfBirth: String(born) };
    expect((await visitor.submit('/register', { ...person, ...answers })).path).toBe('/waiting');
    expect(await holdOf(email)).toBe('unlikely-year');
  });

  it('doesn’t compare a parent’s year with the batch of their child', async () => {
    const email = 'mother-of-2030@example.org';
    const recordId = await createTestRecord(email, { yearOfBirth: thisYear - 15, batch: thisYear + 4 });
    await queryRows(`update alumni_members set email_of = 'guardian' where id = $1`, [recordId]);
    const visitor = await opened(email);
    const answers = { [`records[${recordId}]`]: 'child', ownYearOfBirth: String(thisYear - 46) };
    expect((await visitor.submit('/register', { ...person, ...answers })).path).toBe('/consent');
    expect(await holdOf(email)).toBeNull();
  });

  it('refuses two own records without blocking the invitation', async () => {
    const email = 'two-selves@example.org';
    const own = await createTestRecord(email, { yearOfBirth: 1975 });
    const child = await createTestRecord(email, { yearOfBirth: null, batch: thisYear + 8 });
    const visitor = await opened(email);
    const answers = {
      [`records[${own}]`]: 'self',
      [`records[${child}]`]: 'self',
      [`yearOfBirth[${child}]`]: String(thisYear - 11),
    };
    const page = await visitor.submit('/register', { ...person, ...answers });
    expect(page.status).toBe(422);
    expect(page.text).toContain('You can choose “This is me” only once');
    const right = { [`records[${child}]`]: 'none', [`yearOfBirth[${child}]`]: '' };
    expect((await visitor.submit('/register', { ...person, ...right })).path).toBe('/home');
    const again = { [`records[${child}]`]: 'self', [`yearOfBirth[${child}]`]: String(thisYear - 11) };
    expect((await visitor.post('/home/claims', again)).status).toBe(422);
    expect((await visitor.open('/home')).path).toBe('/home');
    expect(await holdOf(email)).toBeNull();
  });

  it('holds a minor who states another year after the office removed theirs', async () => {
    const email = 'year-lost@example.org';
    const visitor = await registerMinor(email);
    await queryRows('update alumni_members set year_of_birth = null where email = $1', [email]);
    await visitor.open('/home');
    await visitor.open('/home/year-of-birth');
    await visitor.submit('/home/year-of-birth', { ownYearOfBirth: '1990' });
    expect(await holdOf(email)).toBe('changed-year');
    expect((await visitor.open('/groups')).path).toBe('/waiting');
  });

  it('doesn’t move a blocked invitation to another address', async () => {
    const email = 'blocked-here@example.org';
    const { url, invitation } = await createTestInvitation(email);
    const visitor = newVisitor();
    await visitor.open(url);
    await visitor.submit('/register', { ...person, ownYearOfBirth: String(thisYear - 11) });
    const moved = correctAddress(invitation.id, 'parent-of-blocked@example.org', { kind: 'system' });
    await expect(moved).rejects.toMatchObject({ status: 409 });
    expect((await newVisitor().open(url)).status).toBe(403);
  });

  it('accepts the year of the own record in either field', async () => {
    const recordId = await createTestRecord('either@example.org', { yearOfBirth: null });
    const visitor = await opened('either@example.org');
    const answers = { [`records[${recordId}]`]: 'self', ownYearOfBirth: '1983' };
    expect((await visitor.submit('/register', { ...person, ...answers })).path).toBe('/home');
  });
});

describe('address with only minors on file', () => {
  it('leads to a hold when all records are answered with “someone else”', async () => {
    const recordId = await createTestRecord('nora@example.org', { yearOfBirth: thisYear - 11 });
    const visitor = await opened('nora@example.org');
    const answers = { [`records[${recordId}]`]: 'none', ownYearOfBirth: '1984' };
    const page = await visitor.submit('/register', { ...person, ...answers });
    expect(page.path).toBe('/waiting');
    expect(page.text).toContain('only have young people');
    expect(await holdOf('nora@example.org')).toBe('minors-address');
    for (const path of ['/home', '/groups', '/consent'])
      expect((await visitor.open(path)).path).toBe('/waiting');
    const token = await visitor.agent
      .post('/api/v1/token')
      .send({ email: 'nora@example.org', password: validPassword });
    expect(token.status).toBe(403);
    expect(token.body.detail).toContain('reviewing this account');
  });

  it('tells parents that they may have to wait, and holds their account', async () => {
    const recordId = await createTestRecord('parent-waits@example.org', { yearOfBirth: thisYear - 16 });
    const visitor = await opened('parent-waits@example.org');
    expect(visitor.page.text).toContain('may need to check your account');
    const answers = { [`records[${recordId}]`]: 'child', ownYearOfBirth: '1980' };
    expect((await visitor.submit('/register', { ...person, ...answers })).path).toBe('/waiting');
    expect((await visitor.open('/consent')).path).toBe('/waiting');
  });

  it('shows when a child who is too young can join, without a question', async () => {
    await createTestRecord('card@example.org', { yearOfBirth: thisYear - 11 });
    const visitor = await opened('card@example.org');
    expect(visitor.page.$('.record').text()).toContain(`can join from ${nextDecember(thisYear - 11)}`);
    expect(visitor.page.$('.record input')).toHaveLength(0);
    expect((await visitor.submit('/register', { ...person, ownYearOfBirth: '1980' })).path).toBe('/waiting');
  });

  it('doesn’t hold a minor who claims their own record', async () => {
    const recordId = await createTestRecord('honest@example.org', { yearOfBirth: thisYear - 16 });
    const visitor = await opened('honest@example.org');
    const guardian = { guardianName: 'Gita', guardianEmail: 'gita.honest@example.net' };
    const page = await visitor.submit('/register', {
      ...person,
      ...guardian,
      [`records[${recordId}]`]: 'self',
    });
    expect(page.text).toContain('Gita');
    expect(await holdOf('honest@example.org')).toBeNull();
  });

  it('applies to later claims on the home page', async () => {
    await createTestAccount('claims-later@example.org');
    const recordId = await createTestRecord('claims-later@example.org', { yearOfBirth: thisYear - 16 });
    const visitor = newVisitor();
    await visitor.signIn('claims-later@example.org', validPassword);
    await visitor.submit('/home/claims', { [`records[${recordId}]`]: 'child' });
    expect((await visitor.open('/home')).path).toBe('/waiting');
  });
});

describe('claiming a child', () => {
  it('is refused for a minor with their own record', async () => {
    const own = await createTestRecord('siblings@example.org', {
      yearOfBirth: thisYear - 17,
      lastName: 'Own',
    });
    const sister = await createTestRecord('siblings@example.org', {
      yearOfBirth: thisYear - 15,
      lastName: 'Sister',
    });
    const visitor = await opened('siblings@example.org');
    const answers = { [`records[${own}]`]: 'self', [`records[${sister}]`]: 'child' };
    const guardian = { guardianName: 'Gita', guardianEmail: 'gita.siblings@example.net' };
    const page = await visitor.submit('/register', { ...person, ...guardian, ...answers });
    expect(page.status).toBe(422);
    expect(page.text).toContain('Only an adult can choose “This is my child”');
  });

  it('is refused for a minor with a guardian’s consent', async () => {
    const email = 'supervised-sister@example.org';
    const visitor = await registerMinor(email);
    await visitor.open('/home');
    const guardian = newVisitor();
    await guardian.open(linkInMail(await latestMail('gita@example.org')));
    await guardian.submit('/guardian/consent', { authority: 'yes', consent: 'yes' });
    const sister = await createTestRecord(email, { yearOfBirth: thisYear - 15, lastName: 'Sister' });
    const home = await visitor.open('/home');
    expect(home.path).toBe('/home');
    expect(home.$(`[name="records[${sister}]"]`)).toHaveLength(0);
    const answer = await visitor.post('/home/claims', { [`records[${sister}]`]: 'child' });
    expect(answer.status).toBe(422);
  });

  it('is refused for a person who states a minor’s year', async () => {
    const recordId = await createTestRecord('own-child@example.org', { yearOfBirth: thisYear - 16 });
    const visitor = await opened('own-child@example.org');
    const answers = { [`records[${recordId}]`]: 'child', ownYearOfBirth: String(thisYear - 16) };
    const page = await visitor.submit('/register', { ...person, ...answers });
    expect(page.status).toBe(422);
    expect(page.text).toContain('Only an adult can choose “This is my child”');
  });
});

describe('invitation blocked by age', () => {
  const tooYoung = async (email: string) => {
    const recordId = await createTestRecord(email, { yearOfBirth: null, batch: thisYear });
    const issued = await createTestInvitation(email);
    const visitor = newVisitor();
    await visitor.open(issued.url);
    const answers = { [`records[${recordId}]`]: 'self', [`yearOfBirth[${recordId}]`]: String(thisYear - 10) };
    expect((await visitor.submit('/register', { ...person, ...answers })).status).toBe(403);
    return { ...issued, visitor, recordId };
  };

  it('shows the same page after going back, in another browser and with another answer', async () => {
    const { visitor, url, recordId, invitation } = await tooYoung('blocked@example.org');
    for (const browser of [visitor, newVisitor()]) {
      const page = await browser.open(url);
      expect(page.status).toBe(403);
      expect(page.text).toContain('You can’t join yet');
      expect(page.text).toContain(invitation.reference);
    }
    expect((await visitor.open('/register')).status).toBe(403);
    const another = { [`records[${recordId}]`]: 'self', [`yearOfBirth[${recordId}]`]: '1984' };
    const answer = await visitor.post('/register', { ...person, ...another });
    expect(answer.status).toBe(403);
    expect(await holdOf('blocked@example.org')).toBeUndefined();
  });

  it('shows the first possible day if the year is on file', async () => {
    const born = thisYear - 11;
    const recordId = await createTestRecord('blocked-day@example.org', { yearOfBirth: born });
    const { url } = await createTestInvitation('blocked-day@example.org');
    const visitor = newVisitor();
    await visitor.open(url);
    await visitor.submit('/register', { ...person, [`records[${recordId}]`]: 'self' });
    expect((await newVisitor().open(url)).text).toContain(nextDecember(born));
  });

  it('doesn’t reveal the day to the holder of a shared link', async () => {
    const born = thisYear - 11;
    await createTestRecord('blocked-handed@example.org', { yearOfBirth: born });
    const { url, invitation } = await createTestInvitation('blocked-handed@example.org', {
      delivery: 'link',
    });
    await queryRows('update invitations set age_blocked_at = now() where id = $1', [invitation.id]);
    const page = await newVisitor().open(url);
    expect(page.status).toBe(403);
    expect(page.text).not.toContain(nextDecember(born));
  });

  it('stays blocked with a newer link', async () => {
    await tooYoung('blocked-newer@example.org');
    const visitor = newVisitor();
    await visitor.open('/register/new-link');
    await visitor.submit('/register/new-link', { email: 'blocked-newer@example.org' });
    const newer = linkInMail(await latestMail('blocked-newer@example.org'));
    expect((await newVisitor().open(newer)).status).toBe(403);
  });

  it('stores only when it was blocked', async () => {
    const { invitation } = await tooYoung('blocked-moment@example.org');
    const [stored] = await queryRows('select age_blocked_at as at from invitations where id = $1', [
      invitation.id,
    ]);
    expect(stored).toEqual({ at: expect.any(Date) });
    expect(
      await queryRows('select 1 from first_entered_years where invitation_id = $1', [invitation.id]),
    ).toEqual([]);
    const events = await queryRows<{ action: string; detail: object }>(
      `select action, detail from audit_events where subject_type = 'invitation' and subject_id = $1`,
      [invitation.id],
    );
    expect(events.find(({ action }) => action === 'invitation.age-blocked')?.detail).toEqual({});
  });
});

describe('first year entered for an invitation', () => {
  const enterFirstYear = async (email: string, year: number, more: Record<string, string> = {}) => {
    const { url, invitation } = await createTestInvitation(email);
    const visitor = newVisitor();
    await visitor.open(url);
    const invalid = { ...person, ...more, password: 'short', ownYearOfBirth: String(year) };
    expect((await visitor.submit('/register', invalid)).status).toBe(422);
    return { url, invitation };
  };

  it('causes a hold if a later year in another browser gives more access', async () => {
    const { url } = await enterFirstYear('two-years@example.org', thisYear - 16);
    const other = newVisitor();
    await other.open(url);
    const page = await other.submit('/register', { ...person, ownYearOfBirth: '1984' });
    expect(page.path).toBe('/waiting');
    expect(page.text).toContain('More than one year of birth');
    expect(await holdOf('two-years@example.org')).toBe('changed-year');
  });

  it('can be corrected if access stays the same', async () => {
    const { url } = await enterFirstYear('corrected-year@example.org', 1948);
    const visitor = newVisitor();
    await visitor.open(url);
    expect((await visitor.submit('/register', { ...person, ownYearOfBirth: '1984' })).path).toBe('/home');
  });

  it('is stored as an HMAC until the invitation is accepted', async () => {
    const { url, invitation } = await enterFirstYear('hashed-year@example.org', 1984);
    const stored = await queryRows<{ mac: Buffer }>(
      'select mac from first_entered_years where invitation_id = $1',
      [invitation.id],
    );
    expect(stored).toHaveLength(1);
    const visitor = newVisitor();
    await visitor.open(url);
    await visitor.submit('/register', person);
    expect(
      await queryRows('select 1 from first_entered_years where invitation_id = $1', [invitation.id]),
    ).toEqual([]);
  });

  it('also counts for a child’s record', async () => {
    const recordId = await createTestRecord('record-years@example.org', {
      yearOfBirth: null,
      batch: thisYear,
    });
    const child = { [`records[${recordId}]`]: 'child', [`yearOfBirth[${recordId}]`]: String(thisYear - 11) };
    const { url } = await enterFirstYear('record-years@example.org', 1984, child);
    const visitor = newVisitor();
    await visitor.open(url);
    const older = { ...child, [`yearOfBirth[${recordId}]`]: String(thisYear - 16) };
    expect((await visitor.submit('/register', { ...person, ...older, ownYearOfBirth: '1984' })).path).toBe(
      '/waiting',
    );
    expect(await holdOf('record-years@example.org')).toBe('changed-year');
  });
});

describe('account without a known year of birth', () => {
  it('states it once and then has access', async () => {
    const account = await createTestAccount('ageless@example.org');
    await account.update({ yearOfBirth: null });
    const visitor = newVisitor();
    expect((await visitor.signIn('ageless@example.org', validPassword)).path).toBe('/home/year-of-birth');
    expect((await visitor.open('/groups')).path).toBe('/home/year-of-birth');
    expect((await visitor.submit('/home/year-of-birth', { ownYearOfBirth: '0' })).status).toBe(422);
    expect((await visitor.submit('/home/year-of-birth', { ownYearOfBirth: '1984' })).path).toBe('/home');
    expect((await visitor.open('/home/year-of-birth')).path).toBe('/home');
  });

  it('is held after stating a year that is too young', async () => {
    const account = await createTestAccount('ageless-child@example.org');
    await account.update({ yearOfBirth: null });
    const visitor = newVisitor();
    await visitor.signIn('ageless-child@example.org', validPassword);
    const young = String(thisYear - 10);
    expect((await visitor.submit('/home/year-of-birth', { ownYearOfBirth: young })).status).toBe(403);
    expect((await visitor.open('/home')).path).toBe('/waiting');
    // Not the whole rows: a request id may happen to contain the year.
    const details = await queryRows('select detail from audit_events');
    expect(JSON.stringify(details)).not.toContain(young);
  });

  it('keeps its staff rights', async () => {
    const account = await createTestAccount('ageless-staff@example.org', 'support');
    await account.update({ yearOfBirth: null });
    const visitor = newVisitor();
    await visitor.signIn('ageless-staff@example.org', validPassword);
    expect((await visitor.open('/admin')).status).toBe(200);
    const token = await visitor.agent
      .post('/api/v1/token')
      .send({ email: 'ageless-staff@example.org', password: validPassword });
    expect(token.status).toBe(200);
    const getAsStaff = (path: string) =>
      visitor.agent.get(path).set('Authorization', `Bearer ${token.body.access_token}`);
    expect((await getAsStaff('/api/v1/invitations')).status).toBe(200);
    expect((await getAsStaff('/api/v1/groups')).status).toBe(403);
  });
});
