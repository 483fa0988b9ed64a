import { proposeCorrections } from '../../../src/alumni/corrections.ts';
import { createMember } from '../../alumni/members.ts';
import { queryRow } from '../../support/database.ts';
import { createTestRecord, uniqueAddress } from '../../support/fixtures.ts';
import { openForm, openReusableForm, signInAdmin, type TestForm, type TestForms } from './form.ts';

const recordFields = {
  externalId: ['A-1', "'=A1"],
  firstName: ['Amma'],
  lastName: ['Owusu', 'O’Hara'],
  email: ['amma@example.org'],
  batch: ['2002'],
  center: ['Harbour'],
  yearOfBirth: ['1984'],
  savedAt: ['2026-01-01 00:00:00+00'],
};

/** Forms about alumni records. */
export const alumniForms: TestForms = {
  async '/admin/alumni'() {
    const { savedAt: _known, ...fields } = recordFields;
    return openReusableForm(await signInAdmin(), '/admin/alumni/new', '/admin/alumni', fields);
  },
  async '/admin/alumni/exports'() {
    await createTestRecord(uniqueAddress());
    const fields = {
      q: ['owusu', 'o'],
      batch: ['2002'],
      center: ['Harbour'],
      state: ['claimed', 'merged'],
      missing: ['year-of-birth'],
    };
    return openReusableForm(await signInAdmin(), '/admin/alumni', '/admin/alumni/exports', fields);
  },
  async '/admin/alumni/corrections/exports'() {
    const page = '/admin/alumni/corrections';
    return openReusableForm(await signInAdmin(), page, `${page}/exports`, {
      since: ['2026-01-01'],
      format: ['csv', 'xlsx'],
    });
  },
  async '/admin/alumni/corrections/:id'() {
    const { recordId, id } = await proposedCorrection();
    const page = '/admin/alumni/corrections';
    return openForm(await signInAdmin(), page, `${page}/${recordId}`, {
      shown: [id],
      [`accept[${id}]`]: ['yes'],
      reason: ['The yearbook says 2002'],
    });
  },
  async '/admin/alumni/:id/details'() {
    return { ...(await formOfRecord('details', recordFields)), isReusable: true };
  },
  '/admin/alumni/:id/death': () => formOfRecord('death', { revoke: ['yes', ''] }),
  async '/admin/alumni/:id/merge/:otherId'() {
    const path = `/admin/alumni/${await createTestRecord(uniqueAddress())}/merge/${await createTestRecord(uniqueAddress(), { batch: 1999 })}`;
    const visitor = await signInAdmin();
    await visitor.open(path);
    const { keptSavedAt, otherSavedAt } = visitor.fieldsOf(path);
    return openForm(visitor, path, path, {
      'fields[batch]': ['kept', 'other'],
      'fields[email]': ['other'],
      keptSavedAt: [String(keptSavedAt)],
      otherSavedAt: [String(otherSavedAt)],
    });
  },
};

/** Buttons on the pages of alumni records. */
export const alumniButtons = [
  '/admin/alumni/:id/deactivation',
  '/admin/alumni/:id/reactivation',
  '/admin/alumni/unmatched/:id/match/:recordId',
  '/admin/alumni/unmatched/:id/no-record',
  '/admin/alumni/unmatched/:id/no-record/undo',
  '/admin/alumni/unmatched/:id/hold/lift',
];

async function formOfRecord(form: string, fields: TestForm['fields']): Promise<TestForm> {
  const path = `/admin/alumni/${await createTestRecord(uniqueAddress())}/${form}`;
  return openForm(await signInAdmin(), path, path, fields);
}

/** A member proposes another center. */
async function proposedCorrection(): Promise<{ recordId: string; id: string }> {
  const accountId = await createMember(uniqueAddress());
  const record = await queryRow<{ id: string }>(
    'select alumni_member_id::text as id from profiles where account_id = $1',
    [accountId],
  );
  const values = { firstName: 'Amma', lastName: 'Owusu', formerName: null, batch: 2002, center: 'Lakeside' };
  await proposeCorrections(accountId, record?.id ?? '', values, { kind: 'system' });
  const correction = await queryRow<{ id: string }>(
    'select id::text from record_corrections where alumni_member_id = $1',
    [record?.id],
  );
  return { recordId: record?.id ?? '', id: correction?.id ?? '' };
}
