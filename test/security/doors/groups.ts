import { createMember, createTestGroup, type Member, signInAs } from '../../groups/group-fixtures.ts';
import { asAdmin, type Doors, once, unique } from './door.ts';

const linkFields = { role: ['member', 'admin', 'owner'], hours: ['1', '24', '720', ''] };
const roleFields = { role: ['member', 'admin', 'owner'] };

async function owned(): Promise<{ id: string; owner: Member; other: Member }> {
  const id = await createTestGroup();
  return { id, owner: await createMember(id, 'owner'), other: await createMember(id) };
}

/** The forms of those who run groups, at their own door and at the staff's. */
export const groupDoors: Doors = {
  async '/groups/:id/links'() {
    const { id, owner } = await owned();
    const path = `/groups/${id}/links`;
    return { ...(await once(await signInAs(owner), path, path, linkFields)), lasting: true };
  },
  async '/groups/:id/links/revocations'() {
    const { id, owner } = await owned();
    const path = `/groups/${id}/links`;
    const fields = { creator: [owner.account.id, ''] };
    return { ...(await once(await signInAs(owner), path, `${path}/revocations`, fields)), lasting: true };
  },
  async '/groups/:id/invitations'() {
    const { id, owner } = await owned();
    const path = `/groups/${id}/invitations`;
    const fields = { email: [unique()], role: ['member', 'owner', ''] };
    return { ...(await once(await signInAs(owner), `${path}/new`, path, fields)), lasting: true };
  },
  async '/groups/:id/members/:memberId/role'() {
    const { id, owner, other } = await owned();
    const path = `/groups/${id}/members/${other.membershipId}`;
    return { ...(await once(await signInAs(owner), path, `${path}/role`, roleFields)), lasting: true };
  },
  async '/admin/groups'() {
    const fields = { name: [unique()], description: ['Everybody of the harbour'] };
    return { ...(await once(await asAdmin(), '/admin/groups/new', '/admin/groups', fields)), lasting: true };
  },
  async '/admin/groups/:id/details'() {
    const path = `/admin/groups/${await createTestGroup()}/details`;
    const fields = { name: [unique()], description: ['Everybody of the harbour'] };
    return { ...(await once(await asAdmin(), path, path, fields)), lasting: true };
  },
  async '/admin/groups/:id/links'() {
    const path = `/admin/groups/${await createTestGroup()}/links`;
    return { ...(await once(await asAdmin(), path, path, linkFields)), lasting: true };
  },
  async '/admin/groups/:id/links/revocations'() {
    const path = `/admin/groups/${await createTestGroup()}/links`;
    return {
      ...(await once(await asAdmin(), path, `${path}/revocations`, { creator: [''] })),
      lasting: true,
    };
  },
  async '/admin/groups/:id/members/:memberId/role'() {
    const { id, other } = await owned();
    const path = `/admin/groups/${id}/members/${other.membershipId}`;
    return { ...(await once(await asAdmin(), path, `${path}/role`, roleFields)), lasting: true };
  },
};

export const groupButtons = [
  '/home/invitation/acceptance',
  '/home/invitation/decline',
  '/groups/:id/leaving',
  '/groups/:id/join',
  ...['/groups', '/admin/groups'].flatMap((door) => [
    `${door}/:id/links/:memberId/revocation`,
    `${door}/:id/members/:memberId/removal`,
    `${door}/:id/members/:memberId/undoing`,
    `${door}/:id/members/:memberId/restoration`,
  ]),
  '/admin/groups/:id/archival',
  '/admin/groups/:id/reopening',
];
