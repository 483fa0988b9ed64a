import { createGroup } from '../../../src/groups/group.ts';
import { createTestInvitation, uniqueAddress } from '../../support/fixtures.ts';
import { openForm, openReusableForm, signInAdmin, type TestForm, type TestForms } from './form.ts';

/** Inviting one person, and actions on one invitation. */
export const invitationForms: TestForms = {
  '/admin/invitations': () => newInvitationForm('/admin/invitations'),
  '/admin/invitations/checks': () => newInvitationForm('/admin/invitations/checks'),
  async '/admin/invitations/:id/resends'() {
    return { ...(await formOfInvitation('', 'resends', { delivery: ['mail', 'link'] })), isReusable: true };
  },
  async '/admin/invitations/:id/extension'() {
    return {
      ...(await formOfInvitation('/extension', 'extension', { days: ['1', '90'] })),
      isReusable: true,
    };
  },
  async '/admin/invitations/:id/address'() {
    return {
      ...(await formOfInvitation('/address', 'address', { email: [uniqueAddress(), uniqueAddress()] })),
      isReusable: true,
    };
  },
  '/admin/invitations/:id/revocation': () =>
    formOfInvitation('/revocation', 'revocation', { reason: ['left'] }),
};

/** Buttons on the page of an invitation. */
export const invitationButtons = [
  '/admin/invitations/:id/inviter-notification',
  '/admin/invitations/:id/reopening',
];

async function newInvitationForm(action: string): Promise<TestForm> {
  const group = await createGroup({ name: uniqueAddress(), description: '' }, { kind: 'system' });
  return openReusableForm(await signInAdmin(), '/admin/invitations/new', action, {
    email: ['b@example.org'],
    message: ['Come home'],
    validityDays: ['7', '90'],
    staffRole: ['support', ''],
    delivery: ['mail', 'link'],
    groupId: [group.id, ''],
    groupRole: ['member'],
    notifyInviter: ['yes', ''],
    replace: ['yes', ''],
  });
}

async function formOfInvitation(page: string, form: string, fields: TestForm['fields']): Promise<TestForm> {
  const path = `/admin/invitations/${(await createTestInvitation(uniqueAddress())).invitation.id}`;
  return openForm(await signInAdmin(), path + page, `${path}/${form}`, fields);
}
