import { describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { prepareDemo } from '../../src/demo/demo.ts';
import { caughtMails } from '../../src/mail/caught.ts';
import { goodPassword, stranger, work } from '../support/cast.ts';
import { row } from '../support/database.ts';

const linkIn = (words: string) => /http\S+\/register\?token=\S+/.exec(words)?.[0] ?? '';

// Filling the database with the sample data takes a while on a busy machine.
describe('the demo', { timeout: 180_000 }, () => {
  it('prints sign-ins and an invitation link that work, the same for two first starts at once and later', async () => {
    process.env.ADMIN_PASSWORD = 'chosen by the tester';
    const [words, atOnce] = await Promise.all([prepareDemo(), prepareDemo()]);
    expect([atOnce, await prepareDemo()]).toEqual([words, words]);
    expect(words).toContain('chosen by the tester');
    const support = /support@example\.org\s+(\S+)/.exec(words)?.[1] ?? '';
    expect((await stranger().signIn('admin@example.org', 'chosen by the tester')).path).toBe('/admin');
    expect((await stranger().signIn('support@example.org', support)).path).toBe('/admin');
    const records = await row<{ count: number }>('select count(*)::int as count from alumni_members');
    expect(records?.count).toBeGreaterThanOrEqual(300);
    const groups = await row<{ count: number }>('select count(*)::int as count from groups');
    expect(groups?.count).toBe(2);
    await work();
    expect((await caughtMails()).map(({ links }) => links[0])).toContain(linkIn(words));
  });

  it('offers the next address once the first has registered', async () => {
    const first = linkIn(await prepareDemo());
    const before = await Account.count();
    const visitor = stranger();
    const page = await visitor.open(first);
    const answers = page
      .$('input[type=radio][value=self]')
      .map((_, radio) => page.$(radio).attr('name'))
      .get();
    await visitor.submit('/register', { name: 'Maya', password: goodPassword, [String(answers[0])]: 'self' });
    expect(await Account.count()).toBe(before + 1);
    const next = linkIn(await prepareDemo());
    expect(next).not.toBe(first);
    expect((await stranger().open(next)).status).toBe(200);
  });
});
