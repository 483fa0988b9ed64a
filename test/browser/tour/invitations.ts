import { startBulkAction } from '../../../src/invitations/bulk-actions/bulk-action.ts';
import { createTestInvitation, createTestRecord, signInStaff } from '../../support/fixtures.ts';
import { revoke } from '../../support/operations.ts';
import { at, newAddress, press, type Sit, type Stop } from './stop.ts';

const system = { kind: 'system' } as const;

async function some(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const email = newAddress();
    await createTestRecord(email, { batch: 1985 });
    ids.push((await createTestInvitation(email)).invitation.id);
  }
  return ids;
}

async function asking(sit: Sit, path: string) {
  const ids = await some(2);
  return at(await sit(await signInStaff('admin')), `${path}?${ids.map((id) => `id=${id}`).join('&')}`);
}

/** The list of invitations narrowed down, and what is done to many of them. */
export const invitationStops: readonly Stop[] = [
  [
    'invitations with every filter open',
    async (sit) => {
      await some(3);
      return at(
        await sit(await signInStaff('admin')),
        '/admin/invitations?batch=1985&center=Harbour&status=pending&sort=address',
      );
    },
  ],
  [
    'invitations by two letters',
    async (sit) => at(await sit(await signInStaff('support')), '/admin/invitations?q=gu'),
  ],
  [
    'nothing ticked',
    async (sit) =>
      press(await at(await sit(await signInStaff('admin')), '/admin/invitations'), 'Send again …'),
  ],
  ['sending many again', (sit) => asking(sit, '/admin/bulk-acts/resends')],
  ['extending many', (sit) => asking(sit, '/admin/bulk-acts/extensions')],
  [
    'extending many without days',
    async (sit) => {
      const page = await asking(sit, '/admin/bulk-acts/extensions');
      await page.fill('[name=days]', '');
      return press(page, 'Extend 2 invitations');
    },
  ],
  ['revoking many', (sit) => asking(sit, '/admin/bulk-acts/revocations')],
  ['exporting', (sit) => asking(sit, '/admin/invitations/exports')],
  [
    'what many acts left out',
    async (sit) => {
      const ids = await some(3);
      await revoke(ids[0] ?? '', null, system);
      const given = { act: 'revoke', selection: { ids }, reason: 'a wrong list', days: null } as const;
      return at(
        await sit(await signInStaff('admin')),
        `/admin/bulk-acts/${(await startBulkAction(given, system)).id}`,
      );
    },
  ],
  [
    'an act that goes on',
    async (sit) => {
      const given = { act: 'extend', selection: { ids: await some(51) }, reason: null, days: 3 } as const;
      return at(
        await sit(await signInStaff('support')),
        `/admin/bulk-acts/${(await startBulkAction(given, system)).id}`,
      );
    },
  ],
];
