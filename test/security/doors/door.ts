import { account, alumna, goodPassword, invited, staff, stranger } from '../../support/cast.ts';
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
  admin ??= staff('admin');
  return admin;
};
export const thisYear = new Date().getUTCFullYear();
export const unique = () => `${crypto.randomUUID()}@example.org`;

export async function member(email = unique()): Promise<Visitor> {
  await account(email);
  const visitor = stranger();
  await visitor.signIn(email, goodPassword);
  return visitor;
}

export async function minor(): Promise<{ visitor: Visitor; guardian: string }> {
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
  return { ...(await once(stranger(), page, page, fields)), lasting: true };
}

export async function opened(
  delivery: 'mail' | 'link' = 'mail',
): Promise<{ visitor: Visitor; recordId: string }> {
  const email = unique();
  const recordId = await alumna(email, { yearOfBirth: null });
  const visitor = stranger();
  await visitor.open((await invited(email, { delivery })).url);
  return { visitor, recordId };
}
