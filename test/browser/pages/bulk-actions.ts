import { startBulkAction } from '../../../src/invitations/bulk-actions/run.ts';
import {
  createTestInvitation,
  createTestRecord,
  signInStaff,
  uniqueAddress,
} from '../../support/fixtures.ts';
import { revoke } from '../../support/operations.ts';
import { goTo, type OpenAs, pressButton, type TestPage } from './page.ts';

const system = { kind: 'system' } as const;

async function createInvitations(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const email = uniqueAddress();
    await createTestRecord(email, { batch: 1985 });
    ids.push((await createTestInvitation(email)).invitation.id);
  }
  return ids;
}

async function openForTwo(openAs: OpenAs, path: string) {
  const ids = await createInvitations(2);
  return goTo(await openAs(await signInStaff('admin')), `${path}?${ids.map((id) => `id=${id}`).join('&')}`);
}

/** The filtered list of invitations, and bulk actions. */
export const bulkActionPages: readonly TestPage[] = [
  [
    'invitations with every filter',
    async (openAs) => {
      await createInvitations(3);
      return goTo(
        await openAs(await signInStaff('admin')),
        '/admin/invitations?batch=1985&center=Harbour&status=pending&sort=address',
      );
    },
  ],
  [
    'a search for two letters',
    async (openAs) => goTo(await openAs(await signInStaff('support')), '/admin/invitations?q=gu'),
  ],
  [
    'a bulk action without a selection',
    async (openAs) =>
      pressButton(await goTo(await openAs(await signInStaff('admin')), '/admin/invitations'), 'Send again'),
  ],
  ['resending several invitations', (openAs) => openForTwo(openAs, '/admin/bulk-actions/resends')],
  ['extending several invitations', (openAs) => openForTwo(openAs, '/admin/bulk-actions/extensions')],
  [
    'extending several invitations without days',
    async (openAs) => {
      const page = await openForTwo(openAs, '/admin/bulk-actions/extensions');
      await page.fill('[name=days]', '');
      return pressButton(page, 'Give 2 invitations more time');
    },
  ],
  ['revoking several invitations', (openAs) => openForTwo(openAs, '/admin/bulk-actions/revocations')],
  ['exporting invitations', (openAs) => openForTwo(openAs, '/admin/invitations/exports')],
  [
    'a bulk action with skipped invitations',
    async (openAs) => {
      const ids = await createInvitations(3);
      await revoke(ids[0] ?? '', null, system);
      const newAction = { type: 'revoke', selection: { ids }, reason: 'a wrong list', days: null } as const;
      return goTo(
        await openAs(await signInStaff('admin')),
        `/admin/bulk-actions/${(await startBulkAction(newAction, system)).id}`,
      );
    },
  ],
  [
    'a bulk action in progress',
    async (openAs) => {
      const newAction = {
        type: 'extend',
        selection: { ids: await createInvitations(51) },
        reason: null,
        days: 3,
      } as const;
      return goTo(
        await openAs(await signInStaff('support')),
        `/admin/bulk-actions/${(await startBulkAction(newAction, system)).id}`,
      );
    },
  ],
];
