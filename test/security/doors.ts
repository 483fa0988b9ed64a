import {
  account,
  alumna,
  goodPassword,
  invited,
  linkOf,
  newestMail,
  staff,
  stranger,
} from '../support/cast.ts';
import type { Visitor } from '../support/visitor.ts';

/** A form, open in somebody's browser: its fields, with values that it takes. */
export type Door = Readonly<{
  visitor: Visitor;
  action: string;
  fields: Record<string, string[]>;
  /** Whether it can be sent again after it was taken. */
  lasting: boolean;
}>;

let admin: Promise<Visitor> | undefined;
const asAdmin = () => {
  admin ??= staff('admin');
  return admin;
};
const thisYear = new Date().getUTCFullYear();
const unique = () => `${crypto.randomUUID()}@example.org`;

/** The forms that are a button and nothing else. */
export const buttons = [
  '/sign-out',
  '/register/codes',
  '/register/switch',
  '/home/invitation',
  '/account/sessions/endings',
  '/account/sessions/:id/ending',
  '/consent/refusal',
  '/consent/:profileId/withdrawal',
  '/guardian/refusal',
  '/guardian/withdrawal',
];

/** Every other form there is, by its route. */
export const doors: Record<string, () => Promise<Door>> = {
  '/sign-in': () => lasting('/sign-in', { email: ['a@example.org'], password: [goodPassword] }),
  '/forgot-password': () => lasting('/forgot-password', { email: ['a@example.org'] }),
  '/register/new-link': () => lasting('/register/new-link', { email: ['a@example.org'] }),
  async '/reset-password'() {
    const email = unique();
    await account(email);
    const visitor = stranger();
    await visitor.open('/forgot-password');
    await visitor.submit('/forgot-password', { email });
    return once(visitor, linkOf(await newestMail(email)), '/reset-password', { password: [goodPassword] });
  },
  async '/register'() {
    const { visitor, recordId } = await opened();
    return once(visitor, '/register', '/register', {
      name: ['Amma'],
      password: [goodPassword],
      [`records[${recordId}]`]: ['self', 'child', 'none'],
      [`yearOfBirth[${recordId}]`]: ['1984', '2020'],
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
    const fields = { currentPassword: [goodPassword], password: ['another quiet river'] };
    return once(await member(), '/account/password', '/account/password', fields);
  },
  async '/account/two-step'() {
    return once(await member(), '/account/two-step', '/account/two-step', { code: ['123456'] });
  },
  async '/account/two-step/recovery-codes'() {
    const action = '/account/two-step/recovery-codes';
    return once(await member(), '/account/two-step', action, { currentPassword: [goodPassword] });
  },
  async '/account/two-step/ending'() {
    const action = '/account/two-step/ending';
    return once(await member(), '/account/two-step', action, { currentPassword: [goodPassword] });
  },
  async '/account/deletion'() {
    const email = unique();
    const fields = { confirmation: [email], currentPassword: [goodPassword] };
    return once(await member(email), '/account/deletion', '/account/deletion', fields);
  },
  async '/home/claims'() {
    const email = unique();
    const recordId = await alumna(email);
    return once(await member(email), '/home', '/home/claims', { [`records[${recordId}]`]: ['self', 'none'] });
  },
  async '/consent'() {
    const email = unique();
    const recordId = await alumna(email, { yearOfBirth: thisYear - 16 });
    const visitor = await member(email);
    await visitor.submit('/home/claims', { [`records[${recordId}]`]: 'child' });
    return once(visitor, '/consent', '/consent', { authority: ['yes'], consent: ['yes'] });
  },
  async '/waiting/requests'() {
    const { visitor } = await minor();
    const fields = { guardianName: ['Gita'], guardianEmail: ['gita@example.org'] };
    return once(visitor, '/waiting', '/waiting/requests', fields);
  },
  async '/guardian/consent'() {
    const { guardian } = await minor();
    const link = linkOf(await newestMail(guardian));
    return once(stranger(), link, '/guardian/consent', { authority: ['yes'], consent: ['yes'] });
  },
  async '/admin/consents/disclosures'() {
    const path = '/admin/consents/disclosures';
    return {
      ...(await once(await asAdmin(), path, path, { body: ['All about it. '.repeat(20)] })),
      lasting: true,
    };
  },
  async '/register/decline'() {
    const fields = { reason: ['stop', 'not-me'] };
    return once((await opened()).visitor, '/register/decline', '/register/decline', fields);
  },
  async '/register/mailbox'() {
    const { visitor } = await opened('link');
    await visitor.submit('/register/codes');
    return once(visitor, '/register', '/register/mailbox', { code: ['000000'] });
  },
  async '/admin/invitations'() {
    const visitor = await asAdmin();
    const door = await once(visitor, '/admin/invitations/new', '/admin/invitations', {
      email: ['b@example.org'],
      message: ['Come home'],
      validityDays: ['7', '90'],
      staffRole: ['support', ''],
      delivery: ['mail', 'link'],
      groupId: [''],
      groupRole: ['member'],
      replace: ['yes', ''],
    });
    return { ...door, lasting: true };
  },
  async '/admin/invitations/:id/resends'() {
    const path = `/admin/invitations/${(await invited(unique())).invitation.id}`;
    const door = await once(await asAdmin(), path, `${path}/resends`, { delivery: ['mail', 'link'] });
    return { ...door, lasting: true };
  },
  async '/admin/invitations/:id/revocation'() {
    const path = `/admin/invitations/${(await invited(unique())).invitation.id}/revocation`;
    return once(await asAdmin(), path, path, { reason: ['left'] });
  },
};

async function member(email = unique()): Promise<Visitor> {
  await account(email);
  const visitor = stranger();
  await visitor.signIn(email, goodPassword);
  return visitor;
}

async function minor(): Promise<{ visitor: Visitor; guardian: string }> {
  const email = unique();
  const recordId = await alumna(email, { yearOfBirth: thisYear - 16 });
  const visitor = stranger();
  await visitor.open((await invited(email)).url);
  const guardian = unique();
  await visitor.submit('/register', {
    name: 'Young Amma',
    password: goodPassword,
    [`records[${recordId}]`]: 'self',
    guardianName: 'Gita Guardian',
    guardianEmail: guardian,
  });
  return { visitor, guardian };
}

async function once(visitor: Visitor, page: string, action: string, fields: Door['fields']): Promise<Door> {
  await visitor.open(page);
  return { visitor, action, fields, lasting: false };
}

async function lasting(page: string, fields: Door['fields']): Promise<Door> {
  return { ...(await once(stranger(), page, page, fields)), lasting: true };
}

async function opened(delivery: 'mail' | 'link' = 'mail'): Promise<{ visitor: Visitor; recordId: string }> {
  const email = unique();
  const recordId = await alumna(email, { yearOfBirth: null });
  const visitor = stranger();
  await visitor.open((await invited(email, { delivery })).url);
  return { visitor, recordId };
}
