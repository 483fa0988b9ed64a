import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { runCampaign } from '../../src/campaigns/run.ts';
import { archiveGroup, createGroup } from '../../src/groups/group.ts';
import { findOpenInvitation } from '../../src/invitations/invitation.ts';
import { resendInvitations } from '../../src/invitations/resend.ts';
import { startWorker } from '../../src/platform/jobs/worker.ts';
import { liftSuppressions, suppress } from '../../src/platform/mail/suppressions.ts';
import { createTasks } from '../../src/tasks.ts';
import { duringTransaction } from '../support/concurrent-transaction.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  ageSignIns,
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  latestMail,
  newVisitor,
  runJobs,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import { columnTexts, type Visitor } from '../support/visitor.ts';
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
let admin: Visitor;
let other: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
  await createTestAccount('other@example.org', 'admin', 'Other of the office');
  other = newVisitor();
  await other.signIn('other@example.org', validPassword);
});

const campaignTasks = () => {
  const { 'run-campaign': step } = createTasks();
  return step ? { 'run-campaign': step } : {};
};
const findCampaign = (id: string) =>
  queryRow<{
    invitedCount: number;
    skippedCount: number;
    recalledCount: number;
    isFinished: boolean;
    isRecalled: boolean;
  }>(
    `select invited_count as "invitedCount", skipped_count as "skippedCount", recalled_count as "recalledCount",
       finished_at is not null as "isFinished", recall_finished_at is not null as "isRecalled"
     from campaigns where id = $1`,
    [id],
  );

describe('a campaign', () => {
  it('sends each recipient one mail with a working link, and stores their names', async () => {
    await createTestRecord('amma@first.example.org', { lastName: 'Boateng' });
    const draft = await createDraft(admin, [
      { email: 'amma@first.example.org', name: 'Amma Owusu', message: 'Dear Amma' },
      { email: 'kofi@first.example.org', name: 'Kofi Mensah' },
    ]);
    expect(draft.text).toContain('2 of 2 recipients will be invited. Nothing has been sent yet.');
    expect(await countInvitationMails('first.example.org')).toEqual([]);
    expect(draft.$('button:contains("Send 2 invitations")')).toHaveLength(1);
    const result = await sendAndRun(admin);
    expect(result.text).toContain('2 people have been invited.');
    const mail = await latestMail('amma@first.example.org');
    expect(mail.text).toContain('Dear Amma');
    expect((await newVisitor().open(mail.links[0] ?? '')).path).toBe('/register');
    const invitations = await queryRows(
      `select i.name, i.batch, i.center, i.campaign_id as "campaignId", a.email as inviter from invitations i
       join accounts a on a.id = i.invited_by where i.email like '%@first.example.org' order by i.email`,
    );
    const common = { campaignId: idOf(result), inviter: 'admin@example.org' };
    expect(invitations).toEqual([
      { ...common, name: 'Amma Boateng', batch: 2002, center: 'Harbour' },
      { ...common, name: 'Kofi Mensah', batch: null, center: null },
    ]);
    const events = await queryRows<{ action: string }>(
      `select action from audit_events where subject_type = 'campaign' and subject_id = $1 order by id`,
      [idOf(result)],
    );
    expect(events.map(({ action }) => action)).toEqual(
      ['created', 'sent', 'finished'].map((verb) => `campaign.${verb}`),
    );
  });

  it('uses its settings for recipients without their own', async () => {
    await createDraft(admin, [
      { email: 'a@chosen.example.org', message: 'Own words' },
      { email: 'b@chosen.example.org' },
    ]);
    await changeSettings(admin, { validityDays: '30', message: 'Words for all' });
    expect(admin.page.text).toContain('30 days');
    await sendAndRun(admin);
    const invitations = await queryRows(
      `select message, validity_days as days from invitations where email like '%@chosen.example.org' order by email`,
    );
    expect(invitations).toEqual([
      { message: 'Own words', days: 30 },
      { message: 'Words for all', days: 30 },
    ]);
  });

  it('invites people with an account to the group of their line, or otherwise to its own', async () => {
    const group = await createGroup({ name: 'Reunion', description: '' }, system);
    await createTestAccount('one@group.example.org');
    await createTestAccount('two@group.example.org');
    const draft = await createDraft(admin, [
      { email: 'one@group.example.org', groupId: group.id, groupRole: 'owner' },
      { email: 'two@group.example.org' },
    ]);
    expect(columnTexts(draft, 'Status')).toEqual(['Ready', 'Has an account']);
    await changeSettings(admin, { groupId: group.id, groupRole: 'admin' });
    expect(columnTexts(admin.page, 'Status')).toEqual(['Ready', 'Ready']);
    await sendAndRun(admin);
    const invitations = await queryRows(
      `select email, group_id as "groupId", group_role as role from invitations
       where email like '%@group.example.org' order by email`,
    );
    expect(invitations).toEqual([
      { email: 'one@group.example.org', groupId: group.id, role: 'owner' },
      { email: 'two@group.example.org', groupId: group.id, role: 'admin' },
    ]);
  });
});

describe('sending a campaign', () => {
  it('invites everyone once with concurrent requests, campaigns and workers', async () => {
    const lines = peopleAt('again.example.org', 2);
    const first = pathOf(await createDraft(admin, lines));
    const second = pathOf(await createDraft(admin, lines));
    const fields = { count: '2', version: '1' };
    const answers = await Promise.all([
      admin.post(`${first}/sending`, fields),
      other.post(`${first}/sending`, fields),
      admin.post(`${second}/sending`, fields),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    await Promise.all([runJobs(), runJobs()]);
    await runJobs();
    const once = { invitations: 1, mails: 1 };
    expect(await countInvitationMails('again.example.org')).toEqual([once, once]);
    const sum = (
      await Promise.all([first, second].map((path) => findCampaign(path.split('/').at(-1) ?? '')))
    ).map((campaign) => [campaign?.invitedCount ?? 0, campaign?.skippedCount ?? 0]);
    expect(sum.sort()).toEqual([
      [0, 2],
      [2, 0],
    ]);
    expect(columnTexts(await createDraft(admin, lines), 'Status')).toEqual([
      'Already invited',
      'Already invited',
    ]);
  });

  it.each([
    ['message', { message: 'Something else' }, 'message (changed)'],
    ['validity', { validityDays: '30' }, 'days valid (7 → 30)'],
    ['name', { name: 'Autumn' }, 'name (Spring reunion → Autumn)'],
    ['overrides', { 'override[open]': 'yes' }, 'warnings to ignore (none → open)'],
  ])('sends nothing and shows the change if someone else changed the %s', async (name, settings, change) => {
    await createTestInvitation(`o@${name}.example.org`);
    const path = pathOf(
      await createDraft(admin, [{ email: `o@${name}.example.org` }, { email: `n@${name}.example.org` }]),
    );
    await other.open(path);
    await changeSettings(other, settings);
    const late = await admin.submit(`${path}/sending`);
    expect(late.status).toBe(409);
    expect(late.text).toContain(`Other of the office changed: ${change}`);
    expect(late.text).toContain('Nothing was sent or saved');
    await runJobs();
    expect(await queryRows('select 1 from invitations where email = $1', [`n@${name}.example.org`])).toEqual(
      [],
    );
    // The response shows the current draft, so sending again confirms it.
    expect((await sendAndRun(admin)).text).toMatch(/\d (person has|people have) been invited/);
  });

  it('sends nothing, and checks everyone again, if someone else chose a group', async () => {
    const group = await createGroup({ name: 'Stale', description: '' }, system);
    const path = pathOf(await createDraft(admin));
    await other.open(path);
    await changeSettings(other, { groupId: group.id, groupRole: 'owner' });
    const late = await admin.submit(`${path}/sending`);
    expect(late.status).toBe(409);
    expect(late.text).toContain('group (none → Stale as owner)');
  });

  it('shows that someone else changed and sent it', async () => {
    const path = pathOf(await createDraft(admin));
    await other.open(path);
    await changeSettings(other, { validityDays: '30' });
    await sendAndRun(other);
    const late = await admin.submit(`${path}/sending`);
    expect(late.status).toBe(409);
    expect(late.text).toContain('days valid (7 → 30)');
    expect(late.text).toContain('It was sent like this on');
    expect(late.$('[role=alert] li').toArray()).toHaveLength(1);
  });

  it('sends nothing if the count differs from the page', async () => {
    const path = pathOf(await createDraft(admin));
    expect((await admin.post(`${path}/sending`, { count: '2', version: '1' })).status).toBe(409);
    expect((await admin.post(`${path}/sending`, {})).status).toBe(409);
    expect(await findCampaign(path.split('/').at(-1) ?? '')).toMatchObject({
      invitedCount: 0,
      isFinished: false,
    });
  });

  it('is refused while recipients are being checked', async () => {
    const path = pathOf(await createDraft(admin));
    await admin.submit(`${path}/checks`);
    const early = await admin.post(`${path}/sending`, { count: '1', version: '2' });
    expect(early.status).toBe(409);
    expect(early.text).toContain('still checking the recipients');
    await runJobs();
    expect((await sendAndRun(await opened(path))).text).toContain('1 person has been invited.');
  });

  const opened = async (path: string) => {
    await admin.open(path);
    return admin;
  };
});

describe('the check before an invitation is sent', () => {
  it('skips recipients who can no longer be invited, and shows the reasons', async () => {
    const addressOf = (name: string) => `${name}@since.example.org`;
    const group = await createGroup({ name: 'Closing', description: '' }, system);
    const draft = await createDraft(admin, [
      { email: addressOf('invited') },
      { email: addressOf('fine') },
      { email: addressOf('account') },
      { email: addressOf('bounced') },
      { email: addressOf('group'), groupId: group.id },
    ]);
    await createTestInvitation(addressOf('invited'));
    await createTestAccount(addressOf('account'));
    await suppress([{ email: addressOf('bounced'), kind: 'bounced' }], system);
    await archiveGroup(group.id, system);
    const result = await sendAndRun(admin);
    expect(result.text).toContain('1 person has been invited.');
    expect(columnTexts(result, 'What happened')).toEqual([
      'Not invited: Already invited',
      'Sent',
      'Not invited: Has an account',
      'Not invited: Bounced',
      'Not invited: The group is archived',
    ]);
    const skipped = await admin.open(`${pathOf(draft)}?reason=skipped`);
    expect(skipped.text).toContain(addressOf('bounced'));
    expect(skipped.text).not.toContain(addressOf('fine'));
  });

  it('skips a recipient with a new warning that was overridden only for others', async () => {
    const addressOf = (name: string) => `${name}@new.example.org`;
    await createTestInvitation(addressOf('seen'));
    await createDraft(admin, [{ email: addressOf('seen') }, { email: addressOf('new') }]);
    await changeSettings(admin, { 'override[open]': 'yes' });
    expect(admin.page.text).toContain('2 of 2 recipients will be invited');
    await createTestInvitation(addressOf('new'));
    const result = await sendAndRun(admin);
    expect(columnTexts(result, 'What happened')).toEqual(['Sent', 'Not invited: Already invited']);
    const open = await queryRows<{ email: string; count: number }>(
      `select email, count(*)::int as count from invitations where email like '%@new.example.org' and revoked_at is null
       group by email order by email`,
    );
    expect(open).toEqual([
      { email: addressOf('new'), count: 1 },
      { email: addressOf('seen'), count: 1 },
    ]);
    const [event] = await queryRows<{ override: string[] }>(
      `select e.detail -> 'override' as override from audit_events e join invitations i on i.id::text = e.subject_id
       where e.action = 'invitation.created' and i.email = $1 and i.campaign_id is not null`,
      [addressOf('seen')],
    );
    expect(event?.override).toEqual(['open']);
  });

  it('skips only the recipient who is invited elsewhere during the step', async () => {
    const draft = await createDraft(admin, peopleAt('clash.example.org', 3));
    await admin.submit(`${pathOf(draft)}/sending`);
    const byOthers = `insert into invitations (reference, email, validity_days, expires_at)
      values ('C7ASH001', 'Person1@clash.example.org', 7, now() + interval '7 days')`;
    const { step } = await duringTransaction(byOthers, [], async () => {
      const running = { step: runCampaign(idOf(draft)) };
      await vi.waitFor(
        async () =>
          expect(
            await queryRows(
              `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
            ),
          ).toHaveLength(1),
        5_000,
      );
      return running;
    });
    await step;
    await runJobs();
    expect(await findCampaign(idOf(draft))).toMatchObject({ invitedCount: 2, skippedCount: 1 });
    expect(columnTexts(await admin.open(pathOf(draft)), 'What happened')).toEqual([
      'Sent',
      'Not invited: Already invited',
      'Sent',
    ]);
  });
});

describe('the page of a sent campaign', () => {
  it('distinguishes queued, sent, opened, accepted and bounced mails, with a link to each invitation', async () => {
    const draft = await createDraft(admin, peopleAt('honest.example.org', 7));
    await admin.submit(`${pathOf(draft)}/sending`);
    for (let steps = 0; steps < 2; steps += 1) await runCampaign(idOf(draft));
    const queued = await admin.open(pathOf(draft));
    expect(queued.text).toContain('7 people have been invited. 7 e-mails are still waiting to be sent.');
    expect(queued.$('h1 + .status').text()).toBe('Being sent');
    expect(new Set(columnTexts(queued, 'What happened'))).toEqual(new Set(['Queued']));
    const facts = ['delivered_at', 'opened_at', 'accepted_at', 'bounced_at', 'declined_at', 'failed_at'];
    for (const [n, fact] of facts.entries()) {
      const declined = fact === 'declined_at' ? `, declined_reason = 'rather-not'` : '';
      await queryRows(`update invitations set ${fact} = now()${declined} where email = $1`, [
        `person${n}@honest.example.org`,
      ]);
    }
    const page = await admin.open(pathOf(draft));
    expect(columnTexts(page, 'What happened')).toEqual([
      'Sent',
      'Opened',
      'Accepted',
      'Bounced',
      'Declined',
      'Failed',
      'Queued',
    ]);
    expect(columnTexts(page, 'Invitations')).toEqual(['1', '1', '1', '1', '1', '1', '1']);
    const link = page.$('td[data-label="Address"] a').first().attr('href') ?? '';
    expect((await admin.open(link)).text).toContain('person0@honest.example.org');
    expect((await admin.follow('Spring reunion')).path).toBe(pathOf(draft));
    const list = await admin.open(`/admin/invitations?campaign=${idOf(draft)}`);
    expect(columnTexts(list, 'Address')).toHaveLength(7);
    expect(list.text).toContain('Campaign: Spring reunion');
    await runJobs();
  });
});

describe('a mail that is dropped', () => {
  it('isn’t shown as queued, and can be queued again after the suppression is lifted', async () => {
    const email = 'stopped@notsent.example.org';
    const draft = await createDraft(admin, [{ email }, { email: 'fine@notsent.example.org' }]);
    await admin.submit(`${pathOf(draft)}/sending`);
    for (let steps = 0; steps < 2; steps += 1) await runCampaign(idOf(draft));
    await suppress([{ email, kind: 'unsubscribed' }], system);
    await runJobs();
    const page = await admin.open(pathOf(draft));
    expect(columnTexts(page, 'What happened')).toEqual(['Not sent', 'Sent']);
    expect(page.$('h1 + .status').text()).toBe('Sent');
    expect(page.text).not.toContain('still waiting');
    expect(page.text).toContain('Recall the campaign');
    const list = await admin.open(`/admin/invitations?campaign=${idOf(draft)}&delivery=dropped`);
    expect(columnTexts(list, 'Address')).toHaveLength(1);
    await liftSuppressions(email, ['unsubscribed'], 'They called us', system);
    const open = await findOpenInvitation(email);
    await resendInvitations([open?.id ?? ''], { delivery: 'mail' }, system);
    expect(columnTexts(await admin.open(pathOf(draft)), 'What happened')).toEqual(['Queued', 'Sent']);
    await runJobs();
    expect(columnTexts(await admin.open(pathOf(draft)), 'What happened')).toEqual(['Sent', 'Sent']);
  });
});

describe('a killed worker', () => {
  /** Starts a worker, and kills it as soon as `progress` is above 0. */
  async function killWorkerDuring(progress: () => Promise<number | undefined>): Promise<void> {
    const script = join(import.meta.dirname, 'worker-process.ts');
    const env = { env: process.env, stdio: 'inherit' } as const;
    const worker = spawn(process.execPath, ['--import', 'tsx', script], env);
    const options = { timeout: 30_000, interval: 20 };
    await vi.waitFor(async () => expect(await progress()).toBeGreaterThan(0), options);
    worker.kill('SIGKILL');
  }

  it('during the check skips nobody', { timeout: 60_000 }, async () => {
    const count = 12_000;
    const importId = await createCheckedImport(peopleAt('halfway.example.org', count));
    await admin.open(`/admin/campaigns/new?import=${importId}`);
    const id = idOf(await admin.submit('/admin/campaigns', { name: 'Halfway' }));
    const state = () =>
      queryRow<{ checkedCount: number; counts: object; isChecked: boolean }>(
        `select checked_count as "checkedCount", reason_counts as counts, checked_at is not null as "isChecked" from campaigns where id = $1`,
        [id],
      );
    await killWorkerDuring(async () => (await state())?.checkedCount);
    expect((await state())?.isChecked).toBe(false);
    const next = await startWorker(campaignTasks(), { sweepMs: 200 });
    await vi.waitFor(async () => expect((await state())?.isChecked).toBe(true), { timeout: 30_000 });
    await next.stop();
    expect(await state()).toEqual({ checkedCount: count, counts: { 'no-record': count }, isChecked: true });
  });

  it('during sending neither skips nor repeats a recipient', { timeout: 60_000 }, async () => {
    const count = 6_000;
    const draft = await createDraft(admin, peopleAt('killed.example.org', count));
    const id = idOf(draft);
    await admin.submit(`${pathOf(draft)}/sending`);
    await killWorkerDuring(async () => (await findCampaign(id))?.invitedCount);
    expect((await findCampaign(id))?.isFinished).toBe(false);
    const next = await startWorker(campaignTasks(), { sweepMs: 200 });
    await vi.waitFor(async () => expect((await findCampaign(id))?.isFinished).toBe(true), {
      timeout: 30_000,
    });
    await next.stop();
    expect(await findCampaign(id)).toMatchObject({ invitedCount: count, skippedCount: 0 });
    expect(
      await queryRow(
        `select count(*)::int as invitations, count(distinct i.email)::int as addresses,
           count(distinct m.recipient)::int as recipients, count(m.id)::int as mails,
           (select count(*)::int from graphile_worker.jobs where key in (select 'message:' || m.id from messages m
             join invitations i on i.id = m.invitation_id where i.campaign_id = $1)) as jobs
         from invitations i join messages m on m.invitation_id = i.id where i.campaign_id = $1`,
        [id],
      ),
    ).toEqual({ invitations: count, addresses: count, recipients: count, mails: count, jobs: count });
    // Removes the jobs of these mails, which no test needs.
    await queryRows(
      `select graphile_worker.complete_jobs(array_agg(id)) from graphile_worker.jobs where task_identifier = 'send-message'`,
    );
  });
});

describe('recalling a campaign', () => {
  const recall = async (visitor: Visitor, path: string, reason = 'a wrong list') => {
    await visitor.open(`${path}/recall`);
    return visitor.submit(`${path}/recall`, { reason });
  };

  it('revokes open invitations with the reason, and leaves accepted ones', async () => {
    const path = pathOf(await createDraft(admin, peopleAt('recall.example.org', 3)));
    await sendAndRun(admin);
    const { links } = await latestMail('person1@recall.example.org');
    await queryRows(`update invitations set accepted_at = now() where email = 'person0@recall.example.org'`);
    await admin.open(`${path}/recall`);
    expect(admin.page.text).toContain('2 of its invitations haven’t been accepted yet');
    await recall(admin, path, 'the wrong year');
    expect(admin.page.text).toContain('We’re recalling the campaign');
    await runJobs();
    const result = await admin.open(path);
    expect(result.text).toContain('2 invitations were recalled.');
    expect(result.text).toContain('the wrong year');
    expect(columnTexts(result, 'What happened')).toEqual(['Accepted', 'Revoked', 'Revoked']);
    const states = await queryRows(
      `select revoked_reason as reason from invitations where email like '%@recall.example.org' order by email`,
    );
    expect(states).toEqual([{ reason: null }, { reason: 'the wrong year' }, { reason: 'the wrong year' }]);
    expect((await newVisitor().open(links[0] ?? '')).status).toBe(410);
    expect((await admin.open(`${path}/recall`)).status).toBe(409);
    const [event] = await queryRows<{ detail: object }>(
      `select detail from audit_events where action = 'invitation.revoked' order by id desc limit 1`,
    );
    expect(event?.detail).toEqual({ reason: 'the wrong year', campaignId: path.split('/').at(-1) });
  });

  it('ends the option to undo a decline', async () => {
    const email = 'declined@recalled.example.org';
    const path = pathOf(await createDraft(admin, [{ email }, { email: 'other@recalled.example.org' }]));
    await sendAndRun(admin);
    const { links } = await latestMail(email);
    const person = newVisitor();
    await person.open(links[0] ?? '');
    await person.open('/register/decline');
    await person.submit('/register/decline', { reason: 'rather-not' });
    expect(person.page.text).toContain('I changed my mind');
    await recall(admin, path, 'the wrong year');
    await runJobs();
    await person.submit('/register/decline/undo');
    expect(person.page.status).toBe(410);
    expect((await newVisitor().open(links[0] ?? '')).text).not.toContain('I changed my mind');
    expect(await findOpenInvitation(email)).toBeNull();
    expect(columnTexts(await admin.open(path), 'What happened')).toEqual(['Declined', 'Revoked']);
  });

  it('stops sending, and revokes what was sent', async () => {
    const draft = await createDraft(admin, peopleAt('middle.example.org', 3));
    await admin.submit(`${pathOf(draft)}/sending`);
    await runCampaign(idOf(draft));
    const page = await admin.open(`${pathOf(draft)}/recall`);
    expect(page.$('main .btn-danger').text()).toBe('Stop and recall');
    expect(page.text).not.toContain('been accepted yet');
    await recall(admin, pathOf(draft));
    await runJobs();
    expect(await findCampaign(idOf(draft))).toEqual({
      invitedCount: 3,
      skippedCount: 0,
      recalledCount: 3,
      isFinished: true,
      isRecalled: true,
    });
  });

  it('sends nothing if it precedes the first invitation', async () => {
    const draft = await createDraft(admin, peopleAt('before.example.org', 3));
    await admin.submit(`${pathOf(draft)}/sending`);
    await recall(admin, pathOf(draft));
    await runJobs();
    expect(await findCampaign(idOf(draft))).toMatchObject({
      invitedCount: 0,
      skippedCount: 3,
      isRecalled: true,
    });
    expect(await countInvitationMails('before.example.org')).toEqual([]);
    expect(columnTexts(await admin.open(pathOf(draft)), 'What happened')[0]).toBe(
      'Not invited: The campaign was recalled first',
    );
  });

  it('requires a reason and a recent sign-in', async () => {
    const path = pathOf(await createDraft(admin));
    await sendAndRun(admin);
    const without = await recall(admin, path, '');
    expect(without.status).toBe(422);
    expect(without.text).toContain('Enter a reason');
    await ageSignIns();
    const page = await admin.submit(`${path}/recall`, { reason: 'kept' });
    expect(page.status).toBe(403);
    expect(await findCampaign(path.split('/').at(-1) ?? '')).toMatchObject({ isRecalled: false });
    await admin.submit(`${path}/recall`, { currentPassword: validPassword });
    await runJobs();
    expect((await admin.open(path)).text).toContain('kept');
  });

  it('is refused for a draft', async () => {
    const path = pathOf(await createDraft(admin));
    expect((await admin.open(`${path}/recall`)).status).toBe(409);
    expect((await admin.post(`${path}/recall`, { reason: 'x' })).status).toBe(409);
  });
});
