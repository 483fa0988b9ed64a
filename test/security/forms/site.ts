import { changeAddressByStaff } from '../../../src/accounts/address/address-change.ts';
import { createMember } from '../../alumni/members.ts';
import { queryRow, queryRows } from '../../support/database.ts';
import {
  createTestAccount,
  createTestRecord,
  latestMail,
  linkInMail,
  newVisitor,
  uniqueAddress,
  validPassword,
} from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';
import {
  openForm,
  openInvitation,
  openPublicForm,
  openReusableForm,
  registerMinorWithGuardian,
  signInMember,
  type TestForms,
  thisYear,
} from './form.ts';

/** The forms of visitors, members and guardians. */
export const siteForms: TestForms = {
  '/sign-in': () =>
    openPublicForm('/sign-in', {
      email: ['a@example.org'],
      password: [validPassword],
      staySignedIn: ['', 'yes'],
      pendingForm: [
        '{"page":"/home","action":"/home/claims","signedInAs":"1","fields":[["name","Amma"]],"hadFile":false}',
      ],
    }),
  '/forgot-password': () => openPublicForm('/forgot-password', { email: ['a@example.org'] }),
  '/forgot-password/mailbox-lost': () =>
    openPublicForm('/forgot-password/mailbox-lost', {
      email: [uniqueAddress()],
      newEmail: [uniqueAddress()],
      name: ['Amma'],
      lastYear: ['1998'],
      center: ['Harbour'],
    }),
  '/language': () => openReusableForm(newVisitor(), '/sign-in', '/language', { language: ['en', 'en-XA'] }),
  '/register/new-link': () => openPublicForm('/register/new-link', { email: ['a@example.org'] }),
  async '/reset-password'() {
    const email = uniqueAddress();
    await createTestAccount(email);
    const visitor = newVisitor();
    await visitor.open('/forgot-password');
    await visitor.submit('/forgot-password', { email });
    return openForm(visitor, linkInMail(await latestMail(email)), '/reset-password', {
      password: [validPassword],
    });
  },
  async '/register'() {
    const { visitor, recordId } = await openInvitation();
    return openForm(visitor, '/register', '/register', {
      name: ['Amma'],
      password: [validPassword],
      [`records[${recordId}]`]: ['self', 'child', 'none'],
      [`yearOfBirth[${recordId}]`]: ['1984', '2020'],
      ownYearOfBirth: ['1984', '2020'],
      staySignedIn: ['', 'yes'],
      invitation: ['1'],
    });
  },
  async '/account/name'() {
    return openReusableForm(await signInMember(), '/account', '/account/name', { name: ['Amma'] });
  },
  async '/account/password'() {
    const fields = { currentPassword: [validPassword], password: ['another quiet river'] };
    return openForm(await signInMember(), '/account/password', '/account/password', fields);
  },
  async '/account/address'() {
    const visitor = await signInMember();
    return openReusableForm(visitor, '/account/address', '/account/address', { email: [uniqueAddress()] });
  },
  async '/change-address'() {
    const email = uniqueAddress();
    const visitor = await signInMember();
    await visitor.open('/account/address');
    await visitor.submit('/account/address', { email });
    return openForm(visitor, linkInMail(await latestMail(email)), '/change-address', {});
  },
  async '/undo-address-change'() {
    const account = await createTestAccount(uniqueAddress());
    const change = { email: uniqueAddress(), reason: 'A letter' };
    await changeAddressByStaff(account.id, change, { kind: 'system' });
    return openForm(newVisitor(), linkInMail(await latestMail(account.email)), '/undo-address-change', {});
  },
  async '/account/two-step'() {
    return openForm(await signInMember(), '/account/two-step', '/account/two-step', { code: ['123456'] });
  },
  async '/account/deletion'() {
    const email = uniqueAddress();
    const fields = { confirmation: [email], currentPassword: [validPassword] };
    return openForm(await signInMember(email), '/account/deletion', '/account/deletion', fields);
  },
  async '/home/records/:id'() {
    const email = uniqueAddress();
    const accountId = await createMember(email);
    const visitor = newVisitor();
    await visitor.signIn(email, validPassword);
    const found = await queryRow<{ id: string }>(
      'select alumni_member_id::text as id from profiles where account_id = $1',
      [accountId],
    );
    const path = `/home/records/${found?.id}`;
    return openReusableForm(visitor, path, path, {
      firstName: ['Amma'],
      lastName: ['Boateng'],
      formerName: ['Amma Owusu'],
      batch: ['2003'],
      center: ['Lakeside'],
    });
  },
  async '/home/claims'() {
    const email = uniqueAddress();
    const recordId = await createTestRecord(email);
    return openForm(await signInMember(email), '/home', '/home/claims', {
      [`records[${recordId}]`]: ['self', 'none'],
    });
  },
  async '/consent'() {
    const email = uniqueAddress();
    const recordId = await createTestRecord(email, { yearOfBirth: thisYear - 16 });
    const ownId = await createTestRecord(email);
    const visitor = await signInMember(email);
    await visitor.submit('/home/claims', {
      [`records[${recordId}]`]: 'child',
      [`records[${ownId}]`]: 'self',
    });
    return openForm(visitor, '/consent', '/consent', { authority: ['yes'], consent: ['yes'] });
  },
  async '/home/year-of-birth'() {
    const email = uniqueAddress();
    const visitor = await signInMember(email);
    await queryRows('update accounts set year_of_birth = null where email = $1', [email]);
    return openForm(visitor, '/home', '/home/year-of-birth', { ownYearOfBirth: ['1984', '2020'] });
  },
  async '/waiting/requests'() {
    const { visitor } = await registerMinorWithGuardian();
    const fields = { guardianName: ['Gita'], guardianEmail: ['gita@example.org'] };
    return openForm(visitor, '/waiting', '/waiting/requests', fields);
  },
  async '/guardian/consent'() {
    const { guardian } = await registerMinorWithGuardian();
    const link = linkInMail(await latestMail(guardian));
    return openForm(newVisitor(), link, '/guardian/consent', { authority: ['yes'], consent: ['yes'] });
  },
  async '/guardian/withdrawal'() {
    const visitor = await signInConsentingGuardian();
    return openForm(visitor, '/guardian/withdrawal', '/guardian/withdrawal', { confirmation: ['withdraw'] });
  },
  async '/guardian/erasure'() {
    const visitor = await signInConsentingGuardian();
    return openForm(visitor, '/guardian/erasure', '/guardian/erasure', { confirmation: ['erase'] });
  },
  async '/guardian/second-guardian'() {
    const fields = { guardianName: ['Gil'], guardianEmail: [uniqueAddress()] };
    return openForm(
      await signInConsentingGuardian(),
      '/guardian/second-guardian',
      '/guardian/second-guardian',
      fields,
    );
  },
  '/guardian/new-link': () => openPublicForm('/guardian/new-link', { email: ['a@example.org'] }),
  async '/register/decline'() {
    const fields = { reason: ['rather-not', 'stop', 'not-me'] };
    return openForm((await openInvitation()).visitor, '/register/decline', '/register/decline', fields);
  },
  async '/register/help/:kind'() {
    const { visitor } = await openInvitation();
    const path = '/register/help/shared-address';
    return openReusableForm(visitor, path, path, {
      newEmail: ['own@example.org'],
      name: ['Amma'],
      lastYear: ['1998'],
      center: ['Harbour'],
    });
  },
  async '/home/find-record'() {
    const fields = { schoolName: ['Amma Owusu'], lastYear: ['1998'], center: ['Harbour'] };
    return openReusableForm(await signInMember(), '/home/find-record', '/home/find-record', fields);
  },
  async '/register/mailbox'() {
    const { visitor } = await openInvitation('link');
    await visitor.submit('/register/codes');
    return openForm(visitor, '/register', '/register/mailbox', { code: ['000000'] });
  },
};

/** A guardian who has consented. */
async function signInConsentingGuardian(): Promise<Visitor> {
  const visitor = newVisitor();
  await visitor.open(linkInMail(await latestMail((await registerMinorWithGuardian()).guardian)));
  await visitor.submit('/guardian/consent', { authority: 'yes', consent: 'yes' });
  return visitor;
}
