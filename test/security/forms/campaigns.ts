import { createCheckedImport, createDraft, pathOf, sendAndRun } from '../../campaigns/campaign.ts';
import { uniqueAddress } from '../../support/fixtures.ts';
import { openForm, openReusableForm, signInAdmin, type TestForm, type TestForms } from './form.ts';

/** Creating, changing, sending and recalling campaigns. */
export const campaignForms: TestForms = {
  async '/admin/campaigns'() {
    const importId = await createCheckedImport([{ email: uniqueAddress() }]);
    const page = `/admin/campaigns/new?import=${importId}`;
    const fields = { importId: [importId], name: ['Spring reunion'] };
    return openReusableForm(await signInAdmin(), page, '/admin/campaigns', fields);
  },
  async '/admin/campaigns/:id/settings'() {
    const form = await formOfDraft('settings', 'settings', {
      version: ['1', '2'],
      name: ['Autumn reunion'],
      message: ['See you in May'],
      validityDays: ['7'],
      groupId: ['', '1', '999999999999999999'],
      groupRole: ['member', 'owner'],
      'override[open]': ['yes'],
    });
    return { ...form, isReusable: true };
  },
  '/admin/campaigns/:id/checks': () => formOfDraft('', 'checks', { version: ['1'] }),
  '/admin/campaigns/:id/sending': () => formOfDraft('', 'sending', { count: ['1'], version: ['1'] }),
  async '/admin/campaigns/:id/recall'() {
    const visitor = await signInAdmin();
    const path = pathOf(await createDraft(visitor, [{ email: uniqueAddress() }]));
    await sendAndRun(visitor);
    return openForm(visitor, `${path}/recall`, `${path}/recall`, { reason: ['a wrong list'] });
  },
};

export const campaignButtons = ['/admin/campaigns/:id/deletion', '/admin/campaigns/:id/exports'];

async function formOfDraft(page: string, form: string, fields: TestForm['fields']): Promise<TestForm> {
  const visitor = await signInAdmin();
  const path = pathOf(await createDraft(visitor, [{ email: uniqueAddress() }]));
  return openForm(visitor, `${path}/${page}`.replace(/\/$/, ''), `${path}/${form}`, fields);
}
