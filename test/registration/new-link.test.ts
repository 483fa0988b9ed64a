import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { getInvitation } from '../../src/invitations/invitation.ts';
import { signLinkToken } from '../../src/platform/crypto/signed-links.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestInvitation,
  expireInvitation,
  latestMail,
  linkInMail,
  newVisitor,
  runJobs,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import { correctAddress, resend, revoke } from '../support/operations.ts';
import type { Visitor } from '../support/visitor.ts';

const system = { kind: 'system' } as const;
const tokenOf = (url: string) => new URL(url).searchParams.get('token') ?? '';

async function opened(url: string): Promise<Visitor> {
  const visitor = newVisitor();
  await visitor.open(url);
  return visitor;
}

beforeEach(() => queryRows('delete from rate_limits'));

describe('requesting a new link', () => {
  const requestNewLink = async (email: string) => {
    const visitor = newVisitor();
    await visitor.open('/register/new-link');
    return visitor.submit('/register/new-link', { email });
  };

  it('gets the same response for every address', async () => {
    await createTestInvitation('asked@example.org');
    const known = await requestNewLink('asked@example.org');
    const unknown = await requestNewLink('never-heard@example.org');
    expect(known.status).toBe(200);
    expect(known.text).toBe(unknown.text);
  });

  it('sends a new link for an expired invitation at most three times a day', async () => {
    const { invitation, url } = await createTestInvitation('lost@example.org');
    await expireInvitation(invitation.id);
    await requestNewLink('lost@example.org');
    const link = linkInMail(await latestMail('lost@example.org'));
    expect(link).not.toBe(url);
    expect((await newVisitor().open(link)).status).toBe(200);
    for (let times = 0; times < 3; times += 1) {
      await requestNewLink('lost@example.org');
      await latestMail('lost@example.org');
    }
    const links = await queryRows('select 1 from invitation_links where invitation_id = $1', [invitation.id]);
    expect(links).toHaveLength(4);
    expect(
      await queryRows(
        `select 1 from invitation_requests where email = 'lost@example.org' and resolved_at is null`,
      ),
    ).toHaveLength(1);
  });

  it('leaves other requests to staff', async () => {
    const { invitation } = await createTestInvitation('taken-back@example.org');
    await revoke(invitation.id, null, { kind: 'system' });
    await requestNewLink('taken-back@example.org');
    await requestNewLink('taken-back@example.org');
    await latestMail('lost@example.org');
    const requests = await queryRows<{ request_count: number }>(
      `select request_count from invitation_requests where email = 'taken-back@example.org' and resolved_at is null`,
    );
    expect(requests).toEqual([{ request_count: 2 }]);
  });
});

describe('button that sends a new link', () => {
  it('sends it to the same address after the invitation expired', async () => {
    const { url, invitation } = await createTestInvitation('expired-button@example.org');
    await runJobs();
    await expireInvitation(invitation.id);
    const visitor = await opened(url);
    expect(visitor.page.text).toContain('Send a new link to e•••@e•••.org');
    const response = await visitor.submit('/register/new-link');
    expect([response.status, response.path]).toEqual([200, '/register/new-link/sent']);
    const link = linkInMail(await latestMail('expired-button@example.org'));
    expect(link).not.toBe(url);
    expect((await newVisitor().open(link)).path).toBe('/register');
  });

  it('is shown for a superseded link, with the date and time', async () => {
    const { url, invitation } = await createTestInvitation('replaced-button@example.org');
    await resend(invitation.id, 'mail', system);
    const visitor = await opened(url);
    expect(visitor.page.status).toBe(410);
    expect(visitor.page.text).toMatch(/A newer link was sent on \d+ \w+ \d{4} at \d\d:\d\d/);
    expect((await visitor.submit('/register/new-link')).path).toBe('/register/new-link/sent');
  });

  it('is shown if the invitation expires while its form is open', async () => {
    const { url, invitation } = await createTestInvitation(uniqueAddress());
    const visitor = await opened(url);
    await expireInvitation(invitation.id);
    await visitor.submit('/register', { name: 'Late', password: validPassword });
    expect(visitor.page.status).toBe(410);
    expect((await visitor.submit('/register/new-link')).path).toBe('/register/new-link/sent');
  });

  it('is missing after the address was corrected, so the old address learns nothing', async () => {
    const { url, invitation } = await createTestInvitation('wrong-person@example.org');
    const visitor = await opened(url);
    await correctAddress(invitation.id, 'right-person@example.org', system);
    const page = await newVisitor().open(url);
    expect(page.status).toBe(410);
    expect(page.text).not.toContain('r•••');
    const answer = await visitor.post('/register/new-link', { token: tokenOf(url) });
    expect(answer.status).toBe(410);
    const sent = await visitor.submit('/register', { name: 'Wrong', password: validPassword });
    expect(sent.status).toBe(410);
    expect(sent.text).not.toContain('right-person');
  });

  it('refuses forged tokens and revoked invitations', async () => {
    const { url, invitation } = await createTestInvitation(uniqueAddress());
    await revoke(invitation.id, null, system);
    const before = await queryRows('select count(*)::int as n from invitation_requests');
    for (const [token, status] of [
      ['nonsense', 400],
      [signLinkToken('invitation', randomUUID()), 400],
      [signLinkToken('guardian', randomUUID()), 400],
      [tokenOf(url), 410],
    ] as const)
      expect((await newVisitor().post('/register/new-link', { token })).status).toBe(status);
    expect(await queryRows('select count(*)::int as n from invitation_requests')).toEqual(before);
  });
});

describe('new link requested anonymously', () => {
  it('supersedes earlier links only once it is opened, and never an open form', async () => {
    const email = uniqueAddress();
    const { url, invitation } = await createTestInvitation(email);
    const visitor = await opened(url);
    const form = { ...visitor.fieldsOf('/register'), name: 'Undisturbed', password: validPassword };
    await newVisitor().post('/register/new-link', { email });
    const requested = linkInMail(await latestMail(email));
    const { pathname, search } = new URL(requested);
    await newVisitor().agent.head(pathname + search);
    expect((await newVisitor().open(url)).path).toBe('/register');
    expect((await newVisitor().open(requested)).path).toBe('/register');
    expect((await newVisitor().open(url)).status).toBe(410);
    expect((await visitor.post('/register', form)).headers.location).toBe('/home');
    expect((await getInvitation(invitation.id)).status).toBe('accepted');
  });

  it('is superseded by a resend', async () => {
    const email = uniqueAddress();
    const { url, invitation } = await createTestInvitation(email);
    await newVisitor().post('/register/new-link', { email });
    const requested = linkInMail(await latestMail(email));
    await resend(invitation.id, 'mail', system);
    for (const older of [url, requested]) expect((await newVisitor().open(older)).status).toBe(410);
  });
});
