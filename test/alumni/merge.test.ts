import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { getRecord } from '../../src/alumni/listed-record.ts';
import { getUnmatchedAccount } from '../../src/alumni/matching/unmatched.ts';
import { mergeRecords, previewMerge } from '../../src/alumni/merging/merge.ts';
import type { MergeField } from '../../src/alumni/merging/merge-plan.ts';
import { claimRecord } from '../../src/alumni/profile.ts';
import { listRecordsForAddress } from '../../src/alumni/record.ts';
import { grantConsent, withdrawConsent } from '../../src/consents/decisions.ts';
import { findGuardian, nameGuardian } from '../../src/consents/guardians/guardian.ts';
import { accessStatusOf, listProfileAccess } from '../../src/consents/profile-access.ts';
import { importAlumni } from '../../src/imports/records/command-import.ts';
import { inTransaction } from '../../src/platform/db/database.ts';
import { Conflict } from '../../src/platform/errors.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { queryRows } from '../support/database.ts';
import {
  ageSignIns,
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  signInStaff,
  uniqueAddress,
} from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';

const command = { kind: 'command' } as const;
const minorsYear = new Date().getUTCFullYear() - 16;
let admin: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
});

async function claim(recordId: string, relationship: 'self' | 'child', accountId?: string) {
  const claimant = accountId ?? (await createTestAccount(uniqueAddress())).id;
  const input = { accountId: claimant, recordId, relationship, statedYearOfBirth: null, policyVersion: 1 };
  const profileId = await inTransaction(() => claimRecord(input, command));
  return { accountId: claimant, profileId };
}

async function nameTestGuardian(profileId: string, accountId: string): Promise<string> {
  const named = { name: 'Gita', email: uniqueAddress(), accountId, hold: null };
  return inTransaction(() => nameGuardian(profileId, named));
}

async function merge(keptId: string, otherId: string, fromOther: MergeField[] = []): Promise<boolean> {
  const { kept, other } = await previewMerge(keptId, otherId);
  const savedAt = { kept: kept.savedAt, other: other.savedAt };
  return mergeRecords(keptId, otherId, { fromOther, savedAt }, command);
}

const listAccess = async (accountId: string) => {
  const policy = await readSettings();
  return (await listProfileAccess(accountId)).map(
    (profile) =>
      `${profile.profileId} of ${profile.recordId}: ${accessStatusOf(profile, policy, new Date())}`,
  );
};

describe('merging two records', () => {
  it('copies the chosen fields, keeps the merged record inactive, and records both events', async () => {
    const kept = await createTestRecord('kept@example.org', { batch: 1999 });
    const other = await createTestRecord('other@example.org', { batch: 2001, yearOfBirth: null });
    await queryRows(`update alumni_members set center = null where id = $1`, [kept]);
    await admin.open(`/admin/alumni/${kept}/merge?q=other@example`);
    const path = `/admin/alumni/${kept}/merge/${other}`;
    expect(admin.page.$(`a[href="${path}"]`)).toHaveLength(1);
    const page = await admin.open(path);
    expect(page.text).toContain('You can’t undo this');
    expect(admin.fieldsOf(path)).toMatchObject({
      'fields[email]': 'kept',
      'fields[center]': 'other',
      'fields[batch]': 'kept',
      'fields[yearOfBirth]': 'kept',
    });
    const done = await admin.submit(path, { 'fields[email]': 'other' });
    expect(done.text).toContain('The two records were merged');
    expect(await getRecord(kept)).toMatchObject({
      email: 'other@example.org',
      center: 'Harbour',
      batch: 1999,
      yearOfBirth: 1984,
      state: 'active',
    });
    expect(await getRecord(other)).toMatchObject({ state: 'merged', mergedInto: kept });
    expect((await listRecordsForAddress('other@example.org')).map(({ id }) => id)).toEqual([kept]);
    expect((await admin.open(`/admin/alumni/${other}`)).text).toContain('Merged into another record');
    expect((await admin.open(`/admin/alumni/${kept}`)).text).toContain('Records merged into this one');
    const events = await queryRows<{ action: string; detail: object }>(
      `select action, detail from audit_events where subject_type = 'alumni-record' and subject_id in ($1, $2) order by id`,
      [kept, other],
    );
    expect(events).toEqual([
      {
        action: 'alumni-record.merged-from',
        detail: {
          recordId: other,
          fieldsFromOther: ['email', 'center'],
          movedProfiles: [],
          droppedProfiles: [],
        },
      },
      { action: 'alumni-record.merged-into', detail: { mergedInto: kept } },
    ]);
    for (const rest of ['death', 'deactivation']) {
      const again = await admin.post(`/admin/alumni/${other}/${rest}`, {});
      expect([rest, again.status]).toEqual([rest, 409]);
      expect(again.text).toContain('was merged into');
    }
  });

  it('redirects earlier merges, and makes imports reject the merged record', async () => {
    const [first = '', second = '', third = ''] = [
      await createTestRecord(uniqueAddress()),
      await createTestRecord(uniqueAddress()),
      await createTestRecord(uniqueAddress()),
    ];
    await merge(second, first);
    await merge(third, second);
    expect((await getRecord(first)).mergedInto).toBe(third);
    const { externalId } = await getRecord(first);
    const before = await queryRows('select * from alumni_members order by id');
    const file = Readable.from([Buffer.from(`external_id,last_name,active\n${externalId},Back,yes\n`)]);
    const result = await importAlumni(file, command);
    expect(result).toMatchObject({ created: 0, changed: 0, rejected: 1 });
    expect(result.errors[0]?.message).toContain(`merged into “${(await getRecord(third)).externalId}”`);
    expect(await queryRows('select * from alumni_members order by id')).toEqual(before);
  });

  it('refuses to merge records that have changed since they were shown', async () => {
    const [kept = '', other = ''] = [
      await createTestRecord(uniqueAddress()),
      await createTestRecord(uniqueAddress(), { batch: 1 + 1990 }),
    ];
    const path = `/admin/alumni/${kept}/merge/${other}`;
    await admin.open(path);
    await queryRows(`update alumni_members set center = 'Hills', updated_at = now() where id = $1`, [other]);
    const late = await admin.submit(path, { 'fields[batch]': 'other' });
    expect(late.status).toBe(409);
    expect(late.text).toContain('One of the records was changed while you were on this page');
    expect(admin.fieldsOf(path)).toMatchObject({ 'fields[batch]': 'other', 'fields[center]': 'kept' });
    expect((await getRecord(other)).state).toBe('active');
  });

  it('requires a recent sign-in', async () => {
    const path = `/admin/alumni/${await createTestRecord(uniqueAddress())}/merge/${await createTestRecord(uniqueAddress())}`;
    const other = await signInStaff('admin');
    await other.open(path);
    await ageSignIns();
    expect((await other.submit(path)).text).toContain('Confirm that it’s you');
    admin = await signInStaff('admin');
  });

  it('updates the name on invitations to a moved address', async () => {
    const [kept = '', other = ''] = [
      await createTestRecord('here@example.org', { lastName: 'Here' }),
      await createTestRecord('there@example.org', { lastName: 'There' }),
    ];
    const { invitation } = await createTestInvitation('there@example.org');
    await merge(kept, other, ['email']);
    await invitation.reload();
    expect(invitation).toMatchObject({ email: 'there@example.org', name: 'Amma Here' });
  });

  it('allows one of two concurrent merges', async () => {
    const [kept = '', other = ''] = [
      await createTestRecord(uniqueAddress()),
      await createTestRecord(uniqueAddress()),
    ];
    const answers = await Promise.allSettled([merge(kept, other), merge(other, kept)]);
    const done = answers.filter((answer) => answer.status === 'fulfilled' && answer.value);
    expect(done).toHaveLength(1);
  });
});

describe('merging claims', () => {
  it('moves claims to the kept record', async () => {
    const [kept = '', other = ''] = [
      await createTestRecord(uniqueAddress()),
      await createTestRecord(uniqueAddress()),
    ];
    const { accountId, profileId } = await claim(other, 'self');
    await claim(kept, 'child');
    await merge(kept, other);
    expect(await listProfileAccess(accountId)).toMatchObject([{ profileId, recordId: kept }]);
    expect(await getRecord(kept)).toMatchObject({ claimed: true });
    expect(await getRecord(other)).toMatchObject({ claimed: false });
    expect(await getUnmatchedAccount(accountId)).toMatchObject({ matched: true });
  });

  it('refuses two “this is me” claims, or different claims by one account', async () => {
    const [kept = '', other = '', third = ''] = [
      await createTestRecord(uniqueAddress()),
      await createTestRecord(uniqueAddress()),
      await createTestRecord(uniqueAddress(), { yearOfBirth: minorsYear }),
    ];
    const { accountId } = await claim(kept, 'self');
    await claim(other, 'self');
    await claim(third, 'child', accountId);
    await expect(merge(kept, other)).rejects.toThrow(Conflict);
    await expect(merge(kept, third)).rejects.toThrow('these are two people');
    await expect(merge(kept, kept)).rejects.toThrow('the same record twice');
    const page = await admin.open(`/admin/alumni/${kept}/merge/${other}`);
    expect(page.text).toContain('You can’t merge these records');
    expect(page.text).toContain('Two accounts have answered “This is me”');
    expect(page.$('main form')).toHaveLength(0);
  });

  it('combines two claims of one account with guardian and consent', async () => {
    const [kept = '', other = ''] = [
      await createTestRecord(uniqueAddress(), { yearOfBirth: minorsYear }),
      await createTestRecord(uniqueAddress(), { yearOfBirth: minorsYear }),
    ];
    const { accountId, profileId: asKept } = await claim(kept, 'child');
    const { profileId: asOther } = await claim(other, 'child', accountId);
    const earlier = await nameTestGuardian(asKept, accountId);
    const guardianId = await nameTestGuardian(asOther, accountId);
    await grantConsent(guardianId, command);
    const consents = await queryRows('select * from consents order by id');
    await merge(kept, other);
    expect(await listAccess(accountId)).toEqual([`${asOther} of ${kept}: supervised`]);
    expect(await findGuardian(earlier)).toMatchObject({ profileId: asOther, supersededAt: expect.any(Date) });
    expect(await findGuardian(guardianId)).toMatchObject({ profileId: asOther, supersededAt: null });
    expect(await queryRows('select * from consents order by id')).toEqual(consents);
    await withdrawConsent(guardianId, command);
    expect(await listAccess(accountId)).toEqual([`${asOther} of ${kept}: withdrawn`]);
  });

  it('keeps the latest decision of a guardian: a withdrawal overrides an older consent', async () => {
    const [kept = '', other = ''] = [
      await createTestRecord(uniqueAddress(), { yearOfBirth: minorsYear }),
      await createTestRecord(uniqueAddress(), { yearOfBirth: minorsYear }),
    ];
    const { accountId, profileId: asKept } = await claim(kept, 'child');
    const { profileId: asOther } = await claim(other, 'child', accountId);
    const [one, second] = [
      await nameTestGuardian(asKept, accountId),
      await nameTestGuardian(asOther, accountId),
    ];
    await grantConsent(one, command);
    await grantConsent(second, command);
    await withdrawConsent(second, command);
    await merge(kept, other);
    expect(await listAccess(accountId)).toEqual([`${asOther} of ${kept}: withdrawn`]);
  });

  it('leaves no claim on a record that is merged at the same time', async () => {
    for (let tries = 0; tries < 5; tries += 1) {
      const [kept = '', other = ''] = [
        await createTestRecord(uniqueAddress()),
        await createTestRecord(uniqueAddress()),
      ];
      const { id } = await createTestAccount(uniqueAddress());
      await Promise.allSettled([claim(other, 'self', id), merge(kept, other)]);
      const lost = await queryRows(
        `select 1 from profiles p join alumni_members m on m.id = p.alumni_member_id where m.merged_into is not null`,
      );
      expect(lost).toEqual([]);
    }
  });
});
