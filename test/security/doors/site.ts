import { queryRows } from '../../support/database.ts';
import {
  createTestAccount,
  createTestRecord,
  latestMail,
  linkInMail,
  newVisitor,
  validPassword,
} from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';
import { type Doors, lasting, member, minor, once, opened, thisYear, unique } from './door.ts';

/** The forms of visitors, members and guardians. */
export const siteDoors: Doors = {
  '/sign-in': () =>
    lasting('/sign-in', {
      email: ['a@example.org'],
      password: [validPassword],
      pendingForm: [
        '{"page":"/home","action":"/home/claims","signedInAs":"1","fields":[["name","Amma"]],"hadFile":false}',
      ],
    }),
  '/forgot-password': () => lasting('/forgot-password', { email: ['a@example.org'] }),
  '/register/new-link': () => lasting('/register/new-link', { email: ['a@example.org'] }),
  async '/reset-password'() {
    const email = unique();
    await createTestAccount(email);
    const visitor = newVisitor();
    await visitor.open('/forgot-password');
    await visitor.submit('/forgot-password', { email });
    return once(visitor, linkInMail(await latestMail(email)), '/reset-password', {
      password: [validPassword],
    });
  },
  async '/register'() {
    const { visitor, recordId } = await opened();
    return once(visitor, '/register', '/register', {
      name: ['Amma'],
      password: [validPassword],
      [`records[${recordId}]`]: ['self', 'child', 'none'],
      [`yearOfBirth[${recordId}]`]: ['1984', '2020'],
      ownYearOfBirth: ['1984', '2020'],
      invitation: ['1'],
    });
  },
  async '/account/name'() {
    return {
      ...(await once(await member(), '/account', '/account/name', { name: ['Amma'] })),
      lasting: true,
    };
  },
  async '/account/password'() {
    const fields = { currentPassword: [validPassword], password: ['another quiet river'] };
    return once(await member(), '/account/password', '/account/password', fields);
  },
  async '/account/two-step'() {
    return once(await member(), '/account/two-step', '/account/two-step', { code: ['123456'] });
  },
  async '/account/deletion'() {
    const email = unique();
    const fields = { confirmation: [email], currentPassword: [validPassword] };
    return once(await member(email), '/account/deletion', '/account/deletion', fields);
  },
  async '/home/claims'() {
    const email = unique();
    const recordId = await createTestRecord(email);
    return once(await member(email), '/home', '/home/claims', { [`records[${recordId}]`]: ['self', 'none'] });
  },
  async '/consent'() {
    const email = unique();
    const recordId = await createTestRecord(email, { yearOfBirth: thisYear - 16 });
    const ownId = await createTestRecord(email);
    const visitor = await member(email);
    await visitor.submit('/home/claims', {
      [`records[${recordId}]`]: 'child',
      [`records[${ownId}]`]: 'self',
    });
    return once(visitor, '/consent', '/consent', { authority: ['yes'], consent: ['yes'] });
  },
  async '/home/year-of-birth'() {
    const email = unique();
    const visitor = await member(email);
    await queryRows('update accounts set year_of_birth = null where email = $1', [email]);
    return once(visitor, '/home', '/home/year-of-birth', { ownYearOfBirth: ['1984', '2020'] });
  },
  async '/waiting/requests'() {
    const { visitor } = await minor();
    const fields = { guardianName: ['Gita'], guardianEmail: ['gita@example.org'] };
    return once(visitor, '/waiting', '/waiting/requests', fields);
  },
  async '/guardian/consent'() {
    const { guardian } = await minor();
    const link = linkInMail(await latestMail(guardian));
    return once(newVisitor(), link, '/guardian/consent', { authority: ['yes'], consent: ['yes'] });
  },
  async '/guardian/withdrawal'() {
    const visitor = await consented();
    return once(visitor, '/guardian/withdrawal', '/guardian/withdrawal', { confirmation: ['withdraw'] });
  },
  async '/guardian/erasure'() {
    const visitor = await consented();
    return once(visitor, '/guardian/erasure', '/guardian/erasure', { confirmation: ['erase'] });
  },
  async '/guardian/second-guardian'() {
    const fields = { guardianName: ['Gil'], guardianEmail: [unique()] };
    return once(await consented(), '/guardian/second-guardian', '/guardian/second-guardian', fields);
  },
  '/guardian/new-link': () => lasting('/guardian/new-link', { email: ['a@example.org'] }),
  async '/register/decline'() {
    const fields = { reason: ['rather-not', 'stop', 'not-me'] };
    return once((await opened()).visitor, '/register/decline', '/register/decline', fields);
  },
  async '/register/mailbox'() {
    const { visitor } = await opened('link');
    await visitor.submit('/register/codes');
    return once(visitor, '/register', '/register/mailbox', { code: ['000000'] });
  },
};

/** A guardian who has consented. */
async function consented(): Promise<Visitor> {
  const visitor = newVisitor();
  await visitor.open(linkInMail(await latestMail((await minor()).guardian)));
  await visitor.submit('/guardian/consent', { authority: 'yes', consent: 'yes' });
  return visitor;
}
