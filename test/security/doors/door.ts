import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  newVisitor,
  signInStaff,
  validPassword,
} from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';

/** A form, open in somebody's browser: its fields, with values that it takes. */
export type Door = Readonly<{
  visitor: Visitor;
  action: string;
  fields: Record<string, string[]>;
  /** Whether it can be sent again after it was taken. */
  lasting: boolean;
}>;

/** Forms by their route, each with how to come to it. */
export type Doors = Record<string, () => Promise<Door>>;

let admin: Promise<Visitor> | undefined;
export const asAdmin = () => {
  admin ??= signInStaff('admin');
  return admin;
};
export const thisYear = new Date().getUTCFullYear();
export const unique = () => `${crypto.randomUUID()}@example.org`;

export async function member(email = unique()): Promise<Visitor> {
  await createTestAccount(email);
  const visitor = newVisitor();
  await visitor.signIn(email, validPassword);
  return visitor;
}

export async function minor(): Promise<{ visitor: Visitor; guardian: string }> {
  const email = unique();
  const recordId = await createTestRecord(email, { yearOfBirth: thisYear - 16 });
  const visitor = newVisitor();
  await visitor.open((await createTestInvitation(email)).url);
  const guardian = unique();
  await visitor.submit('/register', {
    name: 'Young Amma',
    password: validPassword,
    [`records[${recordId}]`]: 'self',
    guardianName: 'Gita Guardian',
    guardianEmail: guardian,
  });
  return { visitor, guardian };
}

export async function once(
  visitor: Visitor,
  page: string,
  action: string,
  fields: Door['fields'],
): Promise<Door> {
  await visitor.open(page);
  return { visitor, action, fields, lasting: false };
}

export async function lasting(page: string, fields: Door['fields']): Promise<Door> {
  return { ...(await once(newVisitor(), page, page, fields)), lasting: true };
}

export async function opened(
  delivery: 'mail' | 'link' = 'mail',
): Promise<{ visitor: Visitor; recordId: string }> {
  const email = unique();
  const recordId = await createTestRecord(email, { yearOfBirth: null });
  const visitor = newVisitor();
  await visitor.open((await createTestInvitation(email, { delivery })).url);
  return { visitor, recordId };
}
