import { beforeAll, describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestInvitation,
  createTestRecord,
  latestMail,
  newVisitor,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import { columnTexts, type Visitor } from '../support/visitor.ts';

const LIST = '/admin/alumni/unmatched';
const thisYear = new Date().getUTCFullYear();

let admin: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
});

/**
 * Registers someone who answers “someone else” or “my child” for a minor's record, so that the account is held for review.
 */
async function registerHeldAccount(email: string, answer: 'none' | 'child', name = 'Ama Held') {
  const recordId = await createTestRecord(email, { yearOfBirth: thisYear - 16 });
  const visitor = newVisitor();
  await visitor.open((await createTestInvitation(email)).url);
  await visitor.submit('/register', { name, password: validPassword, [`records[${recordId}]`]: answer });
  const account = await Account.findOne({ where: { email } });
  if (!account?.heldForReviewAt) throw new Error('the account is not held for review');
  return { visitor, recordId, id: account.id };
}

const listActions = async (id: string) =>
  (
    await queryRows<{ action: string }>(
      `select action from audit_events where subject_type = 'account' and subject_id = $1 order by id`,
      [id],
    )
  ).map(({ action }) => action);

describe('an account held for review', () => {
  it('appears on the overview, in a list with the reason, and on its own pages', async () => {
    const { id } = await registerHeldAccount('listed@example.org', 'none', 'Ama Listed');
    await admin.open('/admin');
    const list = await admin.follow('1 account is held for review');
    expect(columnTexts(list, 'Name')).toEqual(['Ama Listed']);
    expect(list.text).toContain('only young people');
    expect((await admin.open(`/admin/people/${id}`)).text).toContain('Held for review');
    const found = await admin.open('/admin/help?q=listed@example.org');
    expect(found.text).toContain('Their account is held for review.');
  });

  it('gets access with its claimed children when the hold is lifted, and is notified', async () => {
    const { visitor, id } = await registerHeldAccount('parent@example.org', 'child');
    await admin.open(`${LIST}/${id}`);
    expect((await admin.submit(`${LIST}/${id}/hold/lift`)).text).toContain('You lifted the hold');
    expect((await latestMail('parent@example.org')).subject).toContain('account is ready');
    expect((await visitor.open('/home')).text).toContain('We need your permission');
    expect((await visitor.open('/consent')).path).toBe('/consent');
    expect(await listActions(id)).toEqual(
      expect.arrayContaining(['account.held-for-review', 'account.hold-lifted']),
    );
    // The review already covered the address, so claiming another child causes no new hold.
    const another = await createTestRecord('parent@example.org', {
      yearOfBirth: thisYear - 15,
      lastName: 'Other',
    });
    await visitor.open('/home');
    expect((await visitor.submit('/home/claims', { [`records[${another}]`]: 'child' })).path).toBe('/home');
  });

  it('can’t be lifted twice, or by support staff', async () => {
    const { id } = await registerHeldAccount('twice@example.org', 'none');
    const support = await signInStaff('support');
    const page = await support.open(`${LIST}/${id}`);
    expect(page.text).not.toContain('Lift the hold');
    await admin.open(`${LIST}/${id}`);
    const fields = admin.fieldsOf(`${LIST}/${id}/hold/lift`);
    expect((await admin.post(`${LIST}/${id}/hold/lift`, fields)).status).toBe(303);
    expect((await admin.post(`${LIST}/${id}/hold/lift`, fields)).status).toBe(409);
  });

  it('of a self-declared minor must be matched, and then needs a guardian', async () => {
    const email = 'own-word@example.org';
    const visitor = newVisitor();
    await visitor.open((await createTestInvitation(email)).url);
    const ownYearOfBirth = String(thisYear - 16);
    await visitor.submit('/register', { name: 'Kofi', password: validPassword, ownYearOfBirth });
    const id = (await Account.findOne({ where: { email } }))?.id ?? '';
    await admin.open(`${LIST}/${id}`);
    expect((await admin.submit(`${LIST}/${id}/hold/lift`)).status).toBe(409);
    const recordId = await createTestRecord('kofi.elsewhere@example.org', { yearOfBirth: thisYear - 16 });
    await admin.open(`${LIST}/${id}/match/${recordId}`);
    expect((await admin.submit(`${LIST}/${id}/match/${recordId}`)).text).toContain(
      'no access until a guardian gives consent',
    );
    expect((await visitor.open('/home')).text).toContain('Waiting for your parent or guardian');
  });

  it('that claimed its own record as a child’s can be matched with it as “self”', async () => {
    const { visitor, id, recordId } = await registerHeldAccount('own-record@example.org', 'child');
    await admin.open(`${LIST}/${id}/match/${recordId}`);
    await admin.submit(`${LIST}/${id}/match/${recordId}`);
    const profiles = await queryRows('select relationship from profiles where account_id = $1', [id]);
    expect(profiles).toEqual([{ relationship: 'self' }]);
    expect((await visitor.open('/home')).text).toContain('Waiting for your parent or guardian');
  });

  it('that claims children can’t be matched with a minor’s record', async () => {
    const { id } = await registerHeldAccount('claims-child@example.org', 'child');
    const minors = await createTestRecord('minor.elsewhere@example.org', { yearOfBirth: thisYear - 17 });
    await admin.open(`${LIST}/${id}/match/${minors}`);
    expect((await admin.submit(`${LIST}/${id}/match/${minors}`)).status).toBe(409);
  });

  it('gets access when matched with an adult’s record', async () => {
    const { visitor, id } = await registerHeldAccount('adult-after-all@example.org', 'child');
    const own = await createTestRecord('adult.elsewhere@example.org');
    await admin.open(`${LIST}/${id}/match/${own}`);
    await admin.submit(`${LIST}/${id}/match/${own}`);
    expect((await visitor.open('/home')).path).toBe('/home');
  });
});

describe('an invitation blocked by age', () => {
  it('explains the block to staff, who can reopen the invitation', async () => {
    const email = 'reopened@example.org';
    const recordId = await createTestRecord(email, { yearOfBirth: null, batch: thisYear });
    const { invitation, url } = await createTestInvitation(email);
    const visitor = newVisitor();
    await visitor.open(url);
    const answers = (year: number) => ({
      name: 'Ama',
      password: validPassword,
      [`records[${recordId}]`]: 'self',
      [`yearOfBirth[${recordId}]`]: String(year),
    });
    await visitor.submit('/register', answers(thisYear - 10));
    const page = await admin.open(`/admin/invitations/${invitation.id}`);
    expect(page.text).toContain('this person is too young');
    expect(page.text).toContain('Blocked: too young');
    const reopened = await admin.submit(`/admin/invitations/${invitation.id}/reopening`);
    expect(reopened.text).toContain('is open again');
    expect(reopened.text).toContain('Reopened');
    await visitor.open(url);
    expect((await visitor.submit('/register', answers(thisYear - 20))).path).toBe('/home');
  });
});
