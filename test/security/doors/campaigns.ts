import { checkedImport, drafted, pathOf, sent } from '../../campaigns/campaign.ts';
import { asAdmin, type Door, type Doors, once, unique } from './door.ts';

/** Creating, changing, sending and recalling campaigns. */
export const campaignDoors: Doors = {
  async '/admin/campaigns'() {
    const importId = await checkedImport([{ email: unique() }]);
    const page = `/admin/campaigns/new?import=${importId}`;
    const fields = { importId: [importId], name: ['Spring reunion'] };
    return { ...(await once(await asAdmin(), page, '/admin/campaigns', fields)), lasting: true };
  },
  async '/admin/campaigns/:id/settings'() {
    const door = await ofDraft('settings', 'settings', {
      version: ['1', '2'],
      name: ['Autumn reunion'],
      message: ['See you in May'],
      validityDays: ['7'],
      groupId: ['', '1', '999999999999999999'],
      groupRole: ['member', 'owner'],
      'override[open]': ['yes'],
    });
    return { ...door, lasting: true };
  },
  '/admin/campaigns/:id/checks': () => ofDraft('', 'checks', { version: ['1'] }),
  '/admin/campaigns/:id/sending': () => ofDraft('', 'sending', { count: ['1'], version: ['1'] }),
  async '/admin/campaigns/:id/recall'() {
    const visitor = await asAdmin();
    const path = pathOf(await drafted(visitor, [{ email: unique() }]));
    await sent(visitor);
    return once(visitor, `${path}/recall`, `${path}/recall`, { reason: ['a wrong list'] });
  },
};

export const campaignButtons = ['/admin/campaigns/:id/deletion', '/admin/campaigns/:id/exports'];

async function ofDraft(page: string, form: string, fields: Door['fields']): Promise<Door> {
  const visitor = await asAdmin();
  const path = pathOf(await drafted(visitor, [{ email: unique() }]));
  return once(visitor, `${path}/${page}`.replace(/\/$/, ''), `${path}/${form}`, fields);
}
