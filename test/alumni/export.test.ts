import { parse } from 'csv-parse/sync';
import { expect, it } from 'vitest';
import { queryRow, queryRows } from '../support/database.ts';
import { createTestInvitation, signInStaff, uniqueAddress } from '../support/fixtures.ts';
import { createMember } from './members.ts';

type Line = Readonly<Record<string, string>>;

async function download(path: string, fields: Record<string, string>): Promise<Line[]> {
  const admin = await signInStaff('admin');
  const { text } = await admin.post(path, { format: 'csv', ...fields });
  return parse(text, { bom: true, columns: true });
}

it('the exports tell the office who has registered, with its own ids', async () => {
  const email = uniqueAddress();
  const accountId = await createMember(email);
  const parentId = await createMember(uniqueAddress());
  const record = await queryRow<{ id: string; externalId: string }>(
    `select m.id::text, m.external_id as "externalId" from alumni_members m
     join profiles p on p.alumni_member_id = m.id where p.account_id = $1`,
    [accountId],
  );
  await queryRows(
    `insert into profiles (account_id, alumni_member_id, relationship, policy_version) values ($1, $2, 'child', 1)`,
    [parentId, record?.id],
  );
  const parent = await queryRow<{ email: string }>('select email from accounts where id = $1', [parentId]);
  const member = await queryRow<{ createdAt: Date }>(
    'select created_at as "createdAt" from accounts where id = $1',
    [accountId],
  );
  // The account has another address by now.
  const moved = `moved-${email}`;
  const { invitation } = await createTestInvitation(`invited-${email}`);
  await queryRows('update invitations set accepted_at = now(), accepted_by = $2 where id = $1', [
    invitation.id,
    accountId,
  ]);
  await queryRows('update accounts set email = $2 where id = $1', [accountId, moved]);

  const records = await download('/admin/alumni/exports', { q: record?.externalId ?? '' });
  expect(records).toHaveLength(1);
  expect(records[0]).toMatchObject({
    external_id: record?.externalId,
    email,
    registered_at: member?.createdAt.toISOString(),
    account_email: moved,
    claimed_as_child_by: parent?.email,
  });
  const [line] = await download('/admin/invitations/exports', { ids: invitation.id });
  expect(line).toMatchObject({
    Address: `invited-${email}`,
    'Account address': moved,
    'Your IDs': record?.externalId,
  });
});
