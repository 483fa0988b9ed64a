import { queryRow } from '../../support/database.ts';
import { uniqueAddress } from '../../support/fixtures.ts';
import {
  openForm,
  openReusableForm,
  registerMinorWithGuardian,
  signInAdmin,
  type TestForm,
  type TestForms,
} from './form.ts';

/** Staff forms about consents and guardians. */
export const consentForms: TestForms = {
  async '/admin/consents/disclosures'() {
    const path = '/admin/consents/disclosures';
    return openReusableForm(await signInAdmin(), path, path, { body: ['All about it. '.repeat(20)] });
  },
  '/admin/guardians/:id/address': () =>
    formOfGuardian('address', { correctedEmail: [uniqueAddress()], reason: ['misspelt'] }),
  '/admin/guardians/:id/second-guardian': () =>
    formOfGuardian('second-guardian', { guardianName: ['Gil'], guardianEmail: [uniqueAddress()] }),
  '/admin/guardians/:id/erasure-dismissal': () =>
    formOfGuardian('erasure-dismissal', { dismissalReason: ['nobody’s guardian'] }),
};

/** A form on the page of a guardian who has asked for erasure. */
async function formOfGuardian(form: string, fields: TestForm['fields']): Promise<TestForm> {
  const asked = await queryRow<{ id: string }>(
    'update guardians set erasure_requested_at = now() where email = $1 returning id',
    [(await registerMinorWithGuardian()).guardian],
  );
  const path = `/admin/guardians/${asked?.id}`;
  return openForm(await signInAdmin(), path, `${path}/${form}`, fields);
}
