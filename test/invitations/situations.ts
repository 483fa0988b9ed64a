import type { EligibilityReason, ReasonName } from '../../src/invitations/eligibility/eligibility.ts';
import { type SuppressionKind, suppress } from '../../src/platform/mail/suppressions.ts';
import { queryRows } from '../support/database.ts';
import { createTestAccount, createTestInvitation, createTestRecord } from '../support/fixtures.ts';

const system = { kind: 'system' } as const;
let made = 0;

/** What makes one reason true of an address, and how staff are told. */
export type Situation = Readonly<{
  make: (email: string, groupId: string) => Promise<unknown>;
  says: RegExp;
  /** What is true besides, since it can't be otherwise. */
  implies?: readonly ReasonName[];
}>;

const suppressed = (kind: SuppressionKind) => (email: string) => suppress([{ email, kind }], system);

async function past(email: string, facts: string): Promise<void> {
  made += 1;
  const reference = `PAST${String(made).padStart(4, '0')}`;
  await queryRows(
    `insert into invitations (reference, email, validity_days, created_at, expires_at, ${facts.split('=')[0]})
     values ($1, $2, 7, now() - interval '9 days', now() - interval '2 days', ${facts.split('=')[1]})`,
    [reference, email],
  );
}

async function record(email: string, state: string): Promise<void> {
  const id = await createTestRecord(email);
  await queryRows(`update alumni_members set ${state} where id = $1`, [id]);
}

async function withAccount(email: string): Promise<string> {
  const [found] = await queryRows<{ id: string }>('select id from accounts where email = $1', [email]);
  return found?.id ?? (await createTestAccount(email, null, 'Kofi Mensah')).id;
}

/** One for each reason. `member` and `account` exclude each other: see `into` of the tests. */
export const situations: Readonly<Record<ReasonName, Situation>> = {
  deceased: { make: (email) => record(email, 'deceased = true'), says: /Amma Owusu has died/ },
  'reported-deceased': {
    make: (email) =>
      queryRows(`insert into invitation_requests (email, kind) values ($1, 'deceased')`, [email]),
    says: /Someone told us.* that the person has died/,
  },
  suspended: {
    make: async (email) =>
      queryRows('update accounts set suspended_at = now() where id = $1', [await withAccount(email)]),
    says: /account of Kofi Mensah was suspended/,
    implies: ['account'],
  },
  complained: { make: suppressed('complained'), says: /reported our mail as spam/ },
  unsubscribed: { make: suppressed('unsubscribed'), says: /asked us to stop writing/ },
  bounced: { make: suppressed('bounced'), says: /Mail to this address was refused/ },
  open: { make: (email) => createTestInvitation(email), says: /for this address is still open/ },
  account: { make: withAccount, says: /Kofi Mensah has an account with this address/ },
  member: {
    make: async (email, groupId) =>
      queryRows(
        `insert into memberships (group_id, account_id, role, joined_at) values ($1, $2, 'member', now())`,
        [groupId, await withAccount(email)],
      ),
    says: /Kofi Mensah is in the group already/,
  },
  declined: {
    make: (email) => past(email, `declined_at, declined_reason = now(), 'rather-not'`),
    says: /declined.*they would rather not join/,
  },
  'age-blocked': {
    make: (email) => past(email, `accepted_at, age_blocked_at = now() - interval '8 days', now()`),
    says: /said.* that they are too young/,
  },
  inactive: { make: (email) => record(email, 'active = false'), says: /is inactive/ },
  typo: { make: async () => {}, says: /typing mistake/ },
  revoked: {
    make: (email) => past(email, `revoked_at, revoked_reason = now(), 'a wrong list'`),
    says: /was revoked.*a wrong list/,
  },
  minor: {
    make: (email) => createTestRecord(email, { yearOfBirth: new Date().getUTCFullYear() - 16 }),
    says: /needs a guardian/,
  },
  'several-records': {
    make: async (email) => {
      await createTestRecord(email);
      await createTestRecord(email);
    },
    says: /2 alumni records have this address/,
  },
  'no-record': { make: async () => {}, says: /No alumni record has this address/ },
};

/** An address that nobody has, of which these reasons will be true. */
export function addressFor(names: readonly ReasonName[]): string {
  made += 1;
  return `situation${made}@${names.includes('typo') ? 'gamil.com' : 'example.org'}`;
}

/** An address of which these are true. They are made in an order in which none undoes another. */
export async function addressWith(names: readonly ReasonName[], groupId = ''): Promise<string> {
  const email = addressFor(names);
  // The open invitation comes first: hardly anything else lets it be made.
  const sorted = [...names].sort((one, other) => Number(other === 'open') - Number(one === 'open'));
  for (const name of sorted) await situations[name].make(email, groupId);
  return email;
}

export const namesOf = (reasons: readonly Pick<EligibilityReason, 'name'>[]) =>
  reasons.map(({ name }) => name);
