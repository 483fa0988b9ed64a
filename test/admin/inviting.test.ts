import { load } from 'cheerio';
import { beforeAll, describe, expect, it } from 'vitest';
import { archiveGroup, createGroup } from '../../src/groups/group.ts';
import { findOpenInvitation } from '../../src/invitations/invitation.ts';
import { suppress } from '../../src/platform/mail/suppressions.ts';
import { queryRows } from '../support/database.ts';
import {
  ageSignIns,
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  newVisitor,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import { revoke } from '../support/operations.ts';
import type { VisitedPage, Visitor } from '../support/visitor.ts';

const command = { kind: 'command' } as const;
const thisYear = new Date().getUTCFullYear();

let admin: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
});

const previewOf = (email: string) =>
  admin.agent.get(`/admin/invitations/preview?${new URLSearchParams({ email })}`).set('HX-Request', 'true');
const ask = (email: string): Promise<VisitedPage> =>
  admin.open(`/admin/invitations/new?${new URLSearchParams({ email })}`);
const known = (page: VisitedPage) => page.$('#preview').text().replace(/\s+/g, ' ');

describe('address preview', () => {
  it('lists each record with batch, center, age and status', async () => {
    const email = 'family@example.org';
    await createTestRecord(email, { lastName: 'Owusu', yearOfBirth: 1984, batch: 2002 });
    await createTestRecord(email, { lastName: 'Mensah', yearOfBirth: thisYear - 16, batch: 2020 });
    await createTestRecord(email, { lastName: 'Boateng', yearOfBirth: thisYear - 10, batch: 2024 });
    await createTestRecord(email, { lastName: 'Asante', yearOfBirth: null, batch: 2010 });
    const page = await ask('FAMILY@example.org');
    const people = page.$('.known-people li').map((_, li) => page.$(li).text().replace(/\s+/g, ' ').trim());
    expect(people.get()).toEqual([
      expect.stringMatching(/Boateng.*Batch 2024 · Harbour · Age \d+.*Blocked/),
      expect.stringMatching(/Mensah.*Batch 2020 .*Requires Consent/),
      expect.stringMatching(/Asante.*Batch 2010 · Harbour *Age not known/),
      expect.stringMatching(/Owusu.*Batch 2002 .*Full Access/),
    ]);
    expect(known(page)).toContain('4 alumni records have this address.');
    expect(known(page)).toContain('Ready to invite.');
  });

  it('warns if everyone at the address is too young or inactive', async () => {
    await createTestRecord('child@example.org', { yearOfBirth: thisYear - 10 });
    const child = known(await ask('child@example.org'));
    expect(child).toContain('Everyone on file with this address is too young to register.');
    const left = await createTestRecord('left@example.org', { lastName: 'Annan' });
    await queryRows('update alumni_members set active = false where id = $1', [left]);
    const inactive = known(await ask('left@example.org'));
    expect(inactive).toContain('The alumni record with this address is inactive, so nobody can claim it.');
    expect(inactive).not.toContain('No alumni record has this address');
    expect(child + inactive).not.toContain('Ready to invite');
  });

  it('shows accounts, suspended accounts and deceased people', async () => {
    const email = 'member@example.org';
    const { id } = await createTestAccount(email, null, 'Kofi Mensah');
    await queryRows(`update accounts set suspended_at = now() where id = $1`, [id]);
    const recordId = await createTestRecord(email, { lastName: 'Annan' });
    await queryRows('update alumni_members set deceased = true where id = $1', [recordId]);
    const page = await ask(email);
    expect(known(page)).toMatch(
      /Kofi Mensah’s account was suspended on .*Kofi Mensah already has an account with this address/,
    );
    expect(known(page)).toContain('Marked as deceased in the directory: Amma Annan.');
    expect(page.$(`#preview a[href="/admin/people/${id}"]`).length).toBe(2);
  });

  it('shows a revocation with its reason, an open invitation, a decline and a bounce', async () => {
    const email = 'eventful@example.org';
    const first = await createTestInvitation(email);
    await revoke(first.invitation.id, 'a wrong list', command);
    const revoked = await ask(email);
    expect(known(revoked)).toMatch(/was revoked on .*: “a wrong list”/);
    expect(revoked.$(`#preview a[href="/admin/invitations/${first.invitation.id}"]`).length).toBe(1);
    const second = await createTestInvitation(email);
    const person = newVisitor();
    await person.open(second.url);
    await person.open('/register/decline');
    await person.submit('/register/decline', { reason: 'stop' });
    const third = await createTestInvitation(email, { replace: true });
    await suppress([{ email, kind: 'bounced' }], command);
    const page = await ask(email);
    expect(known(page)).toMatch(/invited .*that invitation is still open\./);
    expect(known(page)).not.toContain('revoked');
    expect(known(page)).toMatch(/They declined on .* and asked us to stop writing/);
    expect(known(page)).toContain('Our mail to this address was refused on');
    for (const { invitation } of [second, third])
      expect(page.$(`#preview a[href="/admin/invitations/${invitation.id}"]`).length).toBe(1);
  });

  it('ignores a replaced invitation', async () => {
    await createTestInvitation('renewed@example.org');
    await createTestInvitation('renewed@example.org', { replace: true });
    expect(known(await ask('renewed@example.org'))).not.toContain('revoked');
  });

  it('suggests a correction of a mistyped address', async () => {
    const page = await ask('amma@gamil.com');
    expect(known(page)).toContain('Did you mean amma@gmail.com?');
    expect(page.$('[data-use-suggestion=email]').val()).toBe('amma@gmail.com');
  });

  it('returns a fragment for htmx and the full page otherwise', async () => {
    await createTestRecord('piece@example.org');
    const piece = await previewOf('piece@example.org');
    expect(piece.text).toContain('Amma Owusu');
    expect(piece.text).not.toContain('<html');
    const page = await admin.open('/admin/invitations/preview?email=piece%40example.org');
    expect(page.path).toBe('/admin/invitations/new?email=piece%40example.org');
    expect(page.$('[name=email]').val()).toBe('piece@example.org');
  });

  it.each(['', 'half@', '%00', '<script>alert(1)</script>@example.org', 'x'.repeat(5000)])(
    'is empty for an incomplete address: %s',
    async (typed) => {
      const answer = await previewOf(typed);
      expect([200, 400]).toContain(answer.status);
      expect(answer.text).not.toContain('What we know about');
      expect(answer.text).not.toContain('<script>alert');
    },
  );
});

describe('checking an address without JavaScript', () => {
  it('keeps everything that was typed', async () => {
    const { id: groupId } = await createGroup({ name: 'Checkers', description: '' }, command);
    await createTestRecord('check@example.org');
    const typed = {
      email: 'check@example.org',
      message: 'Two\r\nlines',
      validityDays: '21',
      delivery: 'link',
      groupId,
      groupRole: 'admin',
      staffRole: 'support',
      notifyInviter: 'yes',
    };
    const page = await admin.open('/admin/invitations/new');
    expect(page.$('button[formaction="/admin/invitations/checks"]').text()).toBe('Check this address');
    const answer = await admin.post('/admin/invitations/checks', { ...typed });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('Batch 2002');
    const fields = load(answer.text)('form[action="/admin/invitations"]').serializeArray();
    const kept = Object.fromEntries(fields.map(({ name, value }) => [name, value]));
    expect({ ...kept, message: kept.message?.replace(/\r?\n/g, '\r\n') }).toMatchObject(typed);
    expect(await findOpenInvitation('check@example.org')).toBeNull();
  });

  it('only shows errors of the address', async () => {
    await admin.open('/admin/invitations/new');
    const typed = { email: 'half@', validityDays: '999' };
    const answer = await admin.post('/admin/invitations/checks', typed);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('href="#email"');
    expect(answer.text).not.toContain('href="#validityDays"');
  });
});

describe('group membership', () => {
  const invite = async (fields: Record<string, string>) => {
    await admin.open('/admin/invitations/new');
    return admin.submit('/admin/invitations', fields);
  };

  it('is part of the invitation and starts with the registration', async () => {
    const { id: groupId } = await createGroup({ name: 'Harbour Chapter', description: '' }, command);
    const page = await invite({
      email: 'joiner@example.org',
      groupId,
      groupRole: 'admin',
      delivery: 'mail',
    });
    expect(page.text).toContain('Harbour Chapter, as an admin');
    const invitation = await findOpenInvitation('joiner@example.org');
    expect([invitation?.groupId, invitation?.groupRole]).toEqual([groupId, 'admin']);
  });

  it('has the role member by default', async () => {
    const { id: groupId } = await createGroup({ name: 'Plain Chapter', description: '' }, command);
    await invite({ email: 'plain@example.org', groupId, groupRole: '' });
    expect((await findOpenInvitation('plain@example.org'))?.groupRole).toBe('member');
  });

  it('is refused for an archived or unknown group, and for a role without a group', async () => {
    const { id: groupId } = await createGroup({ name: 'Old Chapter', description: '' }, command);
    await archiveGroup(groupId, command);
    for (const [fields, field] of [
      [{ groupId }, 'groupId'],
      [{ groupId: '999999' }, 'groupId'],
      [{ groupId: 'x' }, 'groupId'],
      [{ groupId: '', groupRole: 'owner' }, 'groupRole'],
      [{ groupId: '1', groupRole: 'king' }, 'groupRole'],
    ] as const) {
      const page = await invite({ email: 'nogroup@example.org', message: 'kept', ...fields });
      expect(page.status).toBe(422);
      expect(page.$(`[role=alert] a[href="#${field}"]`).length).toBe(1);
      expect(page.$(`#${field}`).length).toBe(1);
      expect(page.$('details.more').attr('open')).toBeDefined();
      expect(page.$('[name=message]').val()).toBe('kept');
    }
    expect(await findOpenInvitation('nogroup@example.org')).toBeNull();
  });
});

describe('form', () => {
  it('shows address and message, and collapses the rest', async () => {
    const page = await admin.open('/admin/invitations/new');
    expect(page.$('details.more').attr('open')).toBeUndefined();
    const outside = page.$('main form .field').not(page.$('details.more .field'));
    expect(
      outside
        .find('label')
        .map((_, label) => page.$(label).text())
        .get(),
    ).toEqual(['E-mail address', 'Personal message']);
  });

  it('preselects a staff role, and needs a recent sign-in to grant it', async () => {
    const colleague = await signInStaff('admin');
    await colleague.open('/admin/invitations/new?staffRole=support');
    expect(colleague.page.$('[name=staffRole]').val()).toBe('support');
    expect(colleague.page.$('details.more').attr('open')).toBeDefined();
    await ageSignIns();
    const typed = { email: 'clerk@example.org', message: 'Welcome to the office' };
    const asked = await colleague.submit('/admin/invitations', typed);
    expect(asked.status).toBe(403);
    expect(await findOpenInvitation('clerk@example.org')).toBeNull();
    await colleague.submit('/admin/invitations', { currentPassword: validPassword });
    const made = await findOpenInvitation('clerk@example.org');
    expect([made?.staffRole, made?.message]).toEqual(['support', 'Welcome to the office']);
    await ageSignIns();
    admin = await signInStaff('admin');
  });

  it('can notify the inviter', async () => {
    await admin.open('/admin/invitations/new');
    const page = await admin.submit('/admin/invitations', {
      email: 'told@example.org',
      notifyInviter: 'yes',
    });
    expect(page.text).toContain('We’ll e-mail you when this invitation is accepted');
  });

  it('keeps everything that was typed when it warns about an earlier invitation', async () => {
    await createTestInvitation('kept@example.org');
    await admin.open('/admin/invitations/new');
    const typed = { email: 'kept@example.org', message: 'Again', validityDays: '30', delivery: 'link' };
    const warned = await admin.submit('/admin/invitations', typed);
    expect(warned.status).toBe(409);
    expect(admin.fieldsOf('/admin/invitations')).toMatchObject(typed);
    expect(warned.$('[name=replace]').attr('checked')).toBeUndefined();
    const page = await admin.submit('/admin/invitations', { replace: 'yes' });
    expect(page.$('#invitation-link').length).toBe(1);
    expect(page.$('.share img').attr('src')).toMatch(/^data:image/);
    expect(page.$('[data-share]').length).toBe(1);
  });
});
