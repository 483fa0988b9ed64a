import { memberWithAuthenticator, visitorAtCodeStep } from '../../accounts/authenticator.ts';
import { newVisitor, uniqueAddress, validPassword } from '../../support/fixtures.ts';
import { goTo, type OpenAs, pressButton, signedInMember, type TestPage } from './page.ts';

async function own(openAs: OpenAs, path: string) {
  return goTo(await openAs(await signedInMember()), path);
}

async function withPhone(openAs: OpenAs, path: string) {
  return goTo(await openAs((await memberWithAuthenticator(uniqueAddress())).visitor), path);
}

/** Somebody who has signed in again, whose form waits for a page that is not there. */
async function whoseFormWaits() {
  const email = uniqueAddress();
  const visitor = await signedInMember(email);
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
export const accountPages: readonly TestPage[] = [
  ['home without a record', (openAs) => own(openAs, '/home')],
  ['the own account', (openAs) => own(openAs, '/account')],
  [
    'an account without a name',
    async (openAs) => {
      const page = await own(openAs, '/account');
      await page.fill('[name=name]', '');
      return pressButton(page, 'Save the name');
    },
  ],
  ['changing the password', (openAs) => own(openAs, '/account/password')],
  [
    'changing the password with nothing typed',
    async (openAs) => pressButton(await own(openAs, '/account/password'), 'Change the password'),
  ],
  [
    'where somebody is signed in',
    async (openAs) => {
      const email = uniqueAddress();
      const visitor = await signedInMember(email);
      await newVisitor().signIn(email, validPassword);
      return goTo(await openAs(visitor), '/account/sessions');
    },
  ],
  ['two-step sign-in', (openAs) => own(openAs, '/account/two-step')],
  [
    'two-step sign-in without a code',
    async (openAs) => pressButton(await own(openAs, '/account/two-step'), 'Turn it on'),
  ],
  ['two-step sign-in, turned on', (openAs) => withPhone(openAs, '/account/two-step')],
  [
    'recovery codes',
    async (openAs) => {
      const page = await withPhone(openAs, '/account/two-step');
      return pressButton(page, 'Make new recovery codes');
    },
  ],
  ['turning two-step sign-in off', (openAs) => withPhone(openAs, '/account/two-step/turn-off')],
  [
    'the second step',
    async (openAs) => {
      const { email } = await memberWithAuthenticator(uniqueAddress());
      return goTo(await openAs(await visitorAtCodeStep(email)), '/sign-in');
    },
  ],
  [
    'a form that was sent after signing out',
    async (openAs) => {
      const page = await own(openAs, '/account');
      await page.context().clearCookies();
      return pressButton(page, 'Save the name');
    },
  ],
  [
    'a form that another account filled in',
    async (openAs) => {
      const page = await own(openAs, '/account');
      await page.locator('[name=signedInAs]').evaluate((field) => field.setAttribute('value', '0'));
      return pressButton(page, 'Save the name');
    },
  ],
  [
    'a form whose page is no more',
    async (openAs) => goTo(await openAs(await whoseFormWaits()), '/account/none'),
  ],
  ['the own data', (openAs) => own(openAs, '/account/data')],
  ['deleting the account', (openAs) => own(openAs, '/account/deletion')],
];
