import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listClassmates } from '../../src/alumni/classmates.ts';
import { queryRow, queryRows } from '../support/database.ts';
import { createTestAccount, newVisitor, signInStaff, validPassword } from '../support/fixtures.ts';
import { createMember, type MemberDetails } from './members.ts';

const thisYear = new Date().getUTCFullYear();
const VIEWER = 'viewer@example.org';

let viewerId: string;

async function signInViewer() {
  const visitor = newVisitor();
  await visitor.signIn(VIEWER, validPassword);
  return visitor;
}

const shownNames = async (accountId = viewerId) =>
  (await listClassmates(accountId, null, 100)).items.map(({ name }) => name);

beforeAll(async () => {
  viewerId = await createMember(VIEWER, { name: 'Vera Viewer', shown: false });
});
beforeEach(async () => {
  await queryRows(`delete from profiles where account_id <> $1`, [viewerId]);
  await queryRows(`delete from accounts where id <> $1 and staff_role is null`, [viewerId]);
  await queryRows('delete from rate_limits');
});

describe('classmates', () => {
  it('are shown with name, batch and center, those of the same center first', async () => {
    await createMember('a@example.org', { name: 'Ada Elsewhere', center: 'Lakeside' });
    await createMember('b@example.org', { name: 'Zoe Nearby' });
    await createMember('c@example.org', { name: 'Other Batch', batch: 1999 });
    await createMember('d@example.org', { name: 'Hidden Hana', shown: false });
    const page = await (await signInViewer()).open('/home');
    const items = page
      .$('.classmates li')
      .get()
      .map((item) => page.$(item).text().replace(/\s+/g, ' ').trim());
    expect(items).toEqual(['Zoe Nearby Batch of 2002, Harbour', 'Ada Elsewhere Batch of 2002, Lakeside']);
    expect(page.html).not.toContain('b@example.org');
    expect(page.text).not.toContain('Hidden Hana');
  });

  it('beyond twelve are on a list of their own', async () => {
    for (let number = 10; number < 41; number += 1)
      await createMember(`n${number}@example.org`, { name: `Number ${number}` });
    const viewer = await signInViewer();
    const home = await viewer.open('/home');
    expect(home.$('.classmates li')).toHaveLength(12);
    const list = await viewer.follow('See all classmates');
    expect(list.path).toBe('/classmates');
    expect(list.text).toContain('31 classmates');
    expect(list.$('.classmates li')).toHaveLength(25);
    expect((await viewer.open(list.$('[rel=next]').attr('href') ?? '')).$('.classmates li')).toHaveLength(6);
  });

  it.each<[string, MemberDetails]>([
    ['suspended', { suspended: true }],
    ['held for review', { held: true }],
    ['a minor with consent to come', { yearOfBirth: thisYear - 16 }],
    ['perhaps still 17', { yearOfBirth: thisYear - 18 }],
    ['an adult on the record, but a minor by their own word', { ownYearOfBirth: thisYear - 16 }],
    ['of unknown age', { yearOfBirth: null, ownYearOfBirth: null }],
    ['deceased', { deceased: true }],
  ])('are never %s', async (_who, details) => {
    await createMember('x@example.org', details);
    expect(await shownNames()).toEqual([]);
  });

  it('aren’t shown to people without full access', async () => {
    await createMember('shown@example.org', { name: 'Sam Shown' });
    const minor = await createMember('minor@example.org', { yearOfBirth: thisYear - 16 });
    const held = await createMember('held@example.org', { held: true });
    const elsewhere = await createMember('batch@example.org', { batch: 1950 });
    for (const id of [minor, held, elsewhere]) expect(await shownNames(id)).toEqual([]);
    expect(await shownNames()).toEqual(['Sam Shown']);
  });

  it('never include a minor, whatever accounts there are', async () => {
    const year = fc.option(fc.integer({ min: thisYear - 30, max: thisYear }), { nil: null });
    const member = fc.record({
      yearOfBirth: year,
      ownYearOfBirth: year,
      held: fc.boolean(),
      suspended: fc.boolean(),
    });
    const limits = fc.constantFrom([13, 13], [14, 16], [14, 18], [18, 21]);
    await fc.assert(
      fc.asyncProperty(fc.array(member, { maxLength: 6 }), limits, async (members, [blocked, full]) => {
        await queryRows('update settings set blocked_below_age = $1, full_access_from_age = $2', [
          blocked,
          full,
        ]);
        await queryRows('delete from profiles where account_id <> $1', [viewerId]);
        for (const [index, details] of members.entries())
          await createMember(`p${index}@example.org`, { ...details, name: String(index) });
        for (const name of await shownNames()) {
          const { yearOfBirth, ownYearOfBirth, held, suspended } = members[Number(name)] ?? {};
          expect(Math.max(yearOfBirth ?? 0, ownYearOfBirth ?? 0)).toBeGreaterThan(0);
          expect(Math.max(yearOfBirth ?? 0, ownYearOfBirth ?? 0)).toBeLessThanOrEqual(thisYear - 18);
          expect([held, suspended]).toEqual([false, false]);
        }
      }),
      { numRuns: 40 },
    );
    await queryRows('update settings set blocked_below_age = 14, full_access_from_age = 18');
  });
});

describe('being shown to classmates', () => {
  it('is off until the person turns it on, and is in the audit', async () => {
    const visitor = await signInViewer();
    expect((await visitor.open('/home')).text).toContain('You aren’t shown to your classmates');
    const done = await visitor.submit('/classmates/showing');
    expect(done.text).toContain('Your classmates can now see you');
    await visitor.open('/account');
    expect((await visitor.submit('/classmates/showing')).path).toBe('/account');
    const found = await queryRow<{ shown: Date | null }>(
      'select shown_to_classmates_at as shown from accounts where id = $1',
      [viewerId],
    );
    expect(found?.shown).toBeNull();
    const audit = await (await signInStaff('admin')).open('/admin/audit');
    expect(audit.text).toContain('chose to be shown to classmates');
    expect(audit.text).toContain('chose not to be shown to classmates any more');
  });

  it('is part of the personal data', async () => {
    await createMember('data@example.org');
    const visitor = newVisitor();
    await visitor.signIn('data@example.org', validPassword);
    const { account } = JSON.parse((await visitor.open('/account/data.json')).html);
    expect(account.shownToClassmatesAt).toBeTruthy();
  });

  it('is for adults with a record of their own', async () => {
    await createTestAccount('no-record@example.org');
    const visitor = newVisitor();
    await visitor.signIn('no-record@example.org', validPassword);
    expect((await visitor.open('/home')).text).not.toContain('Classmates');
    expect((await visitor.open('/classmates')).path).toBe('/home');
    await visitor.open('/account');
    const fields = { ...visitor.fieldsOf('/account/name'), shown: 'yes' };
    expect((await visitor.post('/classmates/showing', fields)).status).toBe(403);
  });
});

describe('home', () => {
  it('doesn’t tell staff that the alumni office is looking for their record', async () => {
    const staff = await signInStaff('support');
    expect((await staff.open('/home')).text).not.toContain('The alumni office is looking for your record');
  });

  it('shows one’s details', async () => {
    const { text } = await (await signInViewer()).open('/home');
    expect(text).toMatch(
      /Check your details Name ?Vera Viewer E-mail address ?viewer@example.org Year of birth ?1984/,
    );
  });
});
