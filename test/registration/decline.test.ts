import { describe, expect, it } from 'vitest';
import { getInvitation } from '../../src/invitations/invitation.ts';
import { linkUrl } from '../../src/invitations/link.ts';
import { signLinkToken } from '../../src/platform/crypto/signed-links.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestInvitation,
  expireInvitation,
  newVisitor,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import { resend, revoke } from '../support/operations.ts';
import type { Visitor } from '../support/visitor.ts';

const system = { kind: 'system' } as const;
const tokenOf = (url: string) => new URL(url).searchParams.get('token') ?? '';

async function opened(url: string): Promise<Visitor> {
  const visitor = newVisitor();
  await visitor.open(url);
  return visitor;
}

describe('decline', () => {
  const decline = async (visitor: Visitor, reason: string) => {
    await visitor.follow('No, thank you');
    return visitor.submit('/register/decline', { reason });
  };

  it('can be undone in the same browser and with the link in the mail', async () => {
    const { url, invitation } = await createTestInvitation(uniqueAddress());
    const visitor = await opened(url);
    const thanks = await decline(visitor, 'stop');
    expect([thanks.status, thanks.text.includes('We won’t write to this address again')]).toEqual([
      200,
      true,
    ]);
    expect((await visitor.open(thanks.path)).status).toBe(200);
    expect((await getInvitation(invitation.id)).status).toBe('declined');
    expect((await visitor.submit('/register/decline/undo')).path).toBe('/register');
    expect((await getInvitation(invitation.id)).status).toBe('pending');
    await decline(visitor, 'rather-not');
    const later = await opened(url);
    expect(later.page.status).toBe(410);
    expect(later.page.text).toMatch(/You declined this invitation on \d+ \w+ \d{4}/);
    await later.submit('/register/decline/undo');
    expect((await later.submit('/register', { name: 'Back Again', password: validPassword })).path).toBe(
      '/home',
    );
  });

  it('made by a mail scanner can be undone by opening the link again', async () => {
    const { url, invitation } = await createTestInvitation(uniqueAddress());
    const scanner = await opened(url);
    await scanner.follow('No, thank you');
    await scanner.submit('/register/decline', {
      reason: String(scanner.page.$('input[name=reason]').first().val()),
    });
    expect((await getInvitation(invitation.id)).status).toBe('declined');
    const person = await opened(url);
    await person.submit('/register/decline/undo');
    expect(person.page.path).toBe('/register');
  });

  it('can’t be undone after expiry, after a newer invitation, or with a shared link', async () => {
    const expired = await createTestInvitation(uniqueAddress());
    await decline(await opened(expired.url), 'rather-not');
    await expireInvitation(expired.invitation.id);
    const late = await opened(expired.url);
    expect(late.page.$('form[action="/register/decline/undo"]')).toHaveLength(0);
    expect((await late.post('/register/decline/undo', { token: tokenOf(expired.url) })).status).toBe(410);

    const email = uniqueAddress();
    const older = await createTestInvitation(email);
    const visitor = await opened(older.url);
    await decline(visitor, 'rather-not');
    await createTestInvitation(email);
    expect((await visitor.submit('/register/decline/undo')).status).toBe(409);

    const shared = await createTestInvitation(uniqueAddress(), { delivery: 'link' });
    await queryRows(`update invitations set declined_at = now(), declined_reason = 'stop' where id = $1`, [
      shared.invitation.id,
    ]);
    const holder = await opened(shared.url);
    expect(holder.page.status).toBe(410);
    expect((await holder.post('/register/decline/undo', { token: tokenOf(shared.url) })).status).toBe(410);
    expect((await getInvitation(shared.invitation.id)).status).toBe('declined');
  });

  it('can’t be undone with a superseded link', async () => {
    const { url, invitation } = await createTestInvitation(uniqueAddress(), { staffRole: 'admin' });
    const newer = await resend(invitation.id, 'mail', system);
    const attacker = newVisitor();
    expect((await attacker.post('/register/decline/undo', { token: tokenOf(url) })).status).toBe(410);
    expect((await attacker.open('/register')).text).toContain('Open the link in your e-mail again');
    const owner = await opened(linkUrl(signLinkToken('invitation', newer.linkId)));
    await decline(owner, 'rather-not');
    const older = await opened(url);
    expect(older.page.$('form[action="/register/decline/undo"]')).toHaveLength(0);
    expect((await older.post('/register/decline/undo', { token: tokenOf(url) })).status).toBe(410);
    expect((await getInvitation(invitation.id)).status).toBe('declined');
    expect((await owner.submit('/register/decline/undo')).path).toBe('/register');
  });

  it('can’t be undone for a revoked invitation', async () => {
    const { url, invitation } = await createTestInvitation(uniqueAddress());
    await revoke(invitation.id, null, system);
    expect((await newVisitor().post('/register/decline/undo', { token: tokenOf(url) })).status).toBe(410);
    expect((await getInvitation(invitation.id)).status).toBe('revoked');
  });
});
