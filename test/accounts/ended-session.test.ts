import { expect, it, vi } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { account, goodPassword, stranger } from '../support/cast.ts';
import { rows } from '../support/database.ts';

const signedIn = () => rows(`select 1 from sessions where sess #>> '{passport,user}' is not null`);

it('a session that was ended while a request was under way stays ended', async () => {
  await account('thief@example.org');
  const visitor = stranger();
  await visitor.signIn('thief@example.org', goodPassword);
  await visitor.open('/account');
  expect(await signedIn()).toHaveLength(1);
  const read = Account.findByPk.bind(Account);
  const meanwhile = vi.spyOn(Account, 'findByPk').mockImplementationOnce(async (id) => {
    const found = await read(id);
    await rows('delete from sessions');
    return found;
  });
  await visitor.post('/account/name', { ...visitor.fieldsOf('/account/name'), name: 'Still Here' });
  expect(meanwhile).toHaveBeenCalled();
  expect(await signedIn()).toHaveLength(0);
  expect((await visitor.open('/home')).path).toMatch(/^\/sign-in\?returnTo=/);
});
