import { startBulkAction } from '../../../src/invitations/bulk-actions/bulk-action.ts';
import {
  createTestInvitation,
  createTestRecord,
  signInStaff,
  uniqueAddress,
} from '../../support/fixtures.ts';
import { revoke } from '../../support/operations.ts';
import { goTo, type OpenAs, pressButton, type TestPage } from './page.ts';

const system = { kind: 'system' } as const;

async function some(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const email = uniqueAddress();
    await createTestRecord(email, { batch: 1985 });
    ids.push((await createTestInvitation(email)).invitation.id);
  }
  return ids;
}

async function asking(openAs: OpenAs, path: string) {
  const ids = await some(2);
  return goTo(await openAs(await signInStaff('admin')), `${path}?${ids.map((id) => `id=${id}`).join('&')}`);
}

/** The list of invitations narrowed down, and what is done to many of them. */
export const bulkActionPages: readonly TestPage[] = [
  [
    'invitations with every filter open',
    async (openAs) => {
      await some(3);
      return goTo(
        await openAs(await signInStaff('admin')),
        '/admin/invitations?batch=1985&center=Harbour&status=pending&sort=address',
      );
    },
  ],
  [
    'invitations by two letters',
    async (openAs) => goTo(await openAs(await signInStaff('support')), '/admin/invitations?q=gu'),
  ],
  [
    'nothing ticked',
    async (openAs) =>
      pressButton(await goTo(await openAs(await signInStaff('admin')), '/admin/invitations'), 'Send again …'),
  ],
  ['sending many again', (openAs) => asking(openAs, '/admin/bulk-actions/resends')],
  ['extending many', (openAs) => asking(openAs, '/admin/bulk-actions/extensions')],
  [
    'extending many without days',
    async (openAs) => {
      const page = await asking(openAs, '/admin/bulk-actions/extensions');
      await page.fill('[name=days]', '');
      return pressButton(page, 'Extend 2 invitations');
    },
  ],
  ['revoking many', (openAs) => asking(openAs, '/admin/bulk-actions/revocations')],
  ['exporting', (openAs) => asking(openAs, '/admin/invitations/exports')],
  [
    'what many acts left out',
    async (openAs) => {
      const ids = await some(3);
      await revoke(ids[0] ?? '', null, system);
      const given = { type: 'revoke', selection: { ids }, reason: 'a wrong list', days: null } as const;
      return goTo(
        await openAs(await signInStaff('admin')),
        `/admin/bulk-actions/${(await startBulkAction(given, system)).id}`,
      );
    },
  ],
  [
    'an act that goes on',
    async (openAs) => {
      const given = { type: 'extend', selection: { ids: await some(51) }, reason: null, days: 3 } as const;
      return goTo(
        await openAs(await signInStaff('support')),
        `/admin/bulk-actions/${(await startBulkAction(given, system)).id}`,
      );
    },
  ],
];
