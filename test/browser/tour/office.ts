import { at, member, press, type Sit, type Stop } from './stop.ts';

async function confirming(sit: Sit) {
  return at(await sit(await member()), '/account/confirm');
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
];
