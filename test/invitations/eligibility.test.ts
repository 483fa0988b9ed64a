import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { inviteAddress } from '../../src/commands.ts';
import { createGroup } from '../../src/groups/group.ts';
import {
  checkEligibility,
  type ReasonName,
  reasonNames,
  severities,
  warningNames,
} from '../../src/invitations/eligibility/eligibility.ts';
import { findOpenInvitation } from '../../src/invitations/invitation.ts';
import { requestNewLink } from '../../src/invitations/requests/invitation-request.ts';
import { listActiveSuppressions, suppress } from '../../src/platform/mail/suppressions.ts';
import { ApiClient } from '../api/api-client.ts';
import { createMember, signInAs } from '../groups/group-fixtures.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestInvitation,
  createTestRecord,
  newVisitor,
  runJobs,
  signInStaff,
} from '../support/fixtures.ts';
import { capturedMailsTo } from '../support/mail.ts';
import type { Visitor } from '../support/visitor.ts';
import { addressWith, namesOf, newAddressFor, situations } from './situations.ts';

type InviteInput = Readonly<{
  email: string;
  groupId?: string;
  override?: readonly string[];
  replace?: boolean;
}>;
type InviteResult = Readonly<{ invited: boolean; text: string; names?: readonly string[] }>;
/** One way to invite an address. */
type EntryPoint = (input: InviteInput) => Promise<InviteResult>;

const system = { kind: 'system' } as const;
const blocked = reasonNames.filter((name) => severities[name] === 'blocked');
const infos = reasonNames.filter((name) => severities[name] === 'info');

let admin: Visitor;
let support: Visitor;
let client: ApiClient;
let groupId: string;

beforeAll(async () => {
  admin = await signInStaff('admin');
  support = await signInStaff('support');
  client = await ApiClient.signIn('admin@example.org');
  groupId = (await createGroup({ name: 'Eligible Chapter', description: '' }, system)).id;
});

const messageIdTo = async (email: string) =>
  (await queryRow<{ id: string }>('select id from messages where recipient = $1', [email]))?.id ?? '';

/** The group to invite into, for reasons that are about a group. */
const groupFieldsFor = (name: ReasonName) => (name === 'member' ? { groupId } : {});
const unresolvedNames = async (email: string, group: { groupId?: string }) => {
  const [reasons = []] = await checkEligibility([{ email, ...group }]);
  return namesOf(reasons.filter(({ severity }) => severity !== 'info'));
};
const overriddenNames = async (email: string) => {
  const invitation = await findOpenInvitation(email);
  const event = await queryRow<{ detail: { override?: string[] } }>(
    `select detail from audit_events where action = 'invitation.created' and subject_id = $1`,
    [invitation?.id],
  );
  return event?.detail.override;
};

const entryPoints: Readonly<Record<string, EntryPoint>> = {
  async 'the form'({ email, groupId: group = '', override = [], replace = false }) {
    await admin.open('/admin/invitations/new');
    const fields = { email, groupId: group, override: [...override], ...(replace && { replace: 'yes' }) };
    const page = await admin.postAndFollow('/admin/invitations', fields);
    expect([200, 409]).toContain(page.status);
    return { invited: page.status === 200, text: page.$('.warning').text() };
  },
  async 'the API'({ email, groupId: group, override, replace }) {
    const { status, body } = await client.post('/api/v1/invitations', {
      email,
      ...(group && { group_id: Number(group) }),
      ...(override && { override }),
      ...(replace && { replace }),
    });
    expect([201, 409]).toContain(status);
    return { invited: status === 201, text: body.detail ?? '', names: namesOf(body.reasons ?? []) };
  },
  async 'the bulk API'({ email, groupId: group, override, replace }) {
    const invitation = {
      email,
      ...(group && { group_id: Number(group) }),
      ...(override && { override }),
      ...(replace && { replace }),
    };
    const { body } = await client.post('/api/v1/invitations/bulk', { invitations: [invitation] });
    const [{ result, reason, reasons }] = body.results;
    return { invited: result === 'invited', text: reason ?? '', names: namesOf(reasons) };
  },
  async 'the command line'({ email, override = [], replace = false }) {
    const output = await inviteAddress(email, { override: override.join(','), replace }).catch(
      (error: Error) => error,
    );
    return output instanceof Error
      ? { invited: false, text: output.message }
      : { invited: true, text: output.text };
  },
};
const cases = Object.keys(entryPoints).flatMap((entryPoint) =>
  reasonNames
    .filter((name) => name !== 'member' || entryPoint !== 'the command line')
    .map((name) => [entryPoint, name] as const),
);
const inviteBy = (name: string, input: InviteInput) => {
  const entryPoint = entryPoints[name];
  if (!entryPoint) throw new Error(`unknown entry point: ${name}`);
  return entryPoint(input);
};

describe('each reason at each entry point', () => {
  it.each(cases.filter(([, name]) => severities[name] === 'blocked'))(
    '%s refuses %s in spite of any override',
    async (entryPoint, name) => {
      const email = await addressWith([name], groupId);
      for (const options of [{}, { override: warningNames, replace: true }]) {
        const result = await inviteBy(entryPoint, { email, ...options });
        expect(result.invited).toBe(false);
        expect(result.text).toMatch(situations[name].text);
        expect(result.text).not.toContain('--override');
        expect(result.names ?? [name]).toContain(name);
      }
      expect(await findOpenInvitation(email)).toBeNull();
    },
  );

  it.each(cases.filter(([, name]) => severities[name] === 'warning'))(
    '%s asks about %s, and accepts an override that names it',
    async (entryPoint, name) => {
      const email = await addressWith([name], groupId);
      const names = await unresolvedNames(email, groupFieldsFor(name));
      expect(names).toContain(name);
      const before = await findOpenInvitation(email);
      const others = warningNames.filter((other) => other !== name && other !== 'open');
      for (const override of [[], others]) {
        const result = await inviteBy(entryPoint, { email, ...groupFieldsFor(name), override });
        expect(result.invited).toBe(false);
        expect(result.text).toMatch(situations[name].text);
        expect(result.names ?? names).toEqual(names);
      }
      expect((await findOpenInvitation(email))?.id).toBe(before?.id);
      expect((await inviteBy(entryPoint, { email, ...groupFieldsFor(name), override: names })).invited).toBe(
        true,
      );
      expect(await overriddenNames(email)).toEqual(names);
    },
  );

  it.each(cases.filter(([, name]) => severities[name] === 'info'))(
    '%s invites in spite of %s',
    async (entryPoint, name) => {
      const email = await addressWith([name], groupId);
      expect((await inviteBy(entryPoint, { email })).invited).toBe(true);
      expect(await overriddenNames(email)).toBeUndefined();
    },
  );

  it.each(Object.keys(entryPoints))(
    '%s accepts “replace” as an override of an open invitation only',
    async (entryPoint) => {
      const open = await addressWith(['open']);
      expect((await inviteBy(entryPoint, { email: open, replace: true })).invited).toBe(true);
      const both = await addressWith(['declined', 'open']);
      const result = await inviteBy(entryPoint, { email: both, replace: true });
      expect(result.invited).toBe(false);
      expect(result.text).toMatch(situations.declined.text);
      expect(
        (await inviteBy(entryPoint, { email: both, replace: true, override: ['declined'] })).invited,
      ).toBe(true);
    },
  );

  it.each(Object.keys(entryPoints))('%s names several reasons, most serious first', async (entryPoint) => {
    const email = await addressWith(['inactive', 'bounced', 'declined', 'complained']);
    const result = await inviteBy(entryPoint, { email, override: ['declined'] });
    expect(result.names ?? []).toEqual(result.names ? ['complained', 'bounced', 'declined', 'inactive'] : []);
    expect(result.text).toMatch(/reported our e-mails as spam.*was refused.*declined.*inactive/s);
  });

  it.each(Object.keys(entryPoints))('%s asks again about a new reason', async (entryPoint) => {
    const email = await addressWith(['declined']);
    await situations.inactive.create(email, '');
    const result = await inviteBy(entryPoint, { email, override: ['declined'] });
    expect(result.invited).toBe(false);
    expect((await inviteBy(entryPoint, { email, override: ['declined', 'inactive'] })).invited).toBe(true);
  });
});

it('suggests the right options on the command line', async () => {
  const open = await inviteBy('the command line', { email: await addressWith(['open']) });
  expect(open.text).toContain('--replace');
  const two = await addressWith(['declined', 'inactive']);
  const result = await inviteBy('the command line', { email: two, override: ['declined'] });
  expect(result.text).toContain('use --override declined,inactive');
  await expect(inviteAddress(two, { override: 'bounced' })).rejects.toThrow('With --override, name warnings');
});

it('offers an override of all reasons in the form, also after a new one', async () => {
  const email = await addressWith(['declined']);
  await admin.open('/admin/invitations/new');
  await admin.submit('/admin/invitations', { email });
  await situations.inactive.create(email, '');
  const again = await admin.submit('/admin/invitations', { override: 'declined' });
  expect(again.status).toBe(409);
  const offered = String(again.$('[name=override]').attr('value'));
  expect((await admin.submit('/admin/invitations', { override: offered })).text).toContain(
    `You’ve invited ${email}.`,
  );
});

describe('the preview', () => {
  it.each(reasonNames)('shows the reason “%s”', async (name) => {
    const email = await addressWith([name], groupId);
    const query = new URLSearchParams({ email: email.toUpperCase(), ...groupFieldsFor(name) });
    const answer = await admin.agent.get(`/admin/invitations/preview?${query}`).set('HX-Request', 'true');
    expect(answer.text.replace(/\s+/g, ' ')).toMatch(situations[name].text);
    expect(answer.text.includes('Ready to invite')).toBe(severities[name] === 'info');
  });
});

describe('an invitation request', () => {
  const approve = async (name: ReasonName) => {
    const email = await addressWith([name]);
    const [request] = await queryRows<{ id: string }>(
      `insert into invitation_requests (email) values ($1) returning id`,
      [email],
    );
    const page = await admin.open(`/admin/requests/${request?.id}`);
    const path = `/admin/requests/${request?.id}/approval`;
    const fields = page.$(`form[action="${path}"]`).length > 0 ? admin.fieldsOf(path) : {};
    return { email, page, answer: await admin.post(path, fields) };
  };

  it.each(blocked.filter((name) => name !== 'unsubscribed'))('can’t be approved for “%s”', async (name) => {
    const { email, page, answer } = await approve(name);
    expect(page.$(`form[action$="/approval"]`)).toHaveLength(0);
    expect(answer.status).toBe(409);
    expect(await findOpenInvitation(email)).toBeNull();
  });

  it('lifts the suppression of someone who unsubscribed', async () => {
    const { email, answer } = await approve('unsubscribed');
    expect(answer.status).toBe(303);
    expect(await listActiveSuppressions(email)).toEqual([]);
    expect(await findOpenInvitation(email)).not.toBeNull();
  });

  it.each(['declined', 'age-blocked', 'inactive', 'typo'] as const)(
    'is approved with the override of “%s” that was shown, and records it',
    async (name) => {
      const { email, answer } = await approve(name);
      expect(answer.status).toBe(303);
      expect(await overriddenNames(email)).toEqual([name]);
    },
  );

  it('is not approved with a warning that was not shown', async () => {
    const email = await addressWith(['several-records']);
    const [request] = await queryRows<{ id: string }>(
      `insert into invitation_requests (email) values ($1) returning id`,
      [email],
    );
    await admin.open(`/admin/requests/${request?.id}`);
    await situations.declined.create(email, '');
    const answer = await admin.submit(`/admin/requests/${request?.id}/approval`);
    expect(answer.status).toBe(409);
    expect(answer.text).toMatch(situations.declined.text);
    expect(await findOpenInvitation(email)).toBeNull();
  });
});

describe('a group invitation request', () => {
  const reasonsWithRecord: readonly ReasonName[] = [
    'suspended',
    'account',
    'member',
    'minor',
    'several-records',
  ];
  const expected: Partial<Record<ReasonName, string>> = {
    open: 'added',
    account: 'invited',
    member: 'already-member',
    minor: 'invited',
    'several-records': 'invited',
    revoked: 'invited',
    'no-record': 'not-on-file',
  };

  it.each(reasonNames)('has the expected outcome for “%s”', async (name) => {
    const owner = await createMember(groupId, 'owner');
    const email = await addressWith([name], groupId);
    if (![...reasonsWithRecord, 'no-record', 'deceased', 'inactive'].includes(name))
      await createTestRecord(email);
    const visitor = await signInAs(owner);
    await visitor.open(`/groups/${groupId}/invitations/new`);
    const page = await visitor.submit(`/groups/${groupId}/invitations`, { email, role: 'member' });
    expect(page.text).not.toMatch(situations[name].text);
    await runJobs();
    const request = await queryRow<{ outcome: string }>(
      `select outcome from group_invitation_requests where email = $1`,
      [email],
    );
    const defaultOutcome = name === 'deceased' || name === 'inactive' ? 'not-on-file' : 'refused';
    expect(request?.outcome).toBe(expected[name] ?? defaultOutcome);
  });
});

it('adds no group to an open invitation of a blocked address', async () => {
  const owner = await createMember(groupId, 'owner');
  const email = await addressWith(['open', 'complained']);
  await createTestRecord(email);
  const visitor = await signInAs(owner);
  await visitor.open(`/groups/${groupId}/invitations/new`);
  await visitor.submit(`/groups/${groupId}/invitations`, { email, role: 'member' });
  await runJobs();
  const request = await queryRow<{ outcome: string }>(
    `select outcome from group_invitation_requests where email = $1`,
    [email],
  );
  expect(request?.outcome).toBe('refused');
  expect((await findOpenInvitation(email))?.groupId).toBeNull();
});

describe('resending', () => {
  const createOpenInvitation = async (name: ReasonName) => {
    const email = newAddressFor([name]);
    const { invitation } = await createTestInvitation(email);
    await situations[name].create(email, groupId);
    await queryRows(
      `update invitation_links set created_at = now() - interval '1 hour' where invitation_id = $1`,
      [invitation.id],
    );
    return { id: invitation.id, email };
  };
  const countMailsTo = async (email: string) =>
    (await queryRows('select 1 from messages where recipient = $1', [email])).length;

  it.each(blocked)('is refused for “%s”, with the reason', async (name) => {
    const { id, email } = await createOpenInvitation(name);
    await admin.open(`/admin/invitations/${id}`);
    const page = await admin.postAndFollow(`/admin/invitations/${id}/resends`, { delivery: 'mail' });
    expect(page.status).toBe(409);
    expect(page.text).toMatch(situations[name].text);
    expect((await client.post(`/api/v1/invitations/${id}/resends`)).status).toBe(409);
    expect(await countMailsTo(email)).toBe(1);
  });

  it('skips blocked addresses in a bulk action', async () => {
    const blockedInvitations = [];
    for (const name of blocked) blockedInvitations.push(await createOpenInvitation(name));
    const eligible = await createOpenInvitation('several-records');
    const ids = [...blockedInvitations, eligible].map(({ id }) => `id=${id}`).join('&');
    await support.open(`/admin/bulk-actions/resends?${ids}`);
    const page = await support.submit('/admin/bulk-actions/resends');
    expect(page.text).toContain(`1 invitation is being sent again. ${blocked.length} were skipped.`);
    expect(page.text).toContain(`We don’t write to this address: ${blocked.length}`);
    expect(await Promise.all(blockedInvitations.map(({ email }) => countMailsTo(email)))).toEqual(
      blocked.map(() => 1),
    );
    expect(await countMailsTo(eligible.email)).toBe(2);
  });
});

describe('correcting the address of an invitation', () => {
  it.each(blocked)('is refused for “%s” in spite of any override', async (name) => {
    const { invitation } = await createTestInvitation(newAddressFor([]));
    const email = await addressWith([name]);
    await admin.open(`/admin/invitations/${invitation.id}`);
    const page = await admin.postAndFollow(`/admin/invitations/${invitation.id}/address`, {
      email: email.toUpperCase(),
      override: [...warningNames],
    });
    expect(page.status).toBe(422);
    expect(page.text).toMatch(situations[name].text);
  });
});

describe('correcting the address to one with a warning', () => {
  it('asks first, and records only the override', async () => {
    const { invitation } = await createTestInvitation(newAddressFor([]));
    const email = await addressWith(['declined']);
    const path = `/admin/invitations/${invitation.id}/address`;
    await admin.open(path);
    const warning = await admin.submit(path, { email });
    expect(warning.status).toBe(422);
    expect(warning.text).toMatch(situations.declined.text);
    const done = await admin.submit(path, { override: String(warning.$('[name=override]').attr('value')) });
    expect(done.text).toContain(`The invitation is on its way to ${email}`);
    const event = await queryRow<{ detail: object }>(
      `select detail from audit_events where action = 'invitation.address-corrected' and subject_id = $1`,
      [invitation.id],
    );
    expect(event?.detail).toEqual({ override: ['declined'] });
  });
});

describe('several addresses in one query', () => {
  // These can be combined freely. Reasons from records are left out, because one record changes the reason of another.
  const combinable = reasonNames.filter(
    (name) =>
      !['deceased', 'inactive', 'minor', 'several-records', 'no-record', 'member', 'revoked'].includes(name),
  );

  it('get the same reasons as single queries, most serious first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.subarray([...combinable]), { minLength: 1, maxLength: 6 }),
        async (sets) => {
          const emails: string[] = [];
          for (const names of sets) {
            const email = await addressWith(names);
            await createTestRecord(email);
            emails.push(email);
          }
          const together = await checkEligibility(emails.map((email) => ({ email })));
          const alone = await Promise.all(emails.map((email) => checkEligibility([{ email }])));
          expect(together).toEqual(alone.map(([reasons]) => reasons));
          const inUpperCase = await checkEligibility(emails.map((email) => ({ email: email.toUpperCase() })));
          expect(inUpperCase.map(namesOf)).toEqual(together.map(namesOf));
          for (const [index, reasons] of together.entries()) {
            const names = sets[index] ?? [];
            const all = new Set<string>([
              ...names,
              ...names.flatMap((name) => situations[name].implies ?? []),
            ]);
            expect(namesOf(reasons)).toEqual(reasonNames.filter((name) => all.has(name)));
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  it('may be empty or repeat an address', async () => {
    expect(await checkEligibility([])).toEqual([]);
    const [one, two] = await checkEligibility([{ email: 'twin@example.org' }, { email: 'TWIN@example.org' }]);
    expect(one).toEqual(two);
    expect(infos).toContain(one?.[0]?.name);
  });
});

it('sends a requested link even to an address that bounced, and then lifts the suppression', async () => {
  const email = newAddressFor([]);
  await createTestInvitation(email);
  await runJobs();
  await suppress([{ email, kind: 'bounced', messageId: await messageIdTo(email) }], system);
  await requestNewLink(email);
  await runJobs();
  expect(await capturedMailsTo(email)).toHaveLength(2);
  expect(await listActiveSuppressions(email)).toEqual([]);
  await suppress([{ email, kind: 'unsubscribed' }], system);
  await requestNewLink(email);
  await runJobs();
  expect(await capturedMailsTo(email)).toHaveLength(2);
});

it('checks again between the preview and the invitation', async () => {
  const email = await addressWith(['several-records']);
  await admin.open(`/admin/invitations/new?${new URLSearchParams({ email })}`);
  expect(admin.page.text).toContain('Ready to invite');
  await suppress([{ email: email.toUpperCase(), kind: 'complained' }], system);
  expect((await admin.submit('/admin/invitations')).status).toBe(409);
  const [suppression] = await listActiveSuppressions(email);
  await admin.open(`/admin/suppressions/${suppression?.id}`);
  await admin.submit(`/admin/suppressions/${suppression?.id}/lift`, { reason: 'They called us' });
  await admin.open(`/admin/invitations/new?${new URLSearchParams({ email })}`);
  expect((await admin.submit('/admin/invitations')).text).toContain(`You’ve invited`);
});

it('does not block an address shared with someone who has died', async () => {
  const email = await addressWith(['deceased']);
  await createTestRecord(email);
  const [reasons = []] = await checkEligibility([{ email }]);
  expect(namesOf(reasons)).toEqual([]);
});

it('does not mention consent for someone who is too young', async () => {
  const email = newAddressFor([]);
  await createTestRecord(email, { yearOfBirth: new Date().getUTCFullYear() - 8 });
  const reasonsNow = async () => namesOf((await checkEligibility([{ email }]))[0] ?? []);
  expect(await reasonsNow()).toEqual(['age-blocked']);
  await createTestRecord(email, { yearOfBirth: new Date().getUTCFullYear() - 16 });
  expect(await reasonsNow()).toEqual(['minor', 'several-records']);
});

it('lifts the suppression when the person undoes their decline', async () => {
  const email = newAddressFor([]);
  const { url } = await createTestInvitation(email);
  const person = newVisitor();
  await person.open(url);
  await person.open('/register/decline');
  await person.submit('/register/decline', { reason: 'stop' });
  expect(await unresolvedNames(email, {})).toEqual(['unsubscribed', 'declined']);
  await person.submit('/register/decline/undo');
  expect(await unresolvedNames(email, {})).toEqual(['open']);
});
