import { randomBytes } from 'node:crypto';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createGroup } from '../../src/groups/group.ts';
import { redeemGroupLink } from '../../src/groups/join-by-link.ts';
import { generateGroupLink } from '../../src/groups/link.ts';
import { config } from '../../src/platform/config/config.ts';
import { inTransaction } from '../../src/platform/db/database.ts';
import { listCapturedMails } from '../../src/platform/mail/captured-mail.ts';
import { purge } from '../../src/purge.ts';
import { type EventType, eventDescriptions, eventTypes } from '../../src/webhooks/events.ts';
import { messageSchema } from '../../src/webhooks/schemas.ts';
import { reencryptSecret } from '../../src/webhooks/secret.ts';
import { createWebhook, getWebhookSecret } from '../../src/webhooks/webhook.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  newVisitor,
  runJobs,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import { revoke } from '../support/operations.ts';
import { type ReceivedMessage, Receiver } from './receiver.ts';

vi.hoisted(() => {
  process.env.WEBHOOKS_ALLOW_PRIVATE = 'true';
});

type Message = { type: string; timestamp: string; data: Record<string, unknown> };
const office = { kind: 'command' } as const;
const receiver = new Receiver();

beforeAll(() => receiver.start());
afterAll(() => receiver.stop());
beforeEach(async () => {
  await queryRows('delete from webhooks');
  receiver.response = { status: 204 };
  receiver.takeReceived();
});

function parseMessage({ body }: ReceivedMessage): Message {
  const message: Message = JSON.parse(body);
  if (message.type in eventDescriptions) messageSchema(message.type as EventType).parse(message);
  return message;
}
const receivedTypes = () => receiver.takeReceived().map((message) => parseMessage(message).type);
const listDeliveries = () =>
  queryRows<{ type: string; attempts: number; failed_at: Date | null; error: string | null }>(
    'select type, attempts, failed_at, error from webhook_deliveries order by id',
  );
const addWebhook = (events: readonly EventType[] = eventTypes) => createWebhook(receiver.url, events, office);

/** Makes every pending delivery due and runs the worker. */
async function runPending(): Promise<void> {
  await queryRows('update webhooks set last_attempt_at = null');
  await queryRows(
    'update webhook_deliveries set due_at = now() where delivered_at is null and failed_at is null',
  );
  await queryRows(`select from graphile_worker.add_job('send-webhooks', queue_name := 'webhooks')`);
  await runJobs();
}

describe('an event', () => {
  it('is sent once', async () => {
    await addWebhook();
    const recordId = await createTestRecord('amma@example.org');
    const { invitation, url } = await createTestInvitation('amma@example.org');
    await runJobs();
    await runJobs();
    expect(receivedTypes().sort()).toEqual(['invitation.created', 'invitation.sent']);
    const visitor = newVisitor();
    await visitor.open(url);
    await visitor.submit('/register', {
      name: 'Amma Owusu',
      password: validPassword,
      [`records[${recordId}]`]: 'self',
    });
    await runJobs();
    const [accepted, ...others] = receiver
      .takeReceived()
      .map(parseMessage)
      .filter(({ type }) => type === 'invitation.accepted');
    expect(others).toEqual([]);
    expect(accepted?.data).toMatchObject({
      id: Number(invitation.id),
      reference: invitation.reference,
      email: 'amma@example.org',
      status: 'accepted',
      claims: [{ external_id: expect.any(String), relationship: 'self' }],
    });
    expect(Math.abs(Date.parse(accepted?.timestamp ?? '') - Date.now())).toBeLessThan(60_000);
  });

  it('is sent for each change of an invitation', async () => {
    await addWebhook();
    const { invitation } = await createTestInvitation('kofi@example.org', { delivery: 'link' });
    const { invitation: other } = await createTestInvitation('esi@example.org', { delivery: 'link' });
    await queryRows(`update invitations set bounced_at = now(), opened_at = now() where id = $1`, [
      invitation.id,
    ]);
    await queryRows(`update invitations set bounced_at = null where id = $1`, [invitation.id]);
    await queryRows(
      `update invitations set created_at = now() - interval '9 days', expires_at = now() - interval '1 day' where id = $1`,
      [other.id],
    );
    await queryRows(`update invitations set expiry_recorded_at = now() where id = $1`, [other.id]);
    await revoke(invitation.id, 'an error', office);
    await queryRows(`update invitations set declined_at = now(), declined_reason = 'stop' where id = $1`, [
      other.id,
    ]);
    await runJobs();
    expect(receivedTypes().sort()).toEqual([
      'invitation.bounced',
      'invitation.created',
      'invitation.created',
      'invitation.declined',
      'invitation.expired',
      'invitation.opened',
      'invitation.revoked',
    ]);
  });

  it('is sent for joining a group and for consents', async () => {
    await addWebhook();
    const owner = await createTestAccount('owner@example.org', 'admin');
    const member = await createTestAccount('joining@example.org');
    const group = await createGroup({ name: 'Harbour', description: '' }, office);
    const as = (accountId: string) => ({ kind: 'account', accountId, ip: null, requestId: null }) as const;
    const link = await generateGroupLink(group.id, { role: 'member', hours: 1 }, as(owner.id));
    await redeemGroupLink(link.linkId, group.id, as(member.id));
    for (const act of ['granted', 'renewed', 'withdrawn', 'refused'])
      await queryRows(
        `insert into consents (profile_id, account_id, alumni_member_id, guardian_id, decision, guardian_name, guardian_email,
           authority_stated, disclosure_version, policy_version, expires_at)
         values (1, $1, 1, gen_random_uuid(), $2, 'Gita', 'gita@example.org', true, 1, 1,
           case when $2 in ('granted', 'renewed') then now() + interval '1 year' end)`,
        [member.id, act],
      );
    await runJobs();
    const all = receiver.takeReceived().map(parseMessage);
    expect(all.map(({ type }) => type).sort()).toEqual([
      'consent.granted',
      'consent.granted',
      'consent.withdrawn',
      'membership.joined',
    ]);
    const joined = all.find(({ type }) => type === 'membership.joined');
    expect(joined?.data).toMatchObject({
      group_id: Number(group.id),
      user_id: Number(member.id),
      role: 'member',
    });
  });

  it('is created for each of thousands of rows and each subscribed webhook, with a single job', async () => {
    await queryRows('delete from graphile_worker._private_jobs');
    const insert = (from: number) =>
      queryRows(
        `insert into invitations (reference, email, validity_days, expires_at)
         select translate(upper(lpad(to_hex(n), 8, '0')), 'ILOU', '0123'), 'bulk' || n || '@example.org', 7, now() + interval '7 days'
         from generate_series($1::int, $1::int + 2999) n`,
        [from],
      );
    await insert(1);
    expect(await listDeliveries()).toEqual([]);
    expect(await queryRows('select 1 from graphile_worker.jobs')).toEqual([]);
    await addWebhook();
    await addWebhook(['invitation.created']);
    await addWebhook(['consent.granted']);
    await insert(10_000);
    const counts = await queryRow<{ all: number; events: number }>(
      'select count(*)::int as all, count(distinct event_id)::int as events from webhook_deliveries',
    );
    expect(counts).toEqual({ all: 6_000, events: 3_000 });
    expect(
      await queryRows(`select 1 from graphile_worker.jobs where task_identifier = 'send-webhooks'`),
    ).toHaveLength(1);
  });

  it('is not created if the transaction rolls back', async () => {
    await addWebhook();
    await inTransaction(async () => {
      await queryRows(`update invitations set opened_at = now()`, []);
      throw new Error('rolled back');
    }).catch(() => {});
    expect(await listDeliveries()).toEqual([]);
  });
});

describe('a message', () => {
  it('has a signature that the reference library accepts, and contains no link', async () => {
    const id = await addWebhook(['invitation.created']);
    const secret = await getWebhookSecret(id);
    const { url } = await createTestInvitation('signed@example.org');
    await runJobs();
    const [message] = receiver.takeReceived();
    const headers = message?.headers as Record<string, string>;
    expect(new Verifier(secret).verify(message?.body ?? '', headers)).toMatchObject({
      type: 'invitation.created',
    });
    expect(() => new Verifier(secret).verify(`${message?.body} `, headers)).toThrow();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const token = new URL(url).searchParams.get('token') ?? '';
    expect(JSON.stringify(message)).not.toContain(token);
    const stored = await queryRow<{ dump: string }>('select webhooks::text as dump from webhooks');
    expect(stored?.dump).not.toContain(Buffer.from(secret.slice(6), 'base64').toString('hex'));
  });

  it('is signed with both secrets for a day after a rotation', async () => {
    const id = await addWebhook(['invitation.created']);
    const previous = await getWebhookSecret(id);
    const admin = await signInStaff('admin');
    await admin.open(`/admin/webhooks/${id}`);
    const page = await admin.submit(`/admin/webhooks/${id}/secrets`);
    const current = String(page.$('#webhook-secret').val());
    expect(current).toBe(await getWebhookSecret(id));
    expect(current).not.toBe(previous);
    expect((await admin.open(`/admin/webhooks/${id}`)).html).not.toContain(current);
    await createTestInvitation('twice@example.org');
    await runJobs();
    const [message] = receiver.takeReceived();
    const headers = message?.headers as Record<string, string>;
    for (const secret of [previous, current])
      expect(new Verifier(secret).verify(message?.body ?? '', headers)).toBeDefined();
    await queryRows('update webhooks set previous_valid_until = now()');
    await createTestInvitation('thrice@example.org');
    await runJobs();
    const [laterMessage] = receiver.takeReceived();
    expect(() =>
      new Verifier(previous).verify(
        laterMessage?.body ?? '',
        laterMessage?.headers as Record<string, string>,
      ),
    ).toThrow();
  });

  it('keeps its secret when the key ring changes: the next delivery encrypts it with the new key', async () => {
    const id = await addWebhook(['invitation.created']);
    const secret = await getWebhookSecret(id);
    const ring = [...config.linkKeys];
    config.linkKeys.unshift({ id: 200, key: randomBytes(32) });
    try {
      await createTestInvitation('rotated@example.org');
      await runJobs();
      const [message] = receiver.takeReceived();
      new Verifier(secret).verify(message?.body ?? '', message?.headers as Record<string, string>);
      config.linkKeys.splice(1);
      expect(await getWebhookSecret(id)).toBe(secret);
    } finally {
      config.linkKeys.splice(0, Infinity, ...ring);
    }
  });

  it('is signed with the same secret after re-encryption', async () => {
    const id = await addWebhook();
    const before = await getWebhookSecret(id);
    const stored = await queryRow<{ keyId: number; encrypted: Buffer }>(
      'select key_id as "keyId", encrypted from webhooks',
    );
    const { keyId, encrypted } = reencryptSecret(stored ?? { keyId: 0, encrypted: Buffer.alloc(0) }, id);
    await queryRows('update webhooks set key_id = $1, encrypted = $2', [keyId, encrypted]);
    expect(await getWebhookSecret(id)).toBe(before);
    expect(() => reencryptSecret({ keyId, encrypted }, crypto.randomUUID())).toThrow();
  });
});

describe('an endpoint', () => {
  afterEach(() => {
    receiver.isDown = false;
  });

  it('gets all messages, with the same ids, after being down', async () => {
    await addWebhook(['invitation.created']);
    receiver.response = { status: 503 };
    await createTestInvitation('down1@example.org');
    await runJobs();
    const [first] = receiver.takeReceived();
    receiver.isDown = true;
    await createTestInvitation('down2@example.org');
    await runPending();
    expect((await listDeliveries()).map(({ attempts }) => attempts > 0)).toContain(true);
    receiver.response = { status: 200 };
    receiver.isDown = false;
    await runPending();
    const received = receiver.takeReceived();
    expect(received.map((message) => parseMessage(message).data.email).sort()).toEqual([
      'down1@example.org',
      'down2@example.org',
    ]);
    expect(received.map(({ headers }) => headers['webhook-id'])).toContain(first?.headers['webhook-id']);
    await runPending();
    expect(receiver.takeReceived()).toEqual([]);
    expect(await queryRows('select 1 from webhooks where failing_since is not null')).toEqual([]);
  });

  it('gets one attempt at a time while it fails, and doesn’t delay others', async () => {
    await addWebhook(['invitation.created']);
    const other = new Receiver();
    await other.start();
    await createWebhook(other.url, ['invitation.created'], office);
    receiver.isDown = true;
    for (let n = 0; n < 22; n += 1) await createTestInvitation(`many${n}@example.org`, { delivery: 'link' });
    await runPending();
    expect(other.takeReceived()).toHaveLength(22);
    await runPending();
    const sum = await queryRow<{ attempts: number }>(
      'select sum(attempts)::int as attempts from webhook_deliveries where delivered_at is null',
    );
    expect(sum?.attempts).toBeLessThanOrEqual(21);
    await other.stop();
  });

  it('can’t redirect or send endless responses', async () => {
    await addWebhook(['invitation.created']);
    receiver.response = { status: 302, headers: { location: receiver.url } };
    await createTestInvitation('redirect@example.org');
    await runJobs();
    expect(receiver.takeReceived()).toHaveLength(1);
    expect((await listDeliveries())[0]?.error).toContain('don’t follow redirects');
    receiver.response = { status: 200, body: 'x'.repeat(5_000_000) };
    await runPending();
    expect((await listDeliveries())[0]?.error).toBeNull();
  });

  it('gets a failed message again if an administrator retries it', async () => {
    const id = await addWebhook(['invitation.created']);
    receiver.response = { status: 500 };
    await createTestInvitation('never@example.org');
    await runJobs();
    await queryRows('update webhook_deliveries set attempts = 8');
    for (let run = 0; run < 3; run += 1) await runPending();
    const [failed] = await listDeliveries();
    expect(failed).toMatchObject({ attempts: 10, error: 'The receiver answered 500' });
    expect(failed?.failed_at).not.toBeNull();
    receiver.takeReceived();
    receiver.response = { status: 200 };
    const admin = await signInStaff('admin');
    const page = await admin.open(`/admin/webhooks/${id}`);
    const action = String(page.$('form[action$="/retries"]').attr('action'));
    await admin.submit(action);
    await runPending();
    expect(receiver.takeReceived()).toHaveLength(1);
    expect((await admin.open(`/admin/webhooks/${id}`)).text).toContain('Delivered');
    expect((await admin.post(action, {})).status).toBe(409);
  });

  it('is paused after failing for days, and administrators are notified once', async () => {
    const id = await addWebhook(['invitation.created']);
    await signInStaff('admin');
    receiver.response = { status: 500 };
    await createTestInvitation('days@example.org');
    await runJobs();
    await queryRows(`update webhooks set failing_since = now() - interval '61 hours'`);
    await runPending();
    await runPending();
    const mails = (await listCapturedMails()).filter(({ subject }) => subject.includes('is paused'));
    expect(mails.filter(({ to }) => to === 'admin@example.org')).toHaveLength(1);
    expect(mails[0]?.text).toContain(`/admin/webhooks/${id}`);
    receiver.takeReceived();
    await createTestInvitation('meanwhile@example.org');
    await runPending();
    expect(receiver.takeReceived()).toEqual([]);
    receiver.response = { status: 200 };
    const admin = await signInStaff('admin');
    await admin.open(`/admin/webhooks/${id}`);
    await admin.submit(`/admin/webhooks/${id}/resumption`);
    await runJobs();
    expect(receiver.takeReceived()).toHaveLength(2);
  });

  it('is paused immediately if it answers 410', async () => {
    await addWebhook(['invitation.created']);
    receiver.response = { status: 410 };
    await createTestInvitation('gone@example.org');
    await runJobs();
    expect(await queryRow('select pause_reason from webhooks')).toEqual({ pause_reason: 'gone' });
  });
});

describe('an administrator', () => {
  it('adds a webhook, sees its secret once, and tests, pauses and deletes it', async () => {
    const admin = await signInStaff('admin');
    await admin.open('/admin/webhooks/new');
    const page = await admin.submit('/admin/webhooks', { url: receiver.url });
    expect(page.path).toMatch(/^\/admin\/webhooks\/[0-9a-f-]{36}$/);
    const secret = String(page.$('#webhook-secret').val());
    expect(secret).toMatch(/^whsec_/);
    expect((await admin.open(page.path)).html).not.toContain('whsec_');
    expect((await admin.submit(`${page.path}/tests`)).text).toContain('Waiting');
    await runJobs();
    expect(receivedTypes()).toEqual(['webhook.test']);
    expect((await admin.submit(`${page.path}/pause`)).text).toContain('You’ve paused the webhook.');
    await admin.open(`${page.path}/deletion`);
    expect((await admin.submit(`${page.path}/deletion`)).path).toBe('/admin/webhooks');
    expect(await queryRows('select 1 from webhooks')).toEqual([]);
    const actions = await queryRows<{ action: string; detail: object }>(
      `select action, detail from audit_events where subject_type = 'webhook' and subject_id = $1 order by id`,
      [page.path.split('/').at(-1)],
    );
    expect(actions.map(({ action }) => action)).toEqual([
      'webhook.created',
      'webhook.test-sent',
      'webhook.paused',
      'webhook.deleted',
    ]);
    expect(JSON.stringify(actions)).not.toContain(secret.slice(6));
  });

  it('sees errors on the form, with all values kept', async () => {
    const admin = await signInStaff('admin');
    await admin.open('/admin/webhooks/new');
    const page = await admin.submit('/admin/webhooks', { url: 'nonsense' });
    expect(page.status).toBe(422);
    expect(page.$('#url').val()).toBe('nonsense');
    expect(page.$('[name="events[invitation-created]"]').attr('checked')).toBeDefined();
  });
});

it('deliveries are deleted after 30 days', async () => {
  await addWebhook();
  await createTestInvitation('old@example.org', { delivery: 'link' });
  await queryRows(`update webhook_deliveries set occurred_at = now() - interval '31 days'`);
  await purge();
  expect(await listDeliveries()).toEqual([]);
});
