import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import request from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { unsubscribeLink } from '../../src/invitations/unsubscribe.ts';
import { type LinkPurpose, signLinkToken, verifyLinkToken } from '../../src/platform/crypto/signed-links.ts';
import { database, pool } from '../../src/platform/db/database.ts';
import { listActiveSuppressions } from '../../src/platform/mail/suppressions.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  app,
  createTestInvitation,
  latestMail,
  linkInMail,
  newVisitor,
  uniqueAddress,
} from '../support/fixtures.ts';
import type { Issued } from '../support/operations.ts';

let email: string;
let issued: Issued;
let path: string;

beforeEach(async () => {
  email = uniqueAddress();
  issued = await createTestInvitation(email);
  path = pathOf(unsubscribeLink(issued.linkId));
});

function pathOf(link: string): string {
  const { pathname, search } = new URL(link);
  return pathname + search;
}

const kindsAt = async (address: string) => (await listActiveSuppressions(address)).map(({ kind }) => kind);
const eventsAbout = async (address: string) =>
  (
    await queryRows<{ action: string }>(
      `select action from audit_events where subject_type = 'suppression'
         and subject_id in (select id::text from suppressions where email = $1) order by id`,
      [address],
    )
  ).map(({ action }) => action);

/** What a mail program sends (RFC 8058). */
const oneClick = (target: string) =>
  request(app).post(target).type('form').send('List-Unsubscribe=One-Click');

describe('the link in the mail', () => {
  it('asks first, stops with a button, and undoes it', async () => {
    const { unsubscribeLink: link } = await latestMail(email);
    const visitor = newVisitor();
    const asked = await visitor.open(link ?? '');
    expect(asked.text).toContain('Do you want us to stop writing?');
    expect(asked.text).toContain(email);
    expect(asked.$('main button')).toHaveLength(1);
    expect(await kindsAt(email)).toEqual([]);

    const stopped = await visitor.submit(path);
    expect(stopped.status).toBe(200);
    expect(stopped.text).toContain('We won’t write to you again');
    expect(await kindsAt(email)).toEqual(['unsubscribed']);
    expect((await visitor.open(path)).text).toContain('We won’t write to you again');

    const undone = await visitor.submit('/unsubscribe/undo');
    expect(undone.text).toContain('You can get invitations again');
    expect(await kindsAt(email)).toEqual([]);
    expect(await eventsAbout(email)).toEqual(['suppression.created', 'suppression.lifted']);
    expect((await visitor.submit(path)).text).toContain('We won’t write to you again');
  });

  it('declines nothing: the invitation still works', async () => {
    const { status } = await oneClick(path);
    expect(status).toBe(200);
    const invitation = await queryRow<{ stage: number; declined_at: Date | null }>(
      'select stage, declined_at from invitations where id = $1',
      [issued.invitation.id],
    );
    expect(invitation).toMatchObject({ stage: 1, declined_at: null });
    await queryRows(`delete from suppressions where email = $1 returning id`, [email]);
    const page = await newVisitor().open(linkInMail(await latestMail(email)));
    expect([page.path, page.status]).toEqual(['/register', 200]);
  });

  it('changes nothing when it is only opened, even by a scanner that follows it many times', async () => {
    for (const method of ['get', 'head', 'get'] as const)
      expect((await request(app)[method](path)).status).toBe(200);
    expect(await kindsAt(email)).toEqual([]);
    expect(await eventsAbout(email)).toEqual([]);
  });

  it('stays open when the language is changed, before and after stopping', async () => {
    const visitor = newVisitor();
    await visitor.open(path);
    const translated = await visitor.submit('/language', { language: 'en-XA' });
    expect([translated.status, translated.$('html').attr('lang')]).toEqual([200, 'en-XA']);
    await visitor.submit(path);
    await visitor.submit('/language', { language: 'en' });
    expect(visitor.page.text).toContain('We won’t write to you again');
  });

  it('works with what mail programs add to it', async () => {
    for (const damaged of [path.replace('token=', 'token=3D'), `${path}.`, path.replace('?', '?amp;')])
      expect((await request(app).get(damaged)).status, damaged).toBe(200);
  });
});

describe('one click in a mail program', () => {
  it.each([
    ['as its server sends it', {}],
    ['from its website', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://mail.example' }],
  ])(
    'stops mail %s, without a page, a session or a redirect',
    async (_name, headers: Record<string, string>) => {
      const response = await oneClick(path).set(headers);
      expect(response.status).toBe(200);
      expect(response.headers.location).toBeUndefined();
      expect(response.headers['set-cookie']).toBeUndefined();
      expect(await kindsAt(email)).toEqual(['unsubscribed']);
    },
  );

  it('may be sent as multipart, and twice at the same time', async () => {
    const send = () => request(app).post(path).field('List-Unsubscribe', 'One-Click');
    const responses = await Promise.all([send(), send(), send()]);
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await kindsAt(email)).toEqual(['unsubscribed']);
    expect(await eventsAbout(email)).toEqual(['suppression.created']);
  });

  it('stops mail to the address that got it, also after staff corrected the address', async () => {
    const corrected = uniqueAddress();
    await queryRows('update invitations set email = $2 where id = $1 returning id', [
      issued.invitation.id,
      corrected,
    ]);
    await oneClick(path);
    expect([await kindsAt(email), await kindsAt(corrected)]).toEqual([['unsubscribed'], []]);
  });

  it('is limited for each link', async () => {
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 21; attempt += 1) statuses.push((await oneClick(path)).status);
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(200));
    expect(statuses[20]).toBe(429);
  });
});

describe('a forged link', () => {
  const purposes: LinkPurpose[] = ['invitation', 'password-reset', 'guardian', 'group'];
  const bodyOf = (token: string) => ({ token });

  async function expectRefused(token: string): Promise<void> {
    const target = `/unsubscribe?token=${encodeURIComponent(token)}`;
    expect((await request(app).get(target)).status).toBe(400);
    expect((await oneClick(target)).status).toBe(400);
    expect((await request(app).post('/unsubscribe/undo').type('form').send(bodyOf(token))).status).toBe(400);
  }

  it('is never accepted: neither made up nor for another purpose', async () => {
    const madeUp = fc.oneof(
      fc.stringMatching(/^[\w-]{66}$/),
      fc.string({ maxLength: 80 }),
      fc.tuple(fc.constantFrom(...purposes), fc.uuid()).map(([purpose, id]) => signLinkToken(purpose, id)),
      fc.tuple(fc.nat(65), fc.constantFrom(...'AQgw-_09')).map(([at, character]) => {
        const token = signLinkToken('unsubscribe', issued.linkId);
        return token[at] === character ? 'A' : token.slice(0, at) + character + token.slice(at + 1);
      }),
    );
    fc.assert(fc.property(madeUp, (token) => verifyLinkToken('unsubscribe', token) === null));
    const opened = fc.asyncProperty(madeUp, async (token) => {
      expect((await oneClick(`/unsubscribe?token=${encodeURIComponent(token)}`)).status).toBe(400);
    });
    await fc.assert(opened, { numRuns: 30 });
    expect(await kindsAt(email)).toEqual([]);
  });

  it('gets 400 everywhere, and costs no query', async () => {
    const queries = [vi.spyOn(database, 'query'), vi.spyOn(pool, 'query')];
    await request(app).get('/unsubscribe?token=x');
    await oneClick(`/unsubscribe?token=${signLinkToken('invitation', issued.linkId)}`);
    for (const query of queries) expect(query).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    await expectRefused('x');
    await expectRefused(signLinkToken('invitation', issued.linkId));
    expect((await request(app).get('/unsubscribe')).status).toBe(400);
  });

  it('gets the same answer as a link that no longer exists', async () => {
    await expectRefused(signLinkToken('unsubscribe', randomUUID()));
  });
});
