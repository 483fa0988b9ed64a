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
import {
  changeSettings,
  countInvitationMails,
  createCheckedImport,
  createDraft,
  idOf,
  pathOf,
  peopleAt,
  sendAndRun,
} from './campaign.ts';

const system = { kind: 'system' } as const;
const thisYear = new Date().getUTCFullYear();
let admin: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
});

/** The counts by reason, from the table of the page. */
function reasonCounts(page: VisitedPage): Record<string, string> {
  const [names, counts] = [columnTexts(page, 'Reason'), columnTexts(page, 'Recipients')];
  return Object.fromEntries(names.map((name, index) => [name, counts[index] ?? '']));
}

describe('creating a draft', () => {
  it('creates one draft for repeated requests', async () => {
    const importId = await createCheckedImport(peopleAt('pressed.example.org', 3));
    const fields = { importId, name: 'Spring' };
    const answers = await Promise.all([1, 2, 3].map(() => admin.post('/admin/campaigns', fields)));
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    expect(await queryRows('select 1 from campaigns where import_id = $1', [importId])).toHaveLength(1);
  });
});

describe('a draft', () => {
  it('shows the status of each recipient, and counts reasons by severity', async () => {
    const addressOf = (name: string) => `${name}@reason.example.org`;
    await createTestRecord(addressOf('known'));
    await createTestRecord(addressOf('several'));
    await createTestRecord(addressOf('several'), { lastName: 'Boateng' });
    await createTestRecord(addressOf('minor'), { yearOfBirth: thisYear - 15 });
    await queryRows('update alumni_members set deceased = true where id = $1', [
      await createTestRecord(addressOf('dead')),
    ]);
    await queryRows('update alumni_members set active = false where id = $1', [
      await createTestRecord(addressOf('inactive')),
    ]);
    await createTestAccount(addressOf('account'));
    const { id: memberId } = await createTestAccount(addressOf('member'));
    const group = await createGroup({ name: 'Harbour Chapter', description: '' }, system);
    await queryRows(
      `insert into memberships (group_id, account_id, role, joined_at) values ($1, $2, 'member', now())`,
      [group.id, memberId],
    );
    await createTestInvitation(addressOf('open'));
    await revokeInvitations(
      [(await createTestInvitation(addressOf('revoked'))).invitationId],
      'left the list',
      system,
    );
    for (const name of ['declined', 'both']) {
      const { invitationId } = await createTestInvitation(addressOf(name));
      await queryRows(
        `update invitations set declined_at = now(), declined_reason = 'not-me' where id = $1`,
        [invitationId],
      );
    }
    await createTestInvitation(addressOf('both'), { override: ['declined'] });
    await suppress([{ email: addressOf('bounced'), kind: 'bounced' }], system);
    const lines: [string, string][] = [
      ['KNOWN', 'Ready'],
      ['several', 'Several records'],
      ['unknown', 'No record'],
      ['minor', 'Needs a guardian’s consent'],
      ['dead', 'Deceased'],
      ['inactive', 'Inactive record'],
      ['account', 'Has an account'],
      ['member', 'Already in the group'],
      ['open', 'Already invited'],
      ['revoked', 'Revoked earlier'],
      ['declined', 'Declined'],
      ['both', 'Already invited'],
      ['bounced', 'Bounced'],
    ];
    const draft = await createDraft(
      admin,
      lines.map(([name]) => ({ email: addressOf(name), groupId: name === 'member' ? group.id : null })),
    );
    expect(columnTexts(draft, 'Status')).toEqual(lines.map(([, status]) => status));
    expect(Object.entries(reasonCounts(draft))).toEqual([
      ['Ready', '5'],
      ['Deceased', '1'],
      ['Bounced', '1'],
      ['Already invited', '2'],
      ['Has an account', '1'],
      ['Already in the group', '1'],
      ['Declined', '2'],
      ['Inactive record', '1'],
      ['Revoked earlier', '1'],
      ['Needs a guardian’s consent', '1'],
      ['Several records', '1'],
      ['No record', '6'],
    ]);
    expect(draft.text).toContain('5 of 13 recipients will be invited');
    const textFor = async (reason: string) => (await admin.open(`${pathOf(draft)}?reason=${reason}`)).text;
    expect(await textFor('revoked')).toContain('left the list');
    expect(await textFor('declined')).toContain(addressOf('both'));
    expect(await textFor('declined')).toContain('the invitation isn’t for them');
    expect(await textFor('ready')).not.toContain(addressOf('open'));
  });

  it('includes recipients with warnings only if all are overridden, and blocked ones never', async () => {
    const addressOf = (name: string) => `${name}@override.example.org`;
    for (const name of ['declined', 'both']) {
      const { invitationId } = await createTestInvitation(addressOf(name));
      await queryRows(
        `update invitations set declined_at = now(), declined_reason = 'not-me' where id = $1`,
        [invitationId],
      );
    }
    await createTestInvitation(addressOf('both'), { override: ['declined'] });
    await suppress([{ email: addressOf('bounced'), kind: 'bounced' }], system);
    const draft = await createDraft(
      admin,
      ['declined', 'both', 'bounced'].map((name) => ({ email: addressOf(name) })),
    );
    const path = pathOf(draft);
    expect(draft.text).toContain('Nobody can be invited with these settings');
    expect(draft.$(`form[action="${path}/sending"]`)).toHaveLength(0);
    expect(columnTexts(draft, 'Invited')).toContain('No. See why');
    expect(draft.$('a[href="/admin/suppressions?kind=bounced"]')).toHaveLength(1);
    await admin.open(`${path}/settings`);
    expect(admin.page.$('[name="override[bounced]"]')).toHaveLength(0);
    await admin.submit(`${path}/settings`, { 'override[declined]': 'yes', 'override[bounced]': 'yes' });
    expect(columnTexts(admin.page, 'Included').map((words) => words.split(' See')[0])).toEqual([
      'Included',
      'Not included',
      'Not included',
    ]);
    await changeSettings(admin, { 'override[open]': 'yes' });
    expect(admin.page.text).toContain('2 of 3 recipients will be invited');
    const result = await sendAndRun(admin);
    expect(columnTexts(result, 'What happened')).toEqual(['Sent', 'Sent', 'Not included']);
    expect(await countInvitationMails('override.example.org')).toEqual([
      { invitations: 3, mails: 3 },
      { invitations: 2, mails: 2 },
    ]);
  });

  it('can be checked again after the cause of a reason is removed', async () => {
    const email = 'back@again.example.org';
    await suppress([{ email, kind: 'bounced' }], system);
    const draft = await createDraft(admin, [{ email }]);
    expect(draft.text).toContain('0 of 1 recipient will be invited');
    await liftSuppressions(email, ['bounced'], 'it works again', system);
    await admin.submit(`${pathOf(draft)}/checks`);
    expect(admin.page.text).toContain('0 of 1 checked');
    await runJobs();
    expect((await admin.open(pathOf(draft))).text).toContain('1 of 1 recipient will be invited');
  });

  it('warns if most of many addresses have no record', async () => {
    const strangers = peopleAt('strangers.example.org', 60);
    const question = 'of these addresses aren’t in the directory';
    expect((await createDraft(admin, strangers)).text).toContain(`100% ${question}`);
    expect((await createDraft(admin, strangers.slice(0, 10))).text).not.toContain(question);
  });

  it('previews the mail to a recipient without a working link', async () => {
    const group = await createGroup({ name: 'Preview Chapter', description: '' }, system);
    const draft = await createDraft(admin, [
      { email: 'own@preview.example.org', message: 'Own words', groupId: group.id },
      { email: 'other@preview.example.org' },
    ]);
    await createTestRecord('other@preview.example.org');
    await changeSettings(admin, { message: 'Words for all' });
    const own = await admin.open(`${pathOf(draft)}/preview`);
    expect(own.text).toContain('This is the e-mail to own@preview.example.org');
    expect(own.text).toContain('Own words');
    expect(own.text).toContain('Preview Chapter');
    expect(own.text).toContain('link-omitted');
    const other = await admin.open(`${pathOf(draft)}/preview/html?recipient=3`);
    expect(other.text).toContain('Words for all');
    expect(other.text).toContain('Hello Amma,');
    expect(other.text).toContain('We have you on file as Amma Owusu, batch of 2002, Harbour.');
    expect((await admin.open(`${pathOf(draft)}/preview?recipient=9`)).status).toBe(404);
  });

  it('can be deleted with its recipients until it is sent', async () => {
    const path = pathOf(await createDraft(admin));
    await admin.open(`${path}/deletion`);
    const list = await admin.submit(`${path}/deletion`);
    expect(list.text).toContain('The draft “Spring reunion” was deleted.');
    expect((await admin.open(path)).status).toBe(404);
    expect(
      await queryRows('select 1 from campaign_recipients where campaign_id = $1', [path.split('/').at(-1)]),
    ).toEqual([]);
    const other = pathOf(await createDraft(admin));
    await sendAndRun(admin);
    expect((await admin.open(`${other}/deletion`)).status).toBe(409);
    expect((await admin.post(`${other}/deletion`)).status).toBe(409);
    expect((await admin.open(`${other}/settings`)).status).toBe(409);
  });
});

describe('the settings of a draft', () => {
  it.each(['0', '91', 'soon', ''])('reject %o days and keep the typed values', async (validityDays) => {
    await createDraft(admin);
    const page = await changeSettings(admin, { validityDays, message: 'Kept' });
    expect(page.status).toBe(422);
    expect(page.$('textarea[name=message]').text().trim()).toBe('Kept');
    expect(page.$('[role=alert] a[href="#validityDays"]')).toHaveLength(1);
  });

  it('reject an archived group', async () => {
    const group = await createGroup({ name: 'Closed', description: '' }, system);
    await archiveGroup(group.id, system);
    await createDraft(admin);
    const page = await changeSettings(admin, { groupId: group.id });
    expect(page.status).toBe(422);
    expect(page.text).toContain('This group is archived. Choose another one');
  });

  it('don’t overwrite changes by someone else', async () => {
    await createTestAccount('second@example.org', 'admin', 'Second of the office');
    const other = newVisitor();
    await other.signIn('second@example.org', validPassword);
    const path = pathOf(await createDraft(admin));
    await admin.open(`${path}/settings`);
    await other.open(path);
    await changeSettings(other, { validityDays: '30' });
    const late = await admin.submit(`${path}/settings`, { message: 'Typed' });
    expect(late.status).toBe(409);
    expect(late.text).toContain('Second of the office changed: days valid (7 → 30)');
    expect(late.$('textarea[name=message]').text().trim()).toBe('Typed');
    const saved = await admin.submit(`${path}/settings`, { validityDays: '30' });
    expect(saved.text).toContain('Typed');
    expect(saved.text).toContain('30 days');
  });
});

describe('a new campaign', () => {
  it('needs a name and a checked file with people to invite', async () => {
    const create = (fields: Record<string, string>) => admin.postAndFollow('/admin/campaigns', fields);
    const importId = await createCheckedImport([{ email: 'a@new-campaign.example.org' }]);
    const nameless = await create({ importId, name: '' });
    expect(nameless.status).toBe(422);
    expect(nameless.text).toContain('Enter a name for the campaign');
    expect(nameless.$('[name=importId]').val()).toBe(importId);
    expect((await create({ importId: '999999', name: 'Nothing' })).status).toBe(404);
    expect((await create({ name: 'Nothing' })).text).toContain('Upload a list of people first');
    await queryRows('update imports set checked_at = null where id = $1', [importId]);
    expect((await create({ importId, name: 'Early' })).text).toContain('still checking this file');
    const empty = await createCheckedImport([]);
    expect((await create({ importId: empty, name: 'Empty' })).text).toContain(
      'None of the rows in this file',
    );
    await queryRows(`update imports set kind = 'alumni' where id = $1`, [empty]);
    expect((await create({ importId: empty, name: 'Records' })).text).toContain('alumni records');
  });

  it('is deleted if its file is deleted before its recipients are stored', async () => {
    const importId = await createCheckedImport([{ email: 'a@gone.example.org' }]);
    const page = await admin.postAndFollow('/admin/campaigns', { importId, name: 'Gone' });
    expect(page.text).toContain('Reading the addresses');
    await queryRows('delete from imports where id = $1', [importId]);
    await runJobs();
    const gone = await admin.open(pathOf(page));
    expect(gone.status).toBe(404);
    expect(gone.text).toContain('if someone changes or deletes their file');
  });

  it('has each address once', async () => {
    const draft = await createDraft(admin, [
      { email: 'Twice@once.example.org' },
      { email: 'twice@once.example.org' },
    ]);
    expect(draft.text).toContain('1 of 1 recipient will be invited');
  });

  it('is listed with its state, counts, date and sender', async () => {
    await createDraft(admin, peopleAt('listed.example.org', 2), 'Listed reunion');
    await sendAndRun(admin);
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

describe('the export of recipients', () => {
  it('has every recipient with reasons and outcome, formulas escaped, and is recorded', async () => {
    const draft = await createDraft(admin, [
      { email: 'x@export.example.org', name: '=HYPERLINK("http://evil.example")' },
    ]);
    const path = pathOf(draft);
    const before = await admin.post(`${path}/exports`, {});
    expect(before.headers['content-disposition']).toContain(`campaign-${idOf(draft)}.csv`);
    expect(before.text).toContain(
      `2,x@export.example.org,"'=HYPERLINK(""http://evil.example"")",No record,No alumni record has this address. You can match the person to a record after they register.,Included`,
    );
    await sendAndRun(admin);
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
  it('can neither see nor change campaigns', async () => {
    const path = pathOf(await createDraft(admin));
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
