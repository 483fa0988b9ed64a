import { describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { requestAddressChange } from '../../src/accounts/address/address-change.ts';
import { checkEligibility } from '../../src/invitations/eligibility/eligibility.ts';
import { declineInvitation } from '../../src/invitations/response.ts';
import { inTransaction } from '../../src/platform/db/database.ts';
import { enqueue } from '../../src/platform/jobs/queue.ts';
import { findBlockingSuppression, suppress } from '../../src/platform/mail/suppressions.ts';
import { dumpDatabase } from '../accounts/authenticator.ts';
import { queryRows } from '../support/database.ts';
import {
  ageSignIns,
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  newVisitor,
  registerMinor,
  runJobs,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';

const system = { kind: 'system' } as const;
const erasureOf = (email: string) => `/admin/help/person/erasure?${new URLSearchParams({ email })}`;

async function erase(email: string, fields: Record<string, string | string[]> = {}): Promise<Visitor> {
  const admin = await signInStaff('admin');
  await admin.open(erasureOf(email));
  const records = admin.page
    .$('input[name=records][checked]')
    .toArray()
    .map((box) => String(admin.page.$(box).val()));
  const form = { records, reason: 'asked by letter', confirmation: email, ...fields };
  await admin.submit(erasureOf(email), form);
  return admin;
}

/** Where the database has a text, also as bytes. */
async function tablesWith(...texts: string[]): Promise<string[]> {
  const hidden = texts.flatMap((text) => [text, Buffer.from(text).toString('hex')]);
  const lines = (await dumpDatabase()).split('\n');
  const found = lines.filter((line) =>
    hidden.some((text) => line.toLowerCase().includes(text.toLowerCase())),
  );
  return [...new Set(found.map((line) => line.split(' ')[0] ?? ''))].sort();
}

/** Zuleika has used every feature. Her number and her former address also occur in files. */
async function createLife(): Promise<{ member: Visitor; recordId: string }> {
  const email = 'zuleika@dobson.example';
  const recordId = await createTestRecord(email, { lastName: 'Dobson' });
  await queryRows(`update alumni_members set external_id = 'ZD-1911', first_name = 'Zuleika' where id = $1`, [
    recordId,
  ]);
  await queryRows(
    `insert into alumni_members (external_id, first_name, last_name, email, active, merged_into, merged_at)
     values ('ZD-1912', 'Zuleika', 'Dobson', $1, false, $2, now())`,
    [email, recordId],
  );
  const { url } = await createTestInvitation(email, { message: 'Dear Zuleika' });
  const member = newVisitor();
  await member.open(url);
  await member.submit('/register', {
    name: 'Zuleika Dobson',
    password: validPassword,
    [`records[${recordId}]`]: 'self',
  });
  await member.open('/forgot-password');
  await member.submit('/forgot-password', { email });
  await runJobs();
  const account = await Account.findOne({ where: { email }, rejectOnEmpty: true });
  await requestAddressChange(account, 'zuleika@new.example', system);
  await queryRows(
    `with file as (insert into imports (kind, file_name) values ('alumni', 'records.csv') returning id),
       list as (insert into imports (kind, file_name) values ('invitees', 'people.csv') returning id),
       leftover as (insert into import_leftovers (import_id, line, position, text, reason)
         select id, 9, 1, 'also Zuleika@Dobson.example', 'cell' from file),
       rows as (insert into import_rows (import_id, line, cells, key, values, record_id) 
         select id, 2, '["ZD-1911", "Zuleika"]'::json, 'ZD-1911', '{"firstName": "Zuleika"}'::jsonb, $2::bigint from file
         union all select id, 3, '["x", "Phone\\nzuleika@dobson.example"]'::json, 'x', null, null from file
         union all select id, 2, '["zuleika@dobson.example"]'::json, $1, null, null from list),
       others as (insert into import_rows (import_id, line, cells, key)
         select id, 5, '["another-zuleika@dobson.example"]'::json, 'another-zuleika@dobson.example' from list),
       campaign as (insert into campaigns (name, validity_days) values ('Reunion', 7) returning id),
       recipient as (insert into campaign_recipients (campaign_id, position, email, name)
         select id, 2, $1, 'Zuleika' from campaign),
       asked as (insert into invitation_requests (kind, email, name, new_email) values
         ('shared-address', 'family@dobson.example', 'Zuleika', $1)),
       bulk as (insert into bulk_actions (type, filter, finished_at, started_at, total)
         values ('resend', '{"search": "zuleika@dobson.example"}', now(), now(), 1)),
       keys as (insert into idempotency_keys (account_id, key, request_hash, response)
         select id, 'one', sha256('x'), '{"email": "zuleika@dobson.example"}'::json from accounts where staff_role = 'admin' limit 1),
       seen as (insert into sessions (sid, sess, expire) values
         ('staff', '{"reauthReturnTo": "/admin/help/person?email=zuleika%40dobson.example"}', now() + interval '1 day')),
       circle as (insert into groups (name, created_by) values ('Punting', $3) returning id)
     insert into group_invitation_requests (group_id, role, email, requested_by) select id, 'member', $1, $3 from circle`,
    [email, recordId, account.id],
  );
  await inTransaction(() =>
    enqueue('mail-password-reset', { email }, { runAt: new Date(Date.now() + 86_400_000) }),
  );
  await suppress([{ email, kind: 'complained', reason: 'zuleika@dobson.example said so' }], system);
  return { member, recordId };
}

describe('erasing a person', () => {
  it('leaves nothing of a member who has used everything, except what the page says', async () => {
    await signInStaff('admin');
    const { member } = await createLife();
    const admin = await signInStaff('admin');
    const page = await admin.open(erasureOf('zuleika@dobson.example'));
    expect(page.text).toContain('What stays, and why');
    expect(page.text).toContain('1 group that they created');
    expect(page.text).toContain('a code made from the address');
    await erase('zuleika@dobson.example');
    await runJobs();
    expect(await tablesWith('zuleika@new.example', 'ZD-1911', 'ZD-1912', '"Zuleika', 'Dear Zuleika')).toEqual(
      [],
    );
    const lines = (await dumpDatabase()).split('\n').filter((line) => /zuleika|dobson/i.test(line));
    expect(lines.filter((line) => !line.includes('another-zuleika@dobson.example'))).toEqual([]);
    expect(lines).toHaveLength(1);
    expect((await member.open('/account')).path).toMatch(/^\/sign-in/);
    expect(await queryRows(`select created_by from groups where name = 'Punting'`)).toEqual([
      { created_by: null },
    ]);
  });

  it('remembers not to write to the address, until an administrator allows it', async () => {
    const [reasons] = await checkEligibility([{ email: 'Zuleika@Dobson.example' }]);
    expect(reasons?.[0]).toMatchObject({ name: 'complained', severity: 'blocked' });
    const blocking = await findBlockingSuppression('zuleika@dobson.example', {
      isInvitation: true,
      isRequested: true,
    });
    expect(blocking).toMatchObject({ kind: 'complained', email: null });
    const admin = await signInStaff('admin');
    expect((await admin.open('/admin/suppressions')).text).toContain('Erased address');
    const person = await admin.open('/admin/help/person?email=zuleika%40dobson.example');
    expect(person.text).toContain('Reported as spam');
    await admin.open(`/admin/suppressions/${blocking?.id}`);
    await admin.submit(`/admin/suppressions/${blocking?.id}/lift`, { reason: 'asked to come back' });
    expect((await checkEligibility([{ email: 'zuleika@dobson.example' }]))[0]?.[0]?.severity).not.toBe(
      'blocked',
    );
  });

  it('remembers that an invitee declined', async () => {
    const { linkId } = await createTestInvitation('invitee@erasure.example');
    await declineInvitation(linkId, 'rather-not', system);
    await erase('invitee@erasure.example');
    expect(await tablesWith('invitee@erasure.example')).toEqual([]);
    const [reasons] = await checkEligibility([{ email: 'invitee@erasure.example' }]);
    expect(reasons?.[0]).toMatchObject({ name: 'unsubscribed', severity: 'blocked' });
  });

  it('erases a record without an address, by its number', async () => {
    const recordId = await createTestRecord('shared@erasure.example', { lastName: 'Quillfeather' });
    await queryRows(`update alumni_members set external_id = 'QF-1' where id = $1`, [recordId]);
    await createTestRecord('shared@erasure.example', { lastName: 'Sibling' });
    await createTestInvitation('shared@erasure.example');
    const admin = await signInStaff('admin');
    await admin.open(`/admin/alumni/${recordId}`);
    const link = admin.page.$(`a[href="/admin/help/person/erasure?record=${recordId}"]`);
    expect(link).toHaveLength(1);
    const path = `/admin/help/person/erasure?record=${recordId}`;
    await admin.open(path);
    const form = { records: [recordId], reason: 'asked' };
    expect((await admin.submit(path, { ...form, confirmation: 'QF' })).status).toBe(422);
    await admin.submit(path, { ...form, confirmation: 'qf-1' });
    expect(await tablesWith('Quillfeather', 'QF-1')).toEqual([]);
    expect(await queryRows(`select 1 from invitations where email = 'shared@erasure.example'`)).toHaveLength(
      1,
    );
  });

  it('takes the address off records that belong to someone else', async () => {
    await createTestRecord('parent@erasure.example', { lastName: 'Elder' });
    const child = await createTestRecord('parent@erasure.example', { lastName: 'Younger' });
    await erase('parent@erasure.example', { records: [] });
    expect(await queryRows('select email, last_name from alumni_members where id = $1', [child])).toEqual([
      { email: null, last_name: 'Younger' },
    ]);
    expect(await tablesWith('parent@erasure.example')).toEqual([]);
  });

  it('ends the access of a minor whose guardian is erased, and keeps the consent as proof', async () => {
    await registerMinor('young@erasure.example');
    await queryRows(
      `insert into consents (profile_id, account_id, alumni_member_id, guardian_id, decision, guardian_name, guardian_email,
         authority_stated, disclosure_version, policy_version, expires_at)
       select profile_id, 1, 1, id, 'granted', name, email, true, 1, 1, now() + interval '1 year' from guardians`,
    );
    const admin = await signInStaff('admin');
    const page = await admin.open(erasureOf('gita@example.org'));
    expect(page.text).toContain('guardian of 1 young person');
    expect(page.text).toContain('1 decision of a guardian');
    await erase('gita@example.org');
    expect(await tablesWith('gita@example.org')).toEqual(['public.consents']);
  });

  it('asks for the typed address and a reason without the name', async () => {
    await createTestAccount('typed@erasure.example', null, 'Ottoline Typed');
    for (const fields of [
      { confirmation: '' },
      { confirmation: 'other@erasure.example' },
      { reason: '' },
      { reason: 'Ottoline Typed wrote' },
    ])
      expect((await erase('typed@erasure.example', fields)).page.status).toBe(422);
    expect(await queryRows(`select 1 from accounts where email = 'typed@erasure.example'`)).toHaveLength(1);
  });

  it('refuses unknown people and oneself', async () => {
    const admin = await signInStaff('admin');
    expect((await admin.open(erasureOf('nobody@erasure.example'))).status).toBe(404);
    expect((await erase('admin@example.org')).page.status).toBe(409);
  });

  it('needs a recent sign-in', async () => {
    const admin = await signInStaff('admin');
    await ageSignIns();
    expect((await admin.open(erasureOf('typed@erasure.example'))).path).toBe('/account/confirm');
  });
});

describe('downloading the data of anyone', () => {
  it('gives administrators a file, and records that', async () => {
    await createTestRecord('data@erasure.example', { lastName: 'Downloaded' });
    await createTestInvitation('data@erasure.example', { message: 'Hello there' });
    const admin = await signInStaff('admin');
    await admin.open(erasureOf('data@erasure.example'));
    const page = await admin.submit('/admin/help/person/exports?email=data%40erasure.example', {});
    const data = JSON.parse(page.html);
    expect(data.records).toMatchObject([{ lastName: 'Downloaded' }]);
    expect(data.invitations).toMatchObject([{ message: 'Hello there' }]);
    expect(data.account).toBeNull();
    expect(
      await queryRows(
        `select 1 from audit_events where action = 'person.exported' and not detail::text ~ 'data@'`,
      ),
    ).toHaveLength(1);
  });
});
