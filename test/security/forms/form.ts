import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  newVisitor,
  signInStaff,
  uniqueAddress,
  validPassword,
} from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';

/** A form that a visitor has opened, with valid values for its fields. */
export type TestForm = Readonly<{
  visitor: Visitor;
  action: string;
  fields: Record<string, string[]>;
  /** Whether it can be sent again after it was accepted. */
  isReusable: boolean;
}>;

/** Functions that open a form, by the form's route. */
export type TestForms = Record<string, () => Promise<TestForm>>;

let admin: Promise<Visitor> | undefined;
export const signInAdmin = () => {
  admin ??= signInStaff('admin');
  return admin;
};
export const thisYear = new Date().getUTCFullYear();

export async function signInMember(email = uniqueAddress()): Promise<Visitor> {
  await createTestAccount(email);
  const visitor = newVisitor();
  await visitor.signIn(email, validPassword);
  return visitor;
}

export async function registerMinorWithGuardian(): Promise<{ visitor: Visitor; guardian: string }> {
  const email = uniqueAddress();
  const recordId = await createTestRecord(email, { yearOfBirth: thisYear - 16 });
  const visitor = newVisitor();
  await visitor.open((await createTestInvitation(email)).url);
  const guardian = uniqueAddress();
  await visitor.submit('/register', {
    name: 'Young Amma',
    password: validPassword,
    [`records[${recordId}]`]: 'self',
    guardianName: 'Gita Guardian',
    guardianEmail: guardian,
  });
  return { visitor, guardian };
}

export async function openForm(
  visitor: Visitor,
  page: string,
  action: string,
  fields: TestForm['fields'],
): Promise<TestForm> {
  await visitor.open(page);
  return { visitor, action, fields, isReusable: false };
}

export async function openReusableForm(...args: Parameters<typeof openForm>): Promise<TestForm> {
  return { ...(await openForm(...args)), isReusable: true };
}

/** A reusable form that needs no sign-in and is sent to its own path. */
export function openPublicForm(path: string, fields: TestForm['fields']): Promise<TestForm> {
  return openReusableForm(newVisitor(), path, path, fields);
}

export async function openInvitation(
  delivery: 'mail' | 'link' = 'mail',
): Promise<{ visitor: Visitor; recordId: string }> {
  const email = uniqueAddress();
  const recordId = await createTestRecord(email, { yearOfBirth: null });
  const visitor = newVisitor();
  await visitor.open((await createTestInvitation(email, { delivery })).url);
  return { visitor, recordId };
}
