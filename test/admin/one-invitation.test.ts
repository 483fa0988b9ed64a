import { beforeAll, describe, expect, it } from 'vitest';
import { createGroup } from '../../src/groups/group.ts';
import { findOpenInvitation, getInvitation, type Invitation } from '../../src/invitations/invitation.ts';
import { recordEvent } from '../../src/platform/audit/audit.ts';
import { config } from '../../src/platform/config/config.ts';
import { inTransaction } from '../../src/platform/db/database.ts';
import { suppress } from '../../src/platform/mail/suppressions.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  ageSignIns,
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  daysUntil,
  expireInvitation,
  latestMail,
  linkInMail,
  newVisitor,
  runJobs,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import { revoke } from '../support/operations.ts';
import type { VisitedPage, Visitor } from '../support/visitor.ts';

const command = { kind: 'command' } as const;

let admin: Visitor;
let support: Visitor;
let used = 0;

beforeAll(async () => {
  admin = await signInStaff('admin');
  support = await signInStaff('support');
});

const pathOf = ({ id }: Pick<Invitation, 'id'>) => `/admin/invitations/${id}`;
/** Opens a form of an invitation and submits it. */
async function submitForm(
  invitation: Invitation,
  form: string,
  fields: Record<string, string>,
): Promise<VisitedPage> {
  await admin.open(`${pathOf(invitation)}/${form}`);
  return admin.submit(`${pathOf(invitation)}/${form}`, fields);
}
const daysLeft = async ({ id }: Invitation) => daysUntil((await getInvitation(id)).expiresAt);
const auditOf = async ({ id }: Invitation) =>
  (
    await queryRows<{ action: string }>(
      `select action from audit_events where subject_type = 'invitation' and subject_id = $1 order by id`,
      [id],
    )
  ).map(({ action }) => action);
const buttonsOn = ({ $ }: VisitedPage) =>
  $('main .btn')
    .map((_, button) => $(button).text().trim())
    .get();
const mainButton = ({ $ }: VisitedPage) => $('main .btn-primary').text().trim();
const markBounced = (linkId: string) =>
  queryRows(`update messages set sent_at = null, bounced_at = now() where subject_id = $1`, [linkId]);

describe('resend', () => {
  it('is limited to three a day for support, not for administrators', async () => {
    const { invitation } = await createTestInvitation('again-and-again@example.org');
    const resend = async (visitor: Visitor) => {
      await visitor.open(pathOf(invitation));
      return visitor.post(`${pathOf(invitation)}/resends`, { delivery: 'mail' });
    };
    for (let times = 1; times <= 3; times += 1) expect((await resend(support)).status).toBe(303);
    const refused = await resend(support);
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('has been sent again 3 times within a day');
    expect((await resend(admin)).status).toBe(303);
  });

  it('returns to the invitation if it is refused', async () => {
    const { invitation } = await createTestInvitation('too-late@example.org');
    await admin.open(pathOf(invitation));
    await revoke(invitation.id, null, command);
    const refused = await admin.agent
      .post(`${pathOf(invitation)}/resends`)
      .set('Referer', `${config.baseUrl}${pathOf(invitation)}`)
      .type('form')
      .send({ delivery: 'mail' });
    expect(refused.status).toBe(409);
    expect(refused.text).toContain(`href="${pathOf(invitation)}"`);
    expect(refused.text).toContain('Go back to the form');
    const elsewhere = await admin.agent
      .post(`${pathOf(invitation)}/resends`)
      .set('Referer', 'https://elsewhere.example/page')
      .type('form')
      .send({ delivery: 'mail' });
    expect(elsewhere.text).not.toContain('elsewhere.example');
    expect(elsewhere.text).not.toContain('Go back to the form');
  });
});

describe('extension', () => {
  it('starts from the expiry, keeps the link, sends no mail and appears in the timeline', async () => {
    const { invitation, url } = await createTestInvitation('slow@example.org');
    await runJobs();
    const page = await submitForm(invitation, 'extension', { days: '10' });
    expect(page.text).toMatch(/is now valid until \w+ \d+ \w+\. Its link stays the same/);
    expect(await daysLeft(invitation)).toBe(17);
    expect(page.$('.timeline').text()).toMatch(
      /Given more time\s+\d.*\s+By admin of the office\. Valid until/,
    );
    expect((await newVisitor().open(url)).status).toBe(200);
    expect(await queryRows('select 1 from messages where invitation_id = $1', [invitation.id])).toHaveLength(
      1,
    );
    expect(await auditOf(invitation)).toEqual(['invitation.created', 'invitation.extended']);
  });

  it('reopens an expired invitation, starting from now', async () => {
    const { invitation, url } = await createTestInvitation('late@example.org');
    await expireInvitation(invitation.id);
    expect((await newVisitor().open(url)).status).toBe(410);
    await submitForm(invitation, 'extension', { days: '3' });
    expect(await daysLeft(invitation)).toBe(3);
    expect((await newVisitor().open(url)).status).toBe(200);
  });

  it('is kept by a resend and by a correction of the address', async () => {
    const { invitation } = await createTestInvitation('patient@example.org');
    await submitForm(invitation, 'extension', { days: '20' });
    expect((await admin.open(pathOf(invitation))).text).toMatch(/the new link is valid until \w+ \d+ \w+/);
    await admin.submit(`${pathOf(invitation)}/resends`, { delivery: 'mail' });
    expect(await daysLeft(invitation)).toBe(27);
    await submitForm(invitation, 'address', { email: 'patient-too@example.org' });
    expect(await daysLeft(invitation)).toBe(27);
  });

  it('never exceeds 90 days after today', async () => {
    const { invitation } = await createTestInvitation('longest@example.org', { validityDays: 80 });
    await submitForm(invitation, 'extension', { days: '90' });
    expect(await daysLeft(invitation)).toBe(90);
    const page = await submitForm(invitation, 'extension', { days: '5' });
    expect(page.status).toBe(422);
    expect(page.$('[role=alert] a[href="#days"]').text()).toContain('already valid for 90 days');
    expect(await auditOf(invitation)).toEqual(['invitation.created', 'invitation.extended']);
  });

  it.each(['', '0', '-3', '91', '2.5', 'many'])('refuses “%s” days', async (days) => {
    const { invitation } = await createTestInvitation(`days${++used}@example.org`);
    const page = await submitForm(invitation, 'extension', { days });
    expect(page.status).toBe(422);
    expect(page.$('[name=days]').val()).toBe(days);
    expect(await daysLeft(invitation)).toBe(7);
  });

  it('is refused for a closed invitation, with the reason', async () => {
    const { invitation } = await createTestInvitation('closed@example.org');
    await revoke(invitation.id, null, command);
    await admin.open(pathOf(invitation));
    for (const [form, fields] of [
      ['extension', { days: '5' }],
      ['address', { email: 'open@example.org' }],
    ] as const) {
      const answer = await admin.post(`${pathOf(invitation)}/${form}`, { ...fields });
      expect(answer.status).toBe(409);
      expect(answer.text).toMatch(/revoked on \d+ \w+ \d{4}/);
    }
  });
});

describe('blocked address', () => {
  it('gets no resend and no shared link, and shows the reason', async () => {
    const { invitationId } = await createTestInvitation('blocked-later@example.org');
    await runJobs();
    await suppress([{ email: 'blocked-later@example.org', kind: 'complained' }], command);
    const page = await admin.open(`/admin/invitations/${invitationId}`);
    expect(page.text).toContain('This person reported our e-mails as spam');
    expect(page.text).not.toMatch(/Send again|Create a link|spam folder/);
    expect(page.text).toContain('Correct the address');
  });
});

describe('correction of the address', () => {
  it('needs a confirmation if the new address has a warning', async () => {
    const { invitationId } = await createTestInvitation('half-right@example.org');
    const path = `/admin/invitations/${invitationId}/address`;
    await admin.open(path);
    const asked = await admin.submit(path, { email: 'somebody@gamil.com' });
    expect(asked.status).toBe(422);
    expect(asked.text).toContain('Did you mean somebody@gmail.com?');
    expect(asked.text).toContain('Send it there anyway');
    const done = await admin.submit(path, { override: 'typo' });
    expect(done.text).toContain('The invitation is on its way to somebody@gamil.com');
  });

  it('can’t override a blocked or invited address', async () => {
    await suppress([{ email: 'no-way@example.org', kind: 'bounced' }], command);
    await createTestInvitation('has-one@example.org');
    const { invitationId } = await createTestInvitation('half-wrong@example.org');
    const path = `/admin/invitations/${invitationId}/address`;
    for (const email of ['no-way@example.org', 'has-one@example.org']) {
      await admin.open(path);
      const refused = await admin.submit(path, { email });
      expect(refused.status).toBe(422);
      expect(refused.text).not.toContain('anyway');
    }
  });

  it('sends a new link, supersedes the old one and clears the bounce', async () => {
    await createTestRecord('right@example.org', { lastName: 'Addo', batch: 1999 });
    const { invitation, linkId, url } = await createTestInvitation('wrong@example.org', { validityDays: 14 });
    await runJobs();
    await markBounced(linkId);
    await expireInvitation(invitation.id);
    expect((await getInvitation(invitation.id)).bouncedAt).not.toBeNull();
    const page = await submitForm(invitation, 'address', { email: ' Right@Example.org ' });
    expect(page.text).toContain('The invitation is on its way to Right@example.org');
    const corrected = await getInvitation(invitation.id);
    expect(corrected).toMatchObject({
      email: 'Right@example.org',
      bouncedAt: null,
      name: 'Amma Addo',
      batch: 1999,
    });
    expect(await daysLeft(invitation)).toBe(14);
    expect((await newVisitor().open(url)).text).toContain('A newer link was sent on');
    const opened = await newVisitor().open(linkInMail(await latestMail('Right@example.org')));
    expect(opened.status).toBe(200);
    expect(opened.html).toContain('Right@example.org');
    expect((await admin.open(pathOf(invitation))).$('.timeline').text()).toContain('Address corrected');
    expect(await auditOf(invitation)).toEqual(['invitation.created', 'invitation.address-corrected']);
    const detail = await queryRow<{ detail: object }>(
      `select detail from audit_events where action = 'invitation.address-corrected' and subject_id = $1`,
      [invitation.id],
    );
    expect(JSON.stringify(detail)).not.toContain('@');
  });

  it('ignores results of mail to the first address', async () => {
    const { invitation, linkId } = await createTestInvitation('underway@example.org');
    await submitForm(invitation, 'address', { email: 'arrived@example.org' });
    await markBounced(linkId);
    expect((await getInvitation(invitation.id)).bouncedAt).toBeNull();
  });

  it('removes the name of the other person, but not one given with the invitation', async () => {
    await createTestRecord('somebody@example.org', { lastName: 'Else' });
    const { invitation } = await createTestInvitation('somebody@example.org');
    const named = await createTestInvitation('named@example.org');
    await queryRows(`update invitations set name = 'Yaa Named' where id = $1`, [named.invitation.id]);
    await submitForm(invitation, 'address', { email: 'nobody-known@example.org' });
    await submitForm(named.invitation, 'address', { email: 'named-too@example.org' });
    expect(await getInvitation(invitation.id)).toMatchObject({ name: '', batch: null, center: null });
    expect((await getInvitation(named.invitation.id)).name).toBe('Yaa Named');
  });

  it('explains why it is refused, and changes nothing', async () => {
    await createTestInvitation('taken@example.org');
    await createTestAccount('has-account@example.org');
    const { url } = await createTestInvitation('no-more@example.org');
    const person = newVisitor();
    await person.open(url);
    await person.open('/register/decline');
    await person.submit('/register/decline', { reason: 'stop' });
    const { invitation } = await createTestInvitation('to-correct@example.org');
    for (const [email, why] of [
      ['half@', 'e-mail address'],
      ['to-correct@example.org', 'This is already the address of the invitation'],
      ['TAKEN@example.org', 'that invitation is still open.'],
      ['has-account@example.org', 'already has an account with this address'],
      ['no-more@example.org', 'asked us to stop writing'],
    ] as const) {
      const page = await submitForm(invitation, 'address', { email });
      expect(page.status).toBe(422);
      expect(page.$('[role=alert] a[href="#email"]').text()).toContain(why);
      expect(page.$('[name=email]').val()).toBe(email);
    }
    expect((await getInvitation(invitation.id)).email).toBe('to-correct@example.org');
    expect(await auditOf(invitation)).toEqual(['invitation.created']);
  });

  it('accepts an address with an account if the invitation is for a group', async () => {
    await createTestAccount('member@example.org');
    const { id } = await createGroup({ name: 'Harbour', description: '' }, command);
    const { invitation } = await createTestInvitation('membr@example.org', { group: { id, role: 'member' } });
    await submitForm(invitation, 'address', { email: 'member@example.org' });
    expect((await findOpenInvitation('member@example.org'))?.id).toBe(invitation.id);
  });

  it('needs a recent sign-in if the invitation is for staff', async () => {
    const { invitation } = await createTestInvitation('clrek@example.org', { staffRole: 'admin' });
    await ageSignIns();
    expect((await submitForm(invitation, 'address', { email: 'clerk@example.org' })).status).toBe(403);
    expect((await getInvitation(invitation.id)).email).toBe('clrek@example.org');
    await admin.submit(`${pathOf(invitation)}/address`, { currentPassword: validPassword });
    expect((await getInvitation(invitation.id)).email).toBe('clerk@example.org');
  });

  it('creates one open invitation when made twice concurrently', async () => {
    const first = (await createTestInvitation('race-a@example.org')).invitation;
    const second = (await createTestInvitation('race-b@example.org')).invitation;
    await admin.open(pathOf(first));
    const fields = { email: 'race@example.org' };
    const answers = await Promise.all(
      [first, second].map((one) => admin.post(`${pathOf(one)}/address`, fields)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422]);
  });
});

describe('page of an invitation', () => {
  it('has one primary button, suggested by the diagnosis', async () => {
    const { invitation, linkId } = await createTestInvitation('bounced@example.org');
    const fresh = await admin.open(pathOf(invitation));
    expect(mainButton(fresh)).toBe('');
    expect(fresh.$('.timeline').text()).toMatch(/Invited.*Invitation e-mail: waiting to be sent/s);
    await runJobs();
    await markBounced(linkId);
    expect(mainButton(await admin.open(pathOf(invitation)))).toBe('Correct the address');
    await expireInvitation((await createTestInvitation('expired@example.org')).invitation.id);
    const expired = await findOpenInvitation('expired@example.org');
    expect(mainButton(await admin.open(pathOf(expired ?? invitation)))).toBe('Send again');
    await revoke(invitation.id, null, command);
    const closed = await admin.open(pathOf(invitation));
    expect(buttonsOn(closed)).toEqual(['Invite again']);
    expect(closed.$('main .btn-primary').attr('href')).toBe(
      '/admin/invitations/new?email=bounced%40example.org',
    );
  });

  it('offers to mail a shared link, and shows an added group', async () => {
    const { invitation } = await createTestInvitation('handed@example.org', { delivery: 'link' });
    const actor = { kind: 'command' } as const;
    await inTransaction(() =>
      recordEvent(actor, {
        action: 'invitation.group-added',
        subject: 'invitation',
        subjectId: invitation.id,
      }),
    );
    const page = await admin.open(pathOf(invitation));
    expect(mainButton(page)).toBe('Send by e-mail');
    expect(page.$('.timeline').text()).toContain('Group added');
  });

  it('offers administrators every action, and support only the resend', async () => {
    const { invitation } = await createTestInvitation('buttons@example.org');
    await runJobs();
    const acts = ['Send again', 'Create a link to share', 'Give more time', 'Correct the address', 'Revoke'];
    expect(buttonsOn(await admin.open(pathOf(invitation)))).toEqual(acts);
    const seen = await support.open(pathOf(invitation));
    expect(buttonsOn(seen)).toEqual(['Send again']);
    expect(
      seen.$('main a[href*="/extension"], main a[href*="/address"], main a[href*="/people/"]').length,
    ).toBe(0);
  });

  it('tells support which actions need an administrator', async () => {
    const { invitation, linkId } = await createTestInvitation('for-admins@example.org');
    await runJobs();
    await markBounced(linkId);
    const page = await support.open(pathOf(invitation));
    expect(page.$('.diagnosis').text()).toContain('An administrator can do that');
    expect(mainButton(page)).toBe('');
  });

  it('refuses the other actions to support', async () => {
    const { invitation } = await createTestInvitation('by-hand@example.org');
    await support.open(pathOf(invitation));
    for (const [form, fields] of [
      ['extension', { days: '5' }],
      ['address', { email: 'elsewhere@example.org' }],
      ['inviter-notification', { notifyInviter: 'yes' }],
    ] as const)
      expect((await support.post(`${pathOf(invitation)}/${form}`, { ...fields })).status).toBe(403);
    for (const form of ['extension', 'address'])
      expect((await support.agent.get(`${pathOf(invitation)}/${form}`)).status).toBe(403);
    expect(await auditOf(invitation)).toEqual(['invitation.created']);
  });

  it('lets only the inviter turn notifications on and off', async () => {
    await admin.open('/admin/invitations/new');
    const made = await admin.submit('/admin/invitations', { email: 'watched@example.org' });
    const form = `${made.path}/inviter-notification`;
    expect((await admin.submit(form)).text).toContain('We’ll e-mail you when the invitation is accepted');
    expect(admin.page.$('.timeline').text()).toContain('Inviter turned on notifications');
    expect((await admin.submit(form)).text).toContain('We won’t e-mail you');
    const { invitation } = await createTestInvitation('not-mine@example.org');
    const page = await admin.open(pathOf(invitation));
    expect(page.$(`form[action$="/inviter-notification"]`).length).toBe(0);
    const answer = await admin.post(`${pathOf(invitation)}/inviter-notification`, {
      notifyInviter: 'yes',
    });
    expect(answer.status).toBe(403);
  });
});
