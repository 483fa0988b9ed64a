import { queryRow } from '../../support/database.ts';
import { createTestAccount, createTestRecord, uniqueAddress } from '../../support/fixtures.ts';
import { openForm, signInAdmin, type TestForm, type TestForms } from './form.ts';

/** Forms that resolve an invitation request, and those that answer a request for one's data. */
export const requestForms: TestForms = {
  '/admin/help/person/erasure': () => formOfErasure(),
  '/admin/help/person/exports': () => formOfExport(),
  '/admin/requests/:id/correction': () => formOfRequest('correction', { email: ['right@example.org'] }),
  '/admin/requests/dismissals': async () => {
    const request = await queryRow<{ id: string }>(
      'insert into invitation_requests (email) values ($1) returning id',
      [uniqueAddress()],
    );
    return openForm(await signInAdmin(), '/admin/requests', '/admin/requests/dismissals', {
      [`requests[${request?.id}]`]: ['yes'],
      reason: ['Nobody we know'],
    });
  },
  '/admin/requests/:id/invitation': () => answerForm('shared-address', 'invitation', { recordId: ['none'] }),
  '/admin/requests/:id/name': async () => {
    const recordId = await createTestRecord(uniqueAddress());
    return answerForm('name-changed', 'name', {
      recordId: [recordId],
      firstName: ['Amma'],
      lastName: ['Newname'],
      formerName: ['Amma Owusu'],
      setsAddress: ['yes'],
    });
  },
  '/admin/requests/:id/address-change': async () => {
    const { email } = await createTestAccount(uniqueAddress());
    return answerForm('mailbox-lost', 'address-change', { reason: ['A letter'] }, email);
  },
  '/admin/requests/:id/dismissal': () => formOfRequest('dismissal', { reason: ['Nobody we know'] }),
};

/** A person with one record, who is to be erased. */
async function formOfErasure(): Promise<TestForm> {
  const email = uniqueAddress();
  const recordId = await createTestRecord(email);
  const path = `/admin/help/person/erasure?${new URLSearchParams({ email })}`;
  const fields = { records: [recordId], reason: ['asked by letter'], confirmation: [email] };
  return openForm(await signInAdmin(), path, path, fields);
}

async function formOfExport(): Promise<TestForm> {
  const form = await formOfErasure();
  return { ...form, action: form.action.replace('erasure', 'exports'), fields: {}, isReusable: true };
}

export const requestButtons = ['/admin/requests/:id/approval', '/admin/requests/:id/confirmation'];

async function formOfRequest(form: string, fields: TestForm['fields']): Promise<TestForm> {
  const asked = await queryRow<{ id: string }>(
    'insert into invitation_requests (email) values ($1) returning id',
    [uniqueAddress()],
  );
  const path = `/admin/requests/${asked?.id}`;
  return openForm(await signInAdmin(), path, `${path}/${form}`, fields);
}

async function answerForm(
  kind: 'shared-address' | 'name-changed' | 'mailbox-lost',
  form: string,
  fields: TestForm['fields'],
  email = uniqueAddress(),
): Promise<TestForm> {
  const asked = await queryRow<{ id: string }>(
    `insert into invitation_requests (kind, email, name, school_name, new_email)
     values ($1, $2, 'Amma Newname', 'Amma Owusu', case when $1 <> 'name-changed' then $3::citext end) returning id`,
    [kind, email, uniqueAddress()],
  );
  const path = `/admin/requests/${asked?.id}`;
  return openForm(await signInAdmin(), path, `${path}/${form}`, fields);
}
