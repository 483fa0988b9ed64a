import { beforeAll, describe, expect, it } from 'vitest';
import { publishLegalText } from '../../src/accounts/legal-texts.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  latestMail,
  newVisitor,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';

async function publish(kind: 'privacy' | 'terms', body: string): Promise<Visitor> {
  const admin = await signInStaff('admin');
  const path = `/admin/settings/legal/${kind}`;
  await admin.open(path);
  await admin.submit(path, { body });
  return admin;
}

const acceptancesOf = (email: string) =>
  queryRows(
    `select kind, version from legal_acceptances l join accounts a on a.id = l.account_id where a.email = $1
     order by kind, version`,
    [email],
  );

describe('the privacy notice and the terms', () => {
  it('are shown nowhere before the office has written them', async () => {
    const visitor = newVisitor();
    for (const path of ['/privacy', '/terms']) expect((await visitor.open(path)).status).toBe(404);
    expect((await visitor.open('/')).$('a[href="/privacy"], a[href="/terms"]')).toHaveLength(0);
    await visitor.open((await createTestInvitation('before@legal.example')).url);
    expect(visitor.page.text).not.toContain('By creating an account');
  });

  describe('once published', () => {
    beforeAll(async () => {
      await publish('privacy', '# Your data\n\nWe keep <little>. See https://example.org/data.\n\nAsk us.');
      await publish('terms', 'Be kind.');
    });

    it('are public, without markup of their own', async () => {
      const page = await newVisitor().open('/privacy');
      expect(page.$('main h2').text()).toBe('Your data');
      expect(page.text).toContain('We keep <little>.');
      expect(page.$('main a[href="https://example.org/data"]')).toHaveLength(1);
      expect(page.$('footer a[href="/terms"]')).toHaveLength(1);
    });

    it('are accepted at registration, which the download of personal data contains', async () => {
      const recordId = await createTestRecord('new@legal.example');
      const { url } = await createTestInvitation('new@legal.example');
      const visitor = newVisitor();
      await visitor.open(url);
      expect(visitor.page.text).toContain('By creating an account, you accept our terms');
      await visitor.submit('/register', {
        name: 'Nana New',
        password: validPassword,
        [`records[${recordId}]`]: 'self',
      });
      expect(await acceptancesOf('new@legal.example')).toEqual([
        { kind: 'privacy', version: 1 },
        { kind: 'terms', version: 1 },
      ]);
      expect((await latestMail('new@legal.example')).text).toContain('/privacy');
      const { legalTexts } = JSON.parse((await visitor.open('/account/data.json')).html);
      expect(legalTexts).toMatchObject([{ kind: 'privacy' }, { kind: 'terms' }]);
    });

    it('asks members to accept new terms, once', async () => {
      await createTestAccount('member@legal.example');
      const member = newVisitor();
      await member.signIn('member@legal.example', validPassword);
      await publish('terms', 'Be kind and honest.');
      expect((await member.open('/home')).text).toContain('Our terms have changed');
      await publishLegalText('terms', 'Be kind, honest and brave.', { kind: 'system' });
      expect((await member.submit('/account/terms/2')).status).toBe(409);
      await member.open('/home');
      expect((await member.submit('/account/terms/3')).text).toContain('You’ve accepted our terms');
      expect((await member.open('/home')).text).not.toContain('Our terms have changed');
      expect(await acceptancesOf('member@legal.example')).toEqual([{ kind: 'terms', version: 3 }]);
      const events = await queryRows(
        `select detail from audit_events where action = 'account.terms-accepted'`,
      );
      expect(events).toEqual([{ detail: { version: 3 } }]);
      expect((await member.open('/terms?version=1')).text).toContain('Be kind. ');
    });

    it('keep one version if nothing changes, and can be withdrawn', async () => {
      await publish('privacy', 'Short.');
      await publish('privacy', 'Short.');
      expect(await queryRows(`select 1 from legal_texts where kind = 'privacy'`)).toHaveLength(2);
      await publish('privacy', '');
      expect((await newVisitor().open('/privacy')).status).toBe(404);
      await expect(queryRows(`update legal_texts set body = 'other'`)).rejects.toThrow('append-only');
    });
  });
});
