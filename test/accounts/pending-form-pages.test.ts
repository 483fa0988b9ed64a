import { load } from 'cheerio';
import { beforeEach, describe, expect, it } from 'vitest';
import { config } from '../../src/platform/config/config.ts';
import { createMember, createTestGroup, signInAs } from '../groups/group-fixtures.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  newVisitor,
  signInStaff,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import { adminCredentials, credentials, endSessions, RESTORED_NOTICE } from './pending-form-fixtures.ts';

beforeEach(() => queryRows('delete from rate_limits'));

describe('pages that restore their forms', () => {
  it('include records, which still detect changes by others', async () => {
    const id = await createTestRecord('record@example.org');
    const action = `/admin/alumni/${id}/details`;
    const admin = await signInStaff('admin');
    await admin.open(action);
    await queryRows(`update alumni_members set center = 'Hill', updated_at = now() where id = $1`, [id]);
    await endSessions();
    await admin.submit(action, { firstName: 'Ama', center: 'Coast', yearOfBirth: '' });
    await admin.submit('/sign-in', adminCredentials);
    expect(admin.fieldsOf(action)).toMatchObject({ firstName: 'Ama', center: 'Coast', yearOfBirth: '' });
    expect((await admin.submit(action)).text).toContain(
      'Someone else saved this record while you were editing',
    );
  });

  it('include settings with ticked and cleared checkboxes', async () => {
    const admin = await signInStaff('admin');
    await admin.open('/admin/settings');
    await endSessions();
    const fields = { mailFooter: 'Harbour Street 1\r\nAccra', minorsAddressesAreGuardians: 'yes' };
    await admin.submit('/admin/settings', fields);
    await admin.submit('/sign-in', adminCredentials);
    const restored = admin.fieldsOf('/admin/settings');
    expect(restored).toMatchObject(fields);
    expect(restored).not.toHaveProperty('twoStepForStaff');
    const saved = await admin.submit('/admin/settings');
    expect(saved.status).toBe(200);
  });

  it('include webhooks with lists of checkboxes', async () => {
    const admin = await signInStaff('admin');
    const { $ } = await admin.open('/admin/webhooks/new');
    const boxes = $('main input[type=checkbox]').get();
    const [first, , third] = boxes.map((box) => String($(box).attr('name')));
    if (!first || !third) throw new Error('the form has fewer boxes');
    $('main input[type=checkbox]').removeAttr('checked');
    await endSessions();
    const url = 'https://hooks.example.org/in';
    await admin.submit('/admin/webhooks', { url, [first]: 'yes', [third]: 'yes' });
    await admin.submit('/sign-in', adminCredentials);
    const { signedInAs: _own, ...restored } = admin.fieldsOf('/admin/webhooks');
    expect(restored).toEqual({ url, [first]: 'yes', [third]: 'yes' });
  });

  it('include claims with an answer for each record', async () => {
    const [own, other] = [
      await createTestRecord('two@example.org'),
      await createTestRecord('two@example.org'),
    ];
    await createTestAccount('two@example.org');
    const visitor = newVisitor();
    await visitor.signIn('two@example.org', validPassword);
    await endSessions();
    const answers = { [`records[${own}]`]: 'self', [`records[${other}]`]: 'none' };
    await visitor.submit('/home/claims', answers);
    await visitor.submit('/sign-in', credentials('two@example.org'));
    expect(visitor.page.path).toBe('/home');
    expect(visitor.fieldsOf('/home/claims')).toMatchObject(answers);
    expect((await visitor.submit('/home/claims')).text).toContain('We’ve saved your answers');
  });

  it('include group links with their select fields', async () => {
    const groupId = await createTestGroup();
    const owner = await createMember(groupId, 'owner');
    const visitor = await signInAs(owner);
    await visitor.open(`/groups/${groupId}/links`);
    await endSessions();
    const action = `/groups/${groupId}/links`;
    await visitor.submit(action, { role: 'admin', hours: '168' });
    await visitor.submit('/sign-in', credentials(owner.account.email));
    expect(visitor.fieldsOf(action)).toMatchObject({ role: 'admin', hours: '168' });
  });

  it('include pages with several similar forms, and restore the right one', async () => {
    const lost = newVisitor();
    await lost.open('/register/new-link');
    await lost.submit('/register/new-link', { email: 'amma@slip.example.org' });
    const request = await queryRow<{ id: string }>(
      `select id from invitation_requests where email like '%slip%'`,
    );
    if (!request) throw new Error('no invitation request');
    const admin = await signInStaff('admin');
    await admin.open(`/admin/requests/${request.id}`);
    await endSessions();
    const action = `/admin/requests/${request.id}/correction`;
    await admin.submit(action, { email: 'right@example.org' });
    await admin.submit('/sign-in', adminCredentials);
    const typed = () =>
      admin.page
        .$('main input[name=email]')
        .map((_, input) => admin.page.$(input).val())
        .get();
    const [suggested, corrected] = [typed().slice(0, -1), typed().at(-1)];
    expect(suggested).not.toEqual([]);
    expect(suggested).not.toContain('right@example.org');
    expect(corrected).toBe('right@example.org');
  });

  it('include forms with only a button, while the button is on the page', async () => {
    const { invitation } = await createTestInvitation(uniqueAddress());
    const page = `/admin/invitations/${invitation.id}`;
    const admin = await signInStaff('admin');
    const resend = `${page}/resends`;
    await admin.open(page);
    await endSessions();
    await admin.submit(resend);
    const back = await admin.submit('/sign-in', adminCredentials);
    expect([back.path, back.text.includes(RESTORED_NOTICE)]).toEqual([page, true]);
    await endSessions();
    await admin.submit(resend);
    await queryRows('update invitations set revoked_at = now() where id = $1', [invitation.id]);
    expect((await admin.submit('/sign-in', adminCredentials)).$('h1').text()).toBe('Your form');
  });

  it('include forms with several buttons', async () => {
    const admin = await signInStaff('admin');
    await admin.open('/admin/invitations/new');
    const fields = { ...admin.fieldsOf('/admin/invitations'), email: 'checked@example.org' };
    await endSessions();
    const referrer = `${config.baseUrl}/admin/invitations/new`;
    const signInPage = await admin.post('/admin/invitations/checks', fields).set('Referer', referrer);
    const pendingForm = String(load(signInPage.text)('input[name=pendingForm]').val());
    await admin.open('/sign-in');
    await admin.submit('/sign-in', { ...adminCredentials, pendingForm });
    expect(admin.fieldsOf('/admin/invitations')).toMatchObject({ email: 'checked@example.org' });
  });
});
