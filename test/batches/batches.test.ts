import { beforeAll, describe, expect, it } from 'vitest';
import { createGroup } from '../../src/groups/group.ts';
import { revoke } from '../../src/invitations/invite.ts';
import { account, alumna, invited, newestMail, staff, stranger, work } from '../support/cast.ts';
import { row, rows } from '../support/database.ts';
import type { Visitor } from '../support/visitor.ts';
import { idOf, mailsOf, pathOf, sent, uploaded, verdictsOf } from './campaign.ts';

const system = { kind: 'system' } as const;
let admin: Visitor;

beforeAll(async () => {
  admin = await staff('admin');
});

const thisYear = new Date().getUTCFullYear();

describe('a list of addresses', () => {
  it('is uploaded, looked at, sent, and everybody gets one mail with a link that works', async () => {
    await alumna('amma@first.example.org', { lastName: 'Boateng' });
    const preview = await uploaded(
      admin,
      'E-mail Address;Vorname;Name;Message\r\namma@first.example.org;Amma;Owusu;Dear Amma\r\nkofi@first.example.org;Kofi;Mensah;\r\n',
    );
    expect(preview.text).toContain('2 of 2 rows will be invited. Nothing is sent yet.');
    expect(await verdictsOf(preview)).toEqual({ 2: 'new', 3: 'none' });
    expect(await rows(`select 1 from invitations where email like '%@first.example.org'`)).toEqual([]);
    expect(preview.$('button:contains("Send 2 invitations")').length).toBe(1);
    const result = await sent(admin);
    expect(result.text).toContain('2 people are invited.');
    const mail = await newestMail('amma@first.example.org');
    expect(mail.text).toContain('Dear Amma');
    expect((await stranger().open(mail.links[0] ?? '')).path).toBe('/register');
    const made = await rows(
      `select i.name, i.batch, i.center, i.batch_id as "batchId", a.email as inviter from invitations i
       join accounts a on a.id = i.invited_by where i.email like '%@first.example.org' order by i.email`,
    );
    const common = { batchId: idOf(result), inviter: 'admin@example.org' };
    expect(made).toEqual([
      { ...common, name: 'Amma Boateng', batch: 2002, center: 'Harbour' },
      { ...common, name: 'Kofi Mensah', batch: null, center: null },
    ]);
  });

  it('may have no heading: one address a line', async () => {
    const preview = await uploaded(admin, 'one@plain.example.org\nTwo <two@plain.example.org>\n');
    expect(await verdictsOf(preview)).toEqual({ 1: 'none', 2: 'none' });
    expect(preview.text).toContain('2 of 2 rows');
  });

  it('is judged anew when the columns are corrected', async () => {
    const preview = await uploaded(admin, 'email,spare\nno address,a@spare.example.org\n');
    expect(await verdictsOf(preview)).toEqual({ 2: 'invalid' });
    expect(preview.text).toContain('No row is included');
    expect(preview.$(`form[action="${pathOf(preview)}/sending"]`).length).toBe(0);
    await admin.open(`${pathOf(preview)}/mapping`);
    await admin.submit(`${pathOf(preview)}/mapping`, { 'columns[email]': '1' });
    await work();
    expect(await verdictsOf(await admin.open(pathOf(preview)))).toEqual({ 2: 'none' });
    await admin.open(`${pathOf(preview)}/mapping`);
    const wrong = await admin.submit(`${pathOf(preview)}/mapping`, {
      'columns[email]': '',
      'columns[name]': '1',
    });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('Choose the column with the e-mail address');
    const twice = await admin.submit(`${pathOf(preview)}/mapping`, {
      'columns[email]': '1',
      'columns[name]': '1',
    });
    expect(twice.text).toContain('is chosen for “E-mail address” already');
  });

  it('whose first line is a person after all counts that line too', async () => {
    await admin.open('/admin/batches/new');
    const page = await admin.upload('/admin/batches', 'people to invite\nx@heading.example.org\n');
    expect(page.text).toContain('1 row.');
    await admin.submit(`${pathOf(page)}/mapping`, { heading: 'no', 'columns[email]': '0' });
    await work();
    expect(await verdictsOf(await admin.open(pathOf(page)))).toEqual({ 1: 'invalid', 2: 'none' });
    await admin.open(`${pathOf(page)}/mapping`);
    await admin.submit(`${pathOf(page)}/mapping`, { heading: 'yes' });
    await work();
    expect(await verdictsOf(await admin.open(pathOf(page)))).toEqual({ 2: 'none' });
    expect(admin.page.text).toContain('1 of 1 row will be invited');
  });
});

describe('every row has its verdict', () => {
  it('by what is known of the address, also when it is written in another case', async () => {
    const at = (name: string) => `${name}@verdict.example.org`;
    await alumna(at('new'));
    await alumna(at('several'));
    await alumna(at('several'), { lastName: 'Boateng' });
    await alumna(at('minor'), { yearOfBirth: thisYear - 15 });
    await alumna(at('family'), { yearOfBirth: thisYear - 15 });
    await alumna(at('family'));
    await rows('update alumni_members set deceased = true where id = $1', [await alumna(at('dead'))]);
    await account(at('account'));
    const { id: memberId } = await account(at('member'));
    const group = await createGroup({ name: 'Harbour Chapter', description: '' }, system);
    await rows(
      `insert into memberships (group_id, account_id, role, joined_at) values ($1, $2, 'member', now())`,
      [group.id, memberId],
    );
    await invited(at('open'));
    await revoke((await invited(at('revoked'))).invitation.id, 'left the list', system);
    for (const [name, reason] of [
      ['stop', 'stop'],
      ['stranger', 'not-me'],
    ]) {
      const { id } = (await invited(at(name ?? ''))).invitation;
      await rows(`update invitations set declined_at = now(), declined_reason = $2 where id = $1`, [
        id,
        reason,
      ]);
    }
    const bounced = await invited(at('bounced'));
    await rows(`update messages set bounced_at = now() where recipient = $1`, [at('bounced')]);
    await revoke(bounced.invitation.id, null, system);
    await rows(`insert into groups (name, archived_at) values ('Old Chapter', now())`);
    const lines: [string, string][] = [
      [`${at('NEW')},,`, 'new'],
      [`${at('several')},,`, 'several'],
      [`${at('unknown')},harbour chapter,ADMIN`, 'none'],
      [`${at('minor')},,`, 'minor'],
      [`${at('family')},,`, 'several'],
      [`${at('dead')},,`, 'deceased'],
      [`${at('account')},,`, 'account'],
      [`${at('ACCOUNT')},Harbour Chapter,`, 'duplicate'],
      [`${at('member')},Harbour Chapter,`, 'member'],
      [`${at('open')},,`, 'open'],
      [`${at('revoked')},,`, 'revoked'],
      [`${at('stop')},,`, 'declined'],
      [`${at('stranger')},,`, 'declined'],
      [`${at('bounced')},,`, 'bounced'],
      ['nobody.example.org,,', 'invalid'],
      [',Harbour Chapter,', 'invalid'],
      [`${at('x')},Old Chapter,`, 'invalid'],
      [`${at('x')},Harbour Chapter,boss`, 'invalid'],
      [`${at('x')},,`, 'none'],
      [`${at('new')},,`, 'duplicate'],
      [`"${at('a')}, ${at('b')}",,`, 'invalid'],
      [`${at('jürgen')},,`, 'invalid'],
    ];
    const preview = await uploaded(admin, ['email,group,role', ...lines.map(([line]) => line)].join('\n'));
    const expected = Object.fromEntries(lines.map(([, verdict], index) => [index + 2, verdict]));
    expect(await verdictsOf(preview)).toEqual(expected);
    const why = async (verdict: string) => (await admin.open(`${pathOf(preview)}?verdict=${verdict}`)).text;
    expect(await why('revoked')).toContain('left the list');
    expect(await why('duplicate')).toContain('Line 2 has the same address');
    expect(await why('open')).toMatch(/Invited on \d+ \w+ \d{4}, valid until/);
    const invalid = await why('invalid');
    for (const words of [
      '“nobody.example.org” is no e-mail address: it has no @',
      'The address is missing',
      'There is no open group “Old Chapter”',
      'The role is owner, admin or member, not “boss”',
      'more than one address',
      'letters before the @ that none can have',
    ])
      expect(invalid).toContain(words);
    expect(await why('declined')).toContain('they asked us to stop writing');
  });

  it('an account is asked into a group that its row names, or that is chosen for all', async () => {
    const group = await createGroup({ name: 'Reunion', description: '' }, system);
    await account('one@group.example.org');
    await account('two@group.example.org');
    const preview = await uploaded(
      admin,
      'email,group,role\none@group.example.org,reunion,owner\ntwo@group.example.org,,\n',
    );
    expect(await verdictsOf(preview)).toEqual({ 2: 'account-group', 3: 'account' });
    const path = pathOf(preview);
    await admin.open(`${path}/choices`);
    const refused = await admin.submit(`${path}/choices`, { 'include[account]': 'yes' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Choose the group that people with an account are asked to join');
    expect(refused.$('[name="include[account]"]').is('[checked]')).toBe(true);
    await admin.submit(`${path}/choices`, {
      'include[account]': 'yes',
      groupId: group.id,
      groupRole: 'admin',
    });
    expect(admin.page.text).toContain('Send 2 invitations');
    await sent(admin);
    const made = await rows(
      `select email, group_id as "groupId", group_role as role from invitations where email like '%@group.example.org'
       order by email`,
    );
    expect(made).toEqual([
      { email: 'one@group.example.org', groupId: group.id, role: 'owner' },
      { email: 'two@group.example.org', groupId: group.id, role: 'admin' },
    ]);
  });
});

describe('what is chosen for all', () => {
  it('is used for rows that say nothing of their own', async () => {
    const preview = await uploaded(
      admin,
      'email,message\na@chosen.example.org,Own words\nb@chosen.example.org,\n',
    );
    const path = pathOf(preview);
    await admin.open(`${path}/choices`);
    await admin.submit(`${path}/choices`, { validityDays: '30', message: 'Words for all' });
    expect(admin.page.text).toContain('30 days');
    await sent(admin);
    const made = await rows<{ message: string; days: number }>(
      `select message, validity_days as days from invitations where email like '%@chosen.example.org' order by email`,
    );
    expect(made).toEqual([
      { message: 'Own words', days: 30 },
      { message: 'Words for all', days: 30 },
    ]);
  });

  it.each(['0', '91', 'soon', ''])('refuses %o days and keeps what was typed', async (validityDays) => {
    const path = pathOf(await uploaded(admin, `d${validityDays}@days.example.org`));
    await admin.open(`${path}/choices`);
    const page = await admin.submit(`${path}/choices`, { validityDays, message: 'Kept' });
    expect(page.status).toBe(422);
    expect(page.$('textarea[name=message]').text().trim()).toBe('Kept');
    expect(page.$('[role=alert] a[href="#validityDays"]').length).toBe(1);
  });

  it('never includes what must not be, whatever is sent by hand', async () => {
    await invited('open@never.example.org');
    const preview = await uploaded(admin, 'open@never.example.org\nnot an address\nok@never.example.org\n');
    const path = pathOf(preview);
    await admin.open(`${path}/choices`);
    await admin.submit(`${path}/choices`, {
      'include[open]': 'yes',
      'include[invalid]': 'yes',
      'include[x]': 'yes',
    });
    expect(admin.page.text).toContain('Send 1 invitation');
    await sent(admin);
    expect(await mailsOf('never.example.org')).toEqual([
      { invitations: 1, mails: 1 },
      { invitations: 1, mails: 1 },
    ]);
  });

  it('must be what the button said when it is pressed', async () => {
    await revoke((await invited('r@count.example.org')).invitation.id, null, system);
    const path = pathOf(await uploaded(admin, 'r@count.example.org\nn@count.example.org\n'));
    await admin.open(`${path}/choices`);
    await admin.submit(`${path}/choices`, { 'include[revoked]': 'yes' });
    const late = await admin.post(`${path}/sending`, { count: '1' });
    expect(late.status).toBe(422);
    expect(late.text).toContain('Somebody changed what is included');
    expect(
      await row(`select 1 from batches where id = $1 and confirmed_at is not null`, [path.split('/').at(-1)]),
    ).toBeNull();
  });
});

describe('the same again', () => {
  it('sends nothing twice: two clicks, the file again, two workers', async () => {
    const file = 'email\na@again.example.org\nb@again.example.org\n';
    const first = await uploaded(admin, file);
    const second = await uploaded(admin, file);
    const paths = [pathOf(first), pathOf(first), pathOf(second)];
    const answers = await Promise.all(paths.map((path) => admin.post(`${path}/sending`, { count: '2' })));
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    await Promise.all([work(), work()]);
    await work();
    expect(await mailsOf('again.example.org')).toEqual([
      { invitations: 1, mails: 1 },
      { invitations: 1, mails: 1 },
    ]);
    const counts = await rows<{ done: number; skipped: number }>(
      'select sum(done)::int as done, sum(skipped)::int as skipped from batches where id = any($1::bigint[])',
      [[idOf(first), idOf(second)]],
    );
    expect(counts).toEqual([{ done: 2, skipped: 2 }]);
    const third = await uploaded(admin, file);
    expect(await verdictsOf(third)).toEqual({ 2: 'open', 3: 'open' });
  });

  it('leaves out whoever was invited or declined since the preview, and says so', async () => {
    const preview = await uploaded(admin, 'a@since.example.org\nb@since.example.org\nc@since.example.org\n');
    await invited('a@since.example.org');
    await account('c@since.example.org');
    const result = await sent(admin);
    expect(result.text).toContain('1 person is invited.');
    expect(result.text).toContain('1: somebody invited them in the meantime');
    expect(result.text).toContain('1: they have an account by now');
    const left = await admin.open(`${pathOf(preview)}?left=out`);
    expect(left.text).toContain('a@since.example.org');
    expect(left.text).not.toContain('b@since.example.org');
  });
});

describe('the downloads', () => {
  it('hold every row with its verdict, safe against formulas, and are noted', async () => {
    const preview = await uploaded(
      admin,
      `email,name\nx@export.example.org,"=HYPERLINK(""http://evil.example"")"\nbroken,\n`,
    );
    const path = pathOf(preview);
    const before = await admin.post(`${path}/exports`, {});
    expect(before.headers['content-disposition']).toContain('verdicts.csv');
    expect(before.text).toContain(
      `2,x@export.example.org,"'=HYPERLINK(""http://evil.example"")",No record,,included`,
    );
    expect(before.text).toContain(
      '3,broken,,Can’t be read,“broken” is no e-mail address: it has no @,not included',
    );
    await sent(admin);
    const after = await admin.post(`${path}/exports`, {});
    expect(after.headers['content-disposition']).toContain('report.csv');
    expect(after.text).toContain(',No record,,sent');
    expect(after.text).not.toContain('token=');
    const noted = await rows(
      `select 1 from audit_events where action = 'batch.exported' and subject_id = $1`,
      [idOf(preview)],
    );
    expect(noted).toHaveLength(2);
  });
});

describe('who may do what', () => {
  it('support comes nowhere near, by page or by hand', async () => {
    const path = pathOf(await uploaded(admin, 's@support.example.org'));
    const support = await staff('support');
    await support.open('/admin/invitations');
    expect(support.page.html).not.toContain('/admin/batches');
    for (const page of [
      '/admin/batches',
      '/admin/batches/new',
      path,
      `${path}/choices`,
      `${path}/mapping`,
      `${path}/recall`,
    ])
      expect((await support.agent.get(page)).status).toBe(403);
    for (const form of ['mapping', 'choices', 'sending', 'recall', 'exports'])
      expect((await support.post(`${path}/${form}`, { count: '1' })).status).toBe(403);
    const sending = support.agent.post('/admin/batches').attach('file', Buffer.from('x@y.org'), 'a.csv');
    expect((await sending).status).toBe(403);
    expect(
      await row(
        `select 1 from batches where made_by <> (select id from accounts where email = 'admin@example.org')`,
      ),
    ).toBeNull();
  });
});
