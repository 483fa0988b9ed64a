import { describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestInvitation,
  createTestRecord,
  latestMail,
  newVisitor,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';

const person = { name: 'Amma Owusu', password: validPassword };

async function opened(url: string): Promise<Visitor> {
  const visitor = newVisitor();
  await visitor.open(url);
  return visitor;
}

const accountsOf = (email: string) => Account.count({ where: { email } });

describe('shared link', () => {
  it('asks for the mailbox code before it shows anything', async () => {
    await createTestRecord('handed@example.org', { lastName: 'Secretive' });
    const { url } = await createTestInvitation('handed@example.org', { delivery: 'link' });
    const visitor = await opened(url);
    expect(visitor.page.text).toContain('h•••@example.org');
    expect(visitor.page.text).not.toContain('handed@example.org');
    expect(visitor.page.text).not.toContain('Secretive');
    const answer = await visitor.post('/register', { ...visitor.fieldsOf('/register/codes'), ...person });
    expect(answer.headers.location).toBe('/register');
    expect(await accountsOf('handed@example.org')).toBe(0);
    await visitor.submit('/register/codes');
    const code = /\b\d{6}\b/.exec((await latestMail('handed@example.org')).text)?.[0] ?? '';
    const wrong = await visitor.submit('/register/mailbox', {
      code: code === '000000' ? '000001' : '000000',
    });
    expect(wrong.status).toBe(422);
    const page = await visitor.submit('/register/mailbox', { code: `${code.slice(0, 3)} ${code.slice(3)}` });
    expect(page.$('input[name=email]').val()).toBe('handed@example.org');
    expect(page.text).toContain('Secretive');
  });

  it('allows five attempts per code and one new code a minute', async () => {
    const { url, linkId } = await createTestInvitation('guessed@example.org', { delivery: 'link' });
    const visitor = await opened(url);
    await visitor.submit('/register/codes');
    const code = /\b\d{6}\b/.exec((await latestMail('guessed@example.org')).text)?.[0] ?? '';
    const soon = await visitor.submit('/register/codes');
    expect(soon.status).toBe(422);
    expect(soon.text).toContain('less than a minute ago');
    const wrong = code === '111111' ? '222222' : '111111';
    for (let tries = 0; tries < 5; tries += 1) await visitor.submit('/register/mailbox', { code: wrong });
    expect((await visitor.submit('/register/mailbox', { code })).status).toBe(422);
    await queryRows(
      `update mailbox_codes set created_at = created_at - interval '2 minutes' where link_id = $1`,
      [linkId],
    );
    expect((await visitor.submit('/register/codes')).status).toBe(200);
    expect(JSON.stringify(await queryRows('select * from mailbox_codes'))).not.toContain(code);
  });

  it('refuses an expired code', async () => {
    const { url, linkId } = await createTestInvitation('oldcode@example.org', { delivery: 'link' });
    const visitor = await opened(url);
    await visitor.submit('/register/codes');
    const code = /\b\d{6}\b/.exec((await latestMail('oldcode@example.org')).text)?.[0] ?? '';
    await queryRows(
      `update mailbox_codes set created_at = now() - interval '11 minutes', expires_at = now() - interval '1 minute' where link_id = $1`,
      [linkId],
    );
    expect(
      (await visitor.post('/register/mailbox', { ...visitor.fieldsOf('/register/codes'), code })).status,
    ).toBe(422);
  });
});

describe('mailbox code', () => {
  it('isn’t sent if the mailbox is proven', async () => {
    const email = uniqueAddress();
    const visitor = await opened((await createTestInvitation(email)).url);
    await visitor.post('/register/codes');
    expect(
      await queryRows(
        'select 1 from mailbox_codes c join invitation_links l on l.id = c.link_id where l.email = $1',
        [email],
      ),
    ).toEqual([]);
  });

  it('is not used up by attempts before it was sent', async () => {
    const email = uniqueAddress();
    const { url } = await createTestInvitation(email, { delivery: 'link' });
    const guesser = await opened(url);
    for (let n = 0; n < 40; n += 1)
      expect((await guesser.post('/register/mailbox', { code: '123456' })).status).toBe(422);
    const owner = await opened(url);
    await owner.submit('/register/codes');
    const [code] = /\b\d{6}\b/.exec((await latestMail(email)).text) ?? [];
    expect((await owner.submit('/register/mailbox', { code: String(code) })).path).toBe('/register');
  });
});
