import { afterEach, describe, expect, it, vi } from 'vitest';
import { getInvitation } from '../../src/invitations/invitation.ts';
import { type LinkOpen, listLinkOpens } from '../../src/invitations/opens/link-open.ts';
import { recordRecentOpen } from '../../src/invitations/opens/recent-opens.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestInvitation,
  createTestRecord,
  expireInvitation,
  newVisitor,
  runJobs,
  validPassword,
} from '../support/fixtures.ts';
import { resend, revoke } from '../support/operations.ts';
import type { Visitor } from '../support/visitor.ts';

const system = { kind: 'system' } as const;
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1';

/** A visitor with a phone's browser. */
function person(): Visitor {
  const visitor = newVisitor();
  visitor.agent
    .set('User-Agent', safari)
    .set('Accept-Language', 'en-GB')
    .set('Sec-Fetch-Mode', 'navigate')
    .set('Sec-Fetch-Dest', 'document');
  return visitor;
}

const pathOf = (url: string) => new URL(url).pathname + new URL(url).search;
const kinds = (linkOpens: LinkOpen[]) =>
  linkOpens.map(({ kind, detail, openCount }) => [kind, detail, openCount]);
const openedAt = async (id: string) => (await getInvitation(id)).openedAt;

afterEach(() => {
  vi.restoreAllMocks();
});

// These tests come first, because the others open many links from one network.
describe('mailed link', () => {
  it('counts as opened by a scanner in the seconds after the mail', async () => {
    const { url, invitation } = await createTestInvitation('hasty@example.org');
    await runJobs();
    await person().open(url);
    expect(kinds(await listLinkOpens(invitation.id))).toEqual([['scanner', 'Safari, iPhone', 1]]);
    await queryRows(
      `update messages set sent_at = sent_at - interval '1 minute' where recipient = 'hasty@example.org'`,
    );
    await person().open(url);
    expect(await openedAt(invitation.id)).not.toBeNull();
  });

  it('counts as opened by a scanner if the network opens many links', async () => {
    for (let other = 0; other < 5; other += 1) recordRecentOpen('127.0.0.1', `other ${other}`);
    const { url, invitation } = await createTestInvitation('crowd@example.org');
    await queryRows(
      `update messages set sent_at = now() - interval '1 hour' where recipient = 'crowd@example.org'`,
    );
    await person().open(url);
    expect(await openedAt(invitation.id)).toBeNull();
    const shared = await createTestInvitation('table@example.org', { delivery: 'link' });
    await person().open(shared.url);
    expect(await openedAt(shared.invitation.id)).not.toBeNull();
  });
});

describe('link opens', () => {
  it('by scanners share one row and don’t hide a later person', async () => {
    const { url, invitation } = await createTestInvitation('scanned@example.org', { delivery: 'link' });
    for (let time = 0; time < 50; time += 1) {
      await newVisitor().agent.get(pathOf(url)).set('User-Agent', 'Outlook-SafeLinks').expect(303);
      await newVisitor().agent.head(pathOf(url)).set('User-Agent', 'Outlook-SafeLinks').expect(303);
    }
    expect(kinds(await listLinkOpens(invitation.id))).toEqual([['scanner', 'Unknown browser', 100]]);
    expect(await openedAt(invitation.id)).toBeNull();
    expect((await person().open(url)).status).toBe(200);
    expect(kinds(await listLinkOpens(invitation.id))).toContainEqual(['person', 'Safari, iPhone', 1]);
    expect(await openedAt(invitation.id)).not.toBeNull();
  });

  it('by a program that imitates a browser but keeps no cookies stay unconfirmed', async () => {
    const { url, invitation } = await createTestInvitation('dressed@example.org', { delivery: 'link' });
    for (let time = 0; time < 3; time += 1) {
      await person().agent.get(pathOf(url)).expect(303);
      await person().agent.get('/register').expect(200);
    }
    expect(kinds(await listLinkOpens(invitation.id))).toEqual([['unconfirmed', 'Safari, iPhone', 3]]);
    expect(await openedAt(invitation.id)).toBeNull();
    await person().open(url);
    expect(kinds(await listLinkOpens(invitation.id))).toEqual([['person', 'Safari, iPhone', 1]]);
  });

  it('by a person who comes back keep the first date', async () => {
    const { url, invitation } = await createTestInvitation('back@example.org', { delivery: 'link' });
    const visitor = person();
    await visitor.open(url);
    const first = await openedAt(invitation.id);
    await visitor.open('/register');
    await visitor.open(url);
    expect(kinds(await listLinkOpens(invitation.id))).toEqual([['person', 'Safari, iPhone', 2]]);
    expect(await openedAt(invitation.id)).toEqual(first);
  });

  it('are by a person once a form is sent, whatever the browser', async () => {
    const { url, invitation } = await createTestInvitation('typed@example.org');
    const recordId = await createTestRecord('typed@example.org', { yearOfBirth: null });
    const visitor = newVisitor();
    await visitor.open(url);
    expect(await openedAt(invitation.id)).toBeNull();
    await visitor.submit('/register', {
      password: 'not long',
      [`records[${recordId}]`]: 'self',
      ownYearOfBirth: '',
    });
    const visits = await listLinkOpens(invitation.id);
    expect(kinds(visits)).toContainEqual(['form-error', 'password yearOfBirth', 1]);
    expect(JSON.stringify(visits)).not.toContain('not long');
    expect(await openedAt(invitation.id)).not.toBeNull();
  });

  it('are recorded at the latest on acceptance or decline', async () => {
    const accepted = await createTestInvitation('quick@example.org');
    const member = newVisitor();
    await member.open(accepted.url);
    await member.submit('/register', { name: 'Quick', password: validPassword });
    const declined = await createTestInvitation('no-thanks@example.org');
    const visitor = newVisitor();
    await visitor.open(declined.url);
    await visitor.open('/register/decline');
    await visitor.submit('/register/decline', { reason: 'not-me' });
    for (const { invitation } of [accepted, declined]) expect(await openedAt(invitation.id)).not.toBeNull();
  });

  it('of invalid links are recorded as such and don’t count as opened', async () => {
    const old = await createTestInvitation('older@example.org', { delivery: 'link' });
    await resend(old.invitation.id, 'mail', system);
    const late = await createTestInvitation('late@example.org', { delivery: 'link' });
    await expireInvitation(late.invitation.id);
    const revoked = await createTestInvitation('revoked@example.org', { delivery: 'link' });
    await revoke(revoked.invitation.id, null, system);
    for (const { url, invitation } of [old, late, revoked]) {
      expect((await person().open(url)).status).toBe(410);
      expect(kinds(await listLinkOpens(invitation.id))).toEqual([['invalid', 'Safari, iPhone', 1]]);
      expect(await openedAt(invitation.id)).toBeNull();
    }
  });
});

it('lets people register even if a link open can’t be recorded', async () => {
  const { url, invitation } = await createTestInvitation('unseen@example.org', { delivery: 'mail' });
  await queryRows('alter table link_opens add constraint closed check (false) not valid');
  try {
    const visitor = person();
    expect((await visitor.open(url)).status).toBe(200);
    expect((await visitor.submit('/register', { name: '', password: 'x' })).status).toBe(422);
    const page = await visitor.submit('/register', { name: 'Unseen', password: validPassword });
    expect(page.path).toBe('/home');
  } finally {
    await queryRows('alter table link_opens drop constraint closed');
  }
  expect((await getInvitation(invitation.id)).status).toBe('accepted');
});

it('counts links per network for ten seconds', () => {
  const at = Date.now();
  expect(recordRecentOpen('192.0.2.1', 'a', at)).toBe(1);
  expect(recordRecentOpen('192.0.2.1', 'a', at)).toBe(1);
  expect(recordRecentOpen('192.0.2.1', 'b', at + 1)).toBe(2);
  expect(recordRecentOpen('192.0.2.2', 'c', at + 1)).toBe(1);
  expect(recordRecentOpen('192.0.2.1', 'd', at + 10_001)).toBe(1);
});
