import { queryRow } from '../../support/database.ts';
import { uniqueAddress } from '../../support/fixtures.ts';
import { openForm, signInAdmin, type TestForm, type TestForms } from './form.ts';

/** Forms that resolve an invitation request. */
export const requestForms: TestForms = {
  '/admin/requests/:id/correction': () => formOfRequest('correction', { email: ['right@example.org'] }),
  '/admin/requests/:id/dismissal': () => formOfRequest('dismissal', { reason: ['Nobody we know'] }),
};

export const requestButtons = ['/admin/requests/:id/approval', '/admin/requests/:id/confirmation'];

async function formOfRequest(form: string, fields: TestForm['fields']): Promise<TestForm> {
  const asked = await queryRow<{ id: string }>(
    'insert into invitation_requests (email) values ($1) returning id',
    [uniqueAddress()],
  );
  const path = `/admin/requests/${asked?.id}`;
  return openForm(await signInAdmin(), path, `${path}/${form}`, fields);
}
