import { memberWithAuthenticator, visitorAtCodeStep } from '../../accounts/authenticator.ts';
import { newVisitor, validPassword } from '../../support/fixtures.ts';
import { at, member, newAddress, press, type Sit, type Stop } from './stop.ts';

async function own(sit: Sit, path: string) {
  return at(await sit(await member()), path);
}

async function withPhone(sit: Sit, path: string) {
  return at(await sit((await memberWithAuthenticator(newAddress())).visitor), path);
}

/** Somebody who has signed in again, whose form waits for a page that is not there. */
async function whoseFormWaits() {
  const email = newAddress();
  const visitor = await member(email);
  await visitor.open('/account');
  const { signedInAs } = visitor.fieldsOf('/account/name');
  const fields = [['name', 'Amma Owusu']];
  const form = { action: '/account/name', page: '/account/none', signedInAs, fields, hadFile: false };
  await visitor.submit('/sign-out');
  await visitor.open('/sign-in');
  const pendingForm = JSON.stringify(form);
  await visitor.post('/sign-in', { email, password: validPassword, pendingForm });
  return visitor;
}

/** What members do with their own account. */
export const accountStops: readonly Stop[] = [
  ['home without a record', (sit) => own(sit, '/home')],
  ['the own account', (sit) => own(sit, '/account')],
  [
    'an account without a name',
    async (sit) => {
      const page = await own(sit, '/account');
      await page.fill('[name=name]', '');
      return press(page, 'Save the name');
    },
  ],
  ['changing the password', (sit) => own(sit, '/account/password')],
  [
    'changing the password with nothing typed',
    async (sit) => press(await own(sit, '/account/password'), 'Change the password'),
  ],
  [
    'where somebody is signed in',
    async (sit) => {
      const email = newAddress();
      const visitor = await member(email);
      await newVisitor().signIn(email, validPassword);
      return at(await sit(visitor), '/account/sessions');
    },
  ],
  ['two-step sign-in', (sit) => own(sit, '/account/two-step')],
  [
    'two-step sign-in without a code',
    async (sit) => press(await own(sit, '/account/two-step'), 'Turn it on'),
  ],
  ['two-step sign-in, turned on', (sit) => withPhone(sit, '/account/two-step')],
  [
    'recovery codes',
    async (sit) => {
      const page = await withPhone(sit, '/account/two-step');
      return press(page, 'Make new recovery codes');
    },
  ],
  ['turning two-step sign-in off', (sit) => withPhone(sit, '/account/two-step/turn-off')],
  [
    'the second step',
    async (sit) => {
      const { email } = await memberWithAuthenticator(newAddress());
      return at(await sit(await visitorAtCodeStep(email)), '/sign-in');
    },
  ],
  [
    'a form that was sent after signing out',
    async (sit) => {
      const page = await own(sit, '/account');
      await page.context().clearCookies();
      return press(page, 'Save the name');
    },
  ],
  [
    'a form that another account filled in',
    async (sit) => {
      const page = await own(sit, '/account');
      await page.locator('[name=signedInAs]').evaluate((field) => field.setAttribute('value', '0'));
      return press(page, 'Save the name');
    },
  ],
  ['a form whose page is no more', async (sit) => at(await sit(await whoseFormWaits()), '/account/none')],
  ['the own data', (sit) => own(sit, '/account/data')],
  ['deleting the account', (sit) => own(sit, '/account/deletion')],
];
