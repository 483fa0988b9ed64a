import { describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { prepareDemo } from '../../src/demo/demo.ts';
import { listCapturedMails } from '../../src/platform/mail/captured-mail.ts';
import { queryRow } from '../support/database.ts';
import { newVisitor, runJobs, validPassword } from '../support/fixtures.ts';

const linkIn = (text: string) => /http\S+\/register\?token=\S+/.exec(text)?.[0] ?? '';

// Adding the sample data takes a while on a busy machine.
describe('the demo', { timeout: 180_000 }, () => {
  it('prints working sign-ins and an invitation link, the same for concurrent and later starts', async () => {
    process.env.ADMIN_PASSWORD = 'chosen by the tester';
    const [output, concurrentOutput] = await Promise.all([prepareDemo(), prepareDemo()]);
    expect([concurrentOutput, await prepareDemo()]).toEqual([output, output]);
    expect(output).toContain('chosen by the tester');
    const support = /support@example\.org\s+(\S+)/.exec(output)?.[1] ?? '';
    expect((await newVisitor().signIn('admin@example.org', 'chosen by the tester')).path).toBe('/admin');
    expect((await newVisitor().signIn('support@example.org', support)).path).toBe('/admin');
    const records = await queryRow<{ count: number }>('select count(*)::int as count from alumni_members');
    expect(records?.count).toBeGreaterThanOrEqual(300);
    const groups = await queryRow<{ count: number }>('select count(*)::int as count from groups');
    expect(groups?.count).toBe(2);
    await runJobs();
    expect((await listCapturedMails()).map(({ links }) => links[0])).toContain(linkIn(output));
  });

  it('prints an invitation of the next address after the first has registered', async () => {
    const first = linkIn(await prepareDemo());
    const before = await Account.count();
    const visitor = newVisitor();
    const page = await visitor.open(first);
    const answers = page
      .$('input[type=radio][value=self]')
      .map((_, radio) => page.$(radio).attr('name'))
      .get();
    await visitor.submit('/register', {
      name: 'Maya',
      password: validPassword,
      [String(answers[0])]: 'self',
    });
    expect(await Account.count()).toBe(before + 1);
    const next = linkIn(await prepareDemo());
    expect(next).not.toBe(first);
    expect((await newVisitor().open(next)).status).toBe(200);
  });
});
