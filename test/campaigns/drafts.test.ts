import { beforeAll, describe, expect, it } from 'vitest';
import { archiveGroup, createGroup } from '../../src/groups/group.ts';
import { revokeInvitations } from '../../src/invitations/revoke.ts';
import { liftSuppressions, suppress } from '../../src/platform/mail/suppressions.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  newVisitor,
  runJobs,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import { columnTexts, type VisitedPage, type Visitor } from '../support/visitor.ts';
import { changed, checkedImport, drafted, idOf, mailsOf, pathOf, people, sent } from './campaign.ts';

const system = { kind: 'system' } as const;
const thisYear = new Date().getUTCFullYear();
let admin: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
});

/** The reasons of a draft with their numbers, as its table says. */
function reasonsOn(page: VisitedPage): Record<string, string> {
  const [names, counts] = [columnTexts(page, 'Reason'), columnTexts(page, 'Recipients')];
  return Object.fromEntries(names.map((name, index) => [name, counts[index] ?? '']));
}

describe('making a draft', () => {
  it('makes one, however often the button is pressed', async () => {
    const importId = await checkedImport(people('pressed.example.org', 3));
    const fields = { importId, name: 'Spring' };
    const answers = await Promise.all([1, 2, 3].map(() => admin.post('/admin/campaigns', fields)));
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    expect(await queryRows('select 1 from campaigns where import_id = $1', [importId])).toHaveLength(1);
  });
});

describe('a draft', () => {
  it('says of everyone what is known, and counts each reason in the order of severity', async () => {
    const at = (name: string) => `${name}@reason.example.org`;
    await createTestRecord(at('known'));
    await createTestRecord(at('several'));
    await createTestRecord(at('several'), { lastName: 'Boateng' });
    await createTestRecord(at('minor'), { yearOfBirth: thisYear - 15 });
    await queryRows('update alumni_members set deceased = true where id = $1', [
      await createTestRecord(at('dead')),
    ]);
    await queryRows('update alumni_members set active = false where id = $1', [
      await createTestRecord(at('inactive')),
    ]);
    await createTestAccount(at('account'));
    const { id: memberId } = await createTestAccount(at('member'));
    const group = await createGroup({ name: 'Harbour Chapter', description: '' }, system);
    await queryRows(
      `insert into memberships (group_id, account_id, role, joined_at) values ($1, $2, 'member', now())`,
      [group.id, memberId],
    );
    await createTestInvitation(at('open'));
    await revokeInvitations(
      [(await createTestInvitation(at('revoked'))).invitationId],
      'left the list',
      system,
    );
    for (const name of ['declined', 'both']) {
      const { invitationId } = await createTestInvitation(at(name));
      await queryRows(
        `update invitations set declined_at = now(), declined_reason = 'not-me' where id = $1`,
        [invitationId],
      );
    }
    await createTestInvitation(at('both'), { override: ['declined'] });
    await suppress([{ email: at('bounced'), kind: 'bounced' }], system);
    const lines: [string, string][] = [
      ['KNOWN', 'Ready'],
      ['several', 'Several records'],
      ['unknown', 'No record'],
      ['minor', 'Minor'],
      ['dead', 'Deceased'],
      ['inactive', 'Record inactive'],
      ['account', 'Has an account'],
      ['member', 'Already in the group'],
      ['open', 'Already invited'],
      ['revoked', 'Revoked earlier'],
      ['declined', 'Declined'],
      ['both', 'Already invited'],
      ['bounced', 'Bounced'],
    ];
    const draft = await drafted(
      admin,
      lines.map(([name]) => ({ email: at(name), groupId: name === 'member' ? group.id : null })),
    );
    expect(columnTexts(draft, 'Status')).toEqual(lines.map(([, status]) => status));
    expect(Object.entries(reasonsOn(draft))).toEqual([
      ['Ready', '5'],
      ['Deceased', '1'],
      ['Bounced', '1'],
      ['Already invited', '2'],
      ['Has an account', '1'],
      ['Already in the group', '1'],
      ['Declined', '2'],
      ['Record inactive', '1'],
      ['Revoked earlier', '1'],
      ['Minor', '1'],
      ['Several records', '1'],
      ['No record', '6'],
    ]);
    expect(draft.text).toContain('5 of 13 recipients will be invited');
    const why = async (reason: string) => (await admin.open(`${pathOf(draft)}?reason=${reason}`)).text;
    expect(await why('revoked')).toContain('left the list');
    expect(await why('declined')).toContain(at('both'));
    expect(await why('declined')).toContain('the invitation isn’t for them');
    expect(await why('ready')).not.toContain(at('open'));
  });

  it('invites those with warnings only where every warning is overridden, and blocked ones never', async () => {
    const at = (name: string) => `${name}@override.example.org`;
    for (const name of ['declined', 'both']) {
      const { invitationId } = await createTestInvitation(at(name));
      await queryRows(
        `update invitations set declined_at = now(), declined_reason = 'not-me' where id = $1`,
        [invitationId],
      );
    }
    await createTestInvitation(at('both'), { override: ['declined'] });
    await suppress([{ email: at('bounced'), kind: 'bounced' }], system);
    const draft = await drafted(
      admin,
      ['declined', 'both', 'bounced'].map((name) => ({ email: at(name) })),
    );
    const path = pathOf(draft);
    expect(draft.text).toContain('Nobody can be invited as things are');
    expect(draft.$(`form[action="${path}/sending"]`)).toHaveLength(0);
    expect(columnTexts(draft, 'Invited')).toContain('Never. See why');
    expect(draft.$('a[href="/admin/suppressions?kind=bounced"]')).toHaveLength(1);
    await admin.open(`${path}/settings`);
    expect(admin.page.$('[name="override[bounced]"]')).toHaveLength(0);
    await admin.submit(`${path}/settings`, { 'override[declined]': 'yes', 'override[bounced]': 'yes' });
    expect(columnTexts(admin.page, 'Included').map((words) => words.split(' See')[0])).toEqual([
      'Included',
      'Not included',
      'Not included',
    ]);
    await changed(admin, { 'override[open]': 'yes' });
    expect(admin.page.text).toContain('2 of 3 recipients will be invited');
    const result = await sent(admin);
    expect(columnTexts(result, 'What happened')).toEqual(['Sent', 'Sent', 'Not included']);
    expect(await mailsOf('override.example.org')).toEqual([
      { invitations: 3, mails: 3 },
      { invitations: 2, mails: 2 },
    ]);
  });

  it('is checked again on request, once the cause of a reason is gone', async () => {
    const email = 'back@again.example.org';
    await suppress([{ email, kind: 'bounced' }], system);
    const draft = await drafted(admin, [{ email }]);
    expect(draft.text).toContain('0 of 1 recipient will be invited');
    await liftSuppressions(email, ['bounced'], 'it works again', system);
    await admin.submit(`${pathOf(draft)}/checks`);
    expect(admin.page.text).toContain('0 of 1 checked');
    await runJobs();
    expect((await admin.open(pathOf(draft))).text).toContain('1 of 1 recipient will be invited');
  });

  it('asks whether it is the right file when most of many addresses are not in the directory', async () => {
    const strangers = people('strangers.example.org', 60);
    const question = 'of these addresses are not in the directory';
    expect((await drafted(admin, strangers)).text).toContain(`100% ${question}`);
    expect((await drafted(admin, strangers.slice(0, 10))).text).not.toContain(question);
  });

  it('shows the mail as a recipient will get it, without a link that works', async () => {
    const group = await createGroup({ name: 'Preview Chapter', description: '' }, system);
    const draft = await drafted(admin, [
      { email: 'own@preview.example.org', message: 'Own words', groupId: group.id },
      { email: 'other@preview.example.org' },
    ]);
    await changed(admin, { message: 'Words for all' });
    const own = await admin.open(`${pathOf(draft)}/preview`);
    expect(own.text).toContain('This is the mail to own@preview.example.org');
    expect(own.text).toContain('Own words');
    expect(own.text).toContain('Preview Chapter');
    expect(own.text).toContain('link-omitted');
    const other = await admin.open(`${pathOf(draft)}/preview/html?recipient=3`);
    expect(other.text).toContain('Words for all');
    expect((await admin.open(`${pathOf(draft)}/preview?recipient=9`)).status).toBe(404);
  });

  it('is deleted with its recipients, but not once it is sent', async () => {
    const path = pathOf(await drafted(admin));
    await admin.open(`${path}/deletion`);
    const list = await admin.submit(`${path}/deletion`);
    expect(list.text).toContain('The draft “Spring reunion” is deleted.');
    expect((await admin.open(path)).status).toBe(404);
    expect(
      await queryRows('select 1 from campaign_recipients where campaign_id = $1', [path.split('/').at(-1)]),
    ).toEqual([]);
    const other = pathOf(await drafted(admin));
    await sent(admin);
    expect((await admin.open(`${other}/deletion`)).status).toBe(409);
    expect((await admin.post(`${other}/deletion`)).status).toBe(409);
    expect((await admin.open(`${other}/settings`)).status).toBe(409);
  });
});

describe('the settings', () => {
  it.each(['0', '91', 'soon', ''])('refuse %o days and keep what was typed', async (validityDays) => {
    await drafted(admin);
    const page = await changed(admin, { validityDays, message: 'Kept' });
    expect(page.status).toBe(422);
    expect(page.$('textarea[name=message]').text().trim()).toBe('Kept');
    expect(page.$('[role=alert] a[href="#validityDays"]')).toHaveLength(1);
  });

  it('refuse an archived group', async () => {
    const group = await createGroup({ name: 'Closed', description: '' }, system);
    await archiveGroup(group.id, system);
    await drafted(admin);
    const page = await changed(admin, { groupId: group.id });
    expect(page.status).toBe(422);
    expect(page.text).toContain('This group is archived. Choose another one');
  });

  it('that somebody else changed meanwhile are not overwritten unseen', async () => {
    await createTestAccount('second@example.org', 'admin', 'Second of the office');
    const other = newVisitor();
    await other.signIn('second@example.org', validPassword);
    const path = pathOf(await drafted(admin));
    await admin.open(`${path}/settings`);
    await other.open(path);
    await changed(other, { validityDays: '30' });
    const late = await admin.submit(`${path}/settings`, { message: 'Typed' });
    expect(late.status).toBe(409);
    expect(late.text).toContain('Second of the office: Valid for (days): 7 → 30');
    expect(late.$('textarea[name=message]').text().trim()).toBe('Typed');
    const saved = await admin.submit(`${path}/settings`, { validityDays: '30' });
    expect(saved.text).toContain('Typed');
    expect(saved.text).toContain('30 days');
  });
});

describe('a new campaign', () => {
  it('needs a name and a checked file with people to invite', async () => {
    const create = (fields: Record<string, string>) => admin.postAndFollow('/admin/campaigns', fields);
    const importId = await checkedImport([{ email: 'a@new-campaign.example.org' }]);
    const nameless = await create({ importId, name: '' });
    expect(nameless.status).toBe(422);
    expect(nameless.text).toContain('Give the campaign a name');
    expect(nameless.$('[name=importId]').val()).toBe(importId);
    expect((await create({ importId: '999999', name: 'Nothing' })).status).toBe(404);
    expect((await create({ name: 'Nothing' })).text).toContain('Upload a list of people first');
    await queryRows('update imports set checked_at = null where id = $1', [importId]);
    expect((await create({ importId, name: 'Early' })).text).toContain('still being checked');
    const empty = await checkedImport([]);
    expect((await create({ importId: empty, name: 'Empty' })).text).toContain('No row of this file');
    await queryRows(`update imports set kind = 'alumni' where id = $1`, [empty]);
    expect((await create({ importId: empty, name: 'Records' })).text).toContain('alumni records');
  });

  it('whose file is deleted before its recipients are stored is deleted, too', async () => {
    const importId = await checkedImport([{ email: 'a@gone.example.org' }]);
    const page = await admin.postAndFollow('/admin/campaigns', { importId, name: 'Gone' });
    expect(page.text).toContain('Reading the addresses');
    await queryRows('delete from imports where id = $1', [importId]);
    await runJobs();
    const gone = await admin.open(pathOf(page));
    expect(gone.status).toBe(404);
    expect(gone.text).toContain('when its file is changed or deleted');
  });

  it('takes an address once, however often the file has it', async () => {
    const draft = await drafted(admin, [
      { email: 'Twice@once.example.org' },
      { email: 'twice@once.example.org' },
    ]);
    expect(draft.text).toContain('1 of 1 recipient will be invited');
  });

  it('is listed with its state, its figures and who sent it when', async () => {
    await drafted(admin, people('listed.example.org', 2), 'Listed reunion');
    await sent(admin);
    const list = await admin.open('/admin/campaigns');
    const cells = list
      .$('tr:contains("Listed reunion") td')
      .get()
      .map((cell) => list.$(cell).text().trim());
    expect(cells).toEqual([
      'Listed reunion',
      'Sent',
      '2',
      '2',
      '0',
      expect.stringMatching(/^\d+ \w+ \d{4}$/),
      'admin of the office',
    ]);
  });
});

describe('the download', () => {
  it('holds every recipient with reasons and what happened, safe against formulas, and is recorded', async () => {
    const draft = await drafted(admin, [
      { email: 'x@export.example.org', name: '=HYPERLINK("http://evil.example")' },
    ]);
    const path = pathOf(draft);
    const before = await admin.post(`${path}/exports`, {});
    expect(before.headers['content-disposition']).toContain(`campaign-${idOf(draft)}.csv`);
    expect(before.text).toContain(
      `2,x@export.example.org,"'=HYPERLINK(""http://evil.example"")",No record,No alumni record has this address. You can match the person by hand later.,Included`,
    );
    await sent(admin);
    const after = await admin.post(`${path}/exports`, {});
    expect(after.text).toMatch(/,No record,.*,Sent/);
    expect(after.text).not.toContain('token=');
    const recorded = await queryRows(
      `select 1 from audit_events where action = 'campaign.exported' and subject_id = $1`,
      [idOf(draft)],
    );
    expect(recorded).toHaveLength(2);
  });
});

describe('support staff', () => {
  it('see no campaign and can do nothing with one', async () => {
    const path = pathOf(await drafted(admin));
    const support = await signInStaff('support');
    await support.open('/admin/invitations');
    expect(support.page.html).not.toContain('/admin/campaigns"');
    const pages = ['', '/settings', '/preview', '/preview/html', '/deletion', '/recall'];
    for (const page of ['/admin/campaigns', '/admin/campaigns/new', ...pages.map((page) => path + page)])
      expect((await support.agent.get(page)).status).toBe(403);
    for (const form of ['settings', 'checks', 'sending', 'deletion', 'recall', 'exports'])
      expect((await support.post(`${path}/${form}`, { count: '1', version: '1' })).status).toBe(403);
    expect((await support.post('/admin/campaigns', { name: 'x' })).status).toBe(403);
    expect(
      await queryRow('select 1 from campaigns where id = $1 and confirmed_at is null', [
        path.split('/').at(-1),
      ]),
    ).not.toBeNull();
  });
});
