import { createMember, createTestGroup, type Member, signInAs } from '../../groups/group-fixtures.ts';
import { uniqueAddress } from '../../support/fixtures.ts';
import { openReusableForm, signInAdmin, type TestForms } from './form.ts';

const linkFields = { role: ['member', 'admin', 'owner'], hours: ['1', '24', '720', ''] };
const roleFields = { role: ['member', 'admin', 'owner'] };

async function createOwnedGroup(): Promise<{ id: string; owner: Member; other: Member }> {
  const id = await createTestGroup();
  return { id, owner: await createMember(id, 'owner'), other: await createMember(id) };
}

/** The forms for managing groups, for owners and for staff. */
export const groupForms: TestForms = {
  async '/groups/:id/links'() {
    const { id, owner } = await createOwnedGroup();
    const path = `/groups/${id}/links`;
    return openReusableForm(await signInAs(owner), path, path, linkFields);
  },
  async '/groups/:id/links/revocations'() {
    const { id, owner } = await createOwnedGroup();
    const path = `/groups/${id}/links`;
    const fields = { creator: [owner.account.id, ''] };
    return openReusableForm(await signInAs(owner), path, `${path}/revocations`, fields);
  },
  async '/groups/:id/invitations'() {
    const { id, owner } = await createOwnedGroup();
    const path = `/groups/${id}/invitations`;
    const fields = { email: [uniqueAddress()], role: ['member', 'owner', ''] };
    return openReusableForm(await signInAs(owner), `${path}/new`, path, fields);
  },
  async '/groups/:id/members/:memberId/role'() {
    const { id, owner, other } = await createOwnedGroup();
    const path = `/groups/${id}/members/${other.membershipId}`;
    return openReusableForm(await signInAs(owner), path, `${path}/role`, roleFields);
  },
  async '/admin/groups'() {
    const fields = { name: [uniqueAddress()], description: ['Everybody of the harbour'] };
    return openReusableForm(await signInAdmin(), '/admin/groups/new', '/admin/groups', fields);
  },
  async '/admin/groups/:id/details'() {
    const path = `/admin/groups/${await createTestGroup()}/details`;
    const fields = { name: [uniqueAddress()], description: ['Everybody of the harbour'] };
    return openReusableForm(await signInAdmin(), path, path, fields);
  },
  async '/admin/groups/:id/links'() {
    const path = `/admin/groups/${await createTestGroup()}/links`;
    return openReusableForm(await signInAdmin(), path, path, linkFields);
  },
  async '/admin/groups/:id/links/revocations'() {
    const path = `/admin/groups/${await createTestGroup()}/links`;
    return openReusableForm(await signInAdmin(), path, `${path}/revocations`, { creator: [''] });
  },
  async '/admin/groups/:id/members/:memberId/role'() {
    const { id, other } = await createOwnedGroup();
    const path = `/admin/groups/${id}/members/${other.membershipId}`;
    return openReusableForm(await signInAdmin(), path, `${path}/role`, roleFields);
  },
};

export const groupButtons = [
  '/home/invitation/acceptance',
  '/home/invitation/decline',
  '/groups/:id/leaving',
  '/join-group/:id',
  ...['/groups', '/admin/groups'].flatMap((path) => [
    `${path}/:id/links/:memberId/revocation`,
    `${path}/:id/members/:memberId/removal`,
    `${path}/:id/members/:memberId/undoing`,
    `${path}/:id/members/:memberId/restoration`,
  ]),
  '/admin/groups/:id/archival',
  '/admin/groups/:id/reopening',
];
