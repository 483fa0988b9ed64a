import { createTestInvitation, uniqueAddress } from '../../support/fixtures.ts';
import { openReusableForm, signInAdmin, type TestForm, type TestForms } from './form.ts';

const filter = {
  all: ['yes', ''],
  q: ['nobody-at-all', 'k', '00000000'],
  status: ['revoked', 'expired'],
  delivery: ['link', 'bounced'],
  batch: ['1985'],
  center: ['Harbour'],
  group: ['1', '999999999999999999'],
  inviter: ['1'],
  from: ['2026-01-01'],
  to: ['2026-02-29', '2026-12-31'],
};

/** Bulk actions on invitations. */
export const bulkActionForms: TestForms = {
  '/admin/bulk-actions/resends': () => formForMany('/admin/bulk-actions/resends', {}),
  '/admin/bulk-actions/extensions': () =>
    formForMany('/admin/bulk-actions/extensions', { days: ['7', '90'] }),
  '/admin/bulk-actions/revocations': () =>
    formForMany('/admin/bulk-actions/revocations', { reason: ['left'] }),
  '/admin/invitations/exports': () => formForMany('/admin/invitations/exports', {}),
};

async function formForMany(path: string, fields: TestForm['fields']): Promise<TestForm> {
  const { id } = (await createTestInvitation(uniqueAddress())).invitation;
  return openReusableForm(await signInAdmin(), `${path}?id=${id}`, path, { ids: [id], ...filter, ...fields });
}
