import { suspend } from '../../../src/accounts/people.ts';
import { account, invited, staff } from '../../support/cast.ts';
import { at, member, newAddress, press, type Sit, type Stop } from './stop.ts';

async function confirming(sit: Sit) {
  return at(await sit(await member()), '/account/confirm');
}

async function asAdmin(sit: Sit, path: string) {
  return at(await sit(await staff('admin')), path);
}

async function person(sit: Sit, rest = '') {
  const { id } = await account(newAddress(), 'support', 'Kofi Mensah-Asante');
  return asAdmin(sit, `/admin/people/${id}${rest}`);
}

/** People, mail, audit and settings, and proving again who one is. */
export const officeStops: readonly Stop[] = [
  ['confirming who one is', confirming],
  [
    'confirming with a wrong password',
    async (sit) => {
      const page = await confirming(sit);
      await page.fill('[name=currentPassword]', 'not this one at all');
      return press(page, 'Confirm and go on');
    },
  ],
  ['the staff among the people', (sit) => asAdmin(sit, '/admin/people')],
  ['nobody found among the people', (sit) => asAdmin(sit, '/admin/people?q=nobody-at-all')],
  ['one of the people', (sit) => person(sit)],
  [
    'one of the people, suspended',
    async (sit) => {
      const { id } = await account(newAddress(), null, 'Shut Out');
      await suspend(id, 'asked for by phone', { kind: 'command' });
      return asAdmin(sit, `/admin/people/${id}`);
    },
  ],
  ['the role of one of the people', (sit) => person(sit, '/role')],
  ['suspending one of the people', (sit) => person(sit, '/suspension')],
  ['suspending without a reason', async (sit) => press(await person(sit, '/suspension'), 'Suspend')],
  ['resetting two-step sign-in', (sit) => person(sit, '/two-step-reset')],
  [
    'the audit',
    async (sit) => {
      await invited(newAddress(), { message: 'Dear Amma' });
      return asAdmin(sit, '/admin/audit');
    },
  ],
  ['the audit, where nothing matches', (sit) => asAdmin(sit, '/admin/audit?who=nobody@example.org')],
];
