import { expect, it, vi } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { queryRows } from '../support/database.ts';
import { createTestAccount, newVisitor, validPassword } from '../support/fixtures.ts';

const signedIn = () => queryRows(`select 1 from sessions where sess #>> '{passport,user}' is not null`);

it('keeps a session ended that is ended during a request', async () => {
  await createTestAccount('thief@example.org');
  const visitor = newVisitor();
  await visitor.signIn('thief@example.org', validPassword);
  await visitor.open('/account');
  expect(await signedIn()).toHaveLength(1);
  const read = Account.findByPk.bind(Account);
  const endDuringRequest = vi.spyOn(Account, 'findByPk').mockImplementationOnce(async (id) => {
    const found = await read(id);
    await queryRows('delete from sessions');
    return found;
  });
  await visitor.post('/account/name', { ...visitor.fieldsOf('/account/name'), name: 'Still Here' });
  expect(endDuringRequest).toHaveBeenCalled();
  expect(await signedIn()).toHaveLength(0);
  expect((await visitor.open('/home')).path).toMatch(/^\/sign-in\?returnTo=/);
});
