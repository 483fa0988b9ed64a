import type { EligibilityReason, ReasonName } from '../../src/invitations/eligibility/eligibility.ts';
import { type SuppressionKind, suppress } from '../../src/platform/mail/suppressions.ts';
import { queryRows } from '../support/database.ts';
import { createTestAccount, createTestInvitation, createTestRecord } from '../support/fixtures.ts';

const system = { kind: 'system' } as const;
let count = 0;

/** How to make a reason apply to an address, and its text for staff. */
export type Situation = Readonly<{
  create: (email: string, groupId: string) => Promise<unknown>;
  text: RegExp;
  /** Other reasons that inevitably apply too. */
  implies?: readonly ReasonName[];
}>;

const createSuppression = (kind: SuppressionKind) => (email: string) => suppress([{ email, kind }], system);

async function createEndedInvitation(email: string, facts: string): Promise<void> {
  count += 1;
  const reference = `PAST${String(count).padStart(4, '0')}`;
  await queryRows(
    `insert into invitations (reference, email, validity_days, created_at, expires_at, ${facts.split('=')[0]})
     values ($1, $2, 7, now() - interval '9 days', now() - interval '2 days', ${facts.split('=')[1]})`,
    [reference, email],
  );
}

async function createRecordWith(email: string, state: string): Promise<void> {
  const id = await createTestRecord(email);
  await queryRows(`update alumni_members set ${state} where id = $1`, [id]);
}

async function findOrCreateAccount(email: string): Promise<string> {
  const [found] = await queryRows<{ id: string }>('select id from accounts where email = $1', [email]);
  return found?.id ?? (await createTestAccount(email, null, 'Kofi Mensah')).id;
}

/** One for each reason. `member` and `account` exclude each other, see `groupFieldsFor` in the tests. */
export const situations: Readonly<Record<ReasonName, Situation>> = {
  deceased: {
    create: (email) => createRecordWith(email, 'deceased = true'),
    text: /deceased in the directory: Amma Owusu/,
  },
  'reported-deceased': {
    create: (email) =>
      queryRows(`insert into invitation_requests (email, kind) values ($1, 'deceased')`, [email]),
    text: /someone told us that this person has died/,
  },
  suspended: {
    create: async (email) =>
      queryRows('update accounts set suspended_at = now() where id = $1', [await findOrCreateAccount(email)]),
    text: /Kofi Mensah’s account was suspended/,
    implies: ['account'],
  },
  complained: { create: createSuppression('complained'), text: /reported our e-mails as spam/ },
  unsubscribed: { create: createSuppression('unsubscribed'), text: /asked us to stop writing/ },
  bounced: { create: createSuppression('bounced'), text: /Our mail to this address was refused/ },
  open: { create: (email) => createTestInvitation(email), text: /that invitation is still open/ },
  account: { create: findOrCreateAccount, text: /Kofi Mensah already has an account with this address/ },
  member: {
    create: async (email, groupId) =>
      queryRows(
        `insert into memberships (group_id, account_id, role, joined_at) values ($1, $2, 'member', now())`,
        [groupId, await findOrCreateAccount(email)],
      ),
    text: /Kofi Mensah is already in the group/,
  },
  declined: {
    create: (email) => createEndedInvitation(email, `declined_at, declined_reason = now(), 'rather-not'`),
    text: /declined.*they’d rather not join/,
  },
  'age-blocked': {
    create: (email) =>
      createEndedInvitation(email, `accepted_at, age_blocked_at = now() - interval '8 days', now()`),
    text: /Someone at this address was found to be too young/,
  },
  inactive: { create: (email) => createRecordWith(email, 'active = false'), text: /is inactive/ },
  typo: { create: async () => {}, text: /typing mistake/ },
  revoked: {
    create: (email) => createEndedInvitation(email, `revoked_at, revoked_reason = now(), 'a wrong list'`),
    text: /was revoked.*a wrong list/,
  },
  minor: {
    create: (email) => createTestRecord(email, { yearOfBirth: new Date().getUTCFullYear() - 16 }),
    text: /needs a guardian/,
  },
  'several-records': {
    create: async (email) => {
      await createTestRecord(email);
      await createTestRecord(email);
    },
    text: /2 alumni records have this address/,
  },
  'no-record': { create: async () => {}, text: /No alumni record has this address/ },
};

/** A new address that the caller will make these reasons apply to. */
export function newAddressFor(names: readonly ReasonName[]): string {
  count += 1;
  return `situation${count}@${names.includes('typo') ? 'gamil.com' : 'example.org'}`;
}

/** A new address that these reasons apply to. */
export async function addressWith(names: readonly ReasonName[], groupId = ''): Promise<string> {
  const email = newAddressFor(names);
  // Create the open invitation first, because most other reasons prevent it.
  const sorted = [...names].sort((a, b) => Number(b === 'open') - Number(a === 'open'));
  for (const name of sorted) await situations[name].create(email, groupId);
  return email;
}

export const namesOf = (reasons: readonly Pick<EligibilityReason, 'name'>[]) =>
  reasons.map(({ name }) => name);
