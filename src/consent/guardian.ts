import { randomUUID } from 'node:crypto';
import type { Transaction } from 'sequelize';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, row, rows } from '../database.ts';
import { Conflict, Invalid } from '../errors.ts';
import { hashOfLink, signLink } from '../links.ts';
import { normaliseAddress } from '../mail/address.ts';
import { queueMail } from '../mail/messages.ts';
import { readSettings } from '../settings.ts';
import { newReference } from '../web/reference.ts';
import { hasAccess, standingOf, WARD_SQL, type Ward } from './standing.ts';

const MOST_REQUESTS_A_DAY = 3;

/** Who answers for a minor's profile. `id` is also the id of the guardian's secret link. */
export type Guardian = Readonly<{
  id: string;
  profileId: string;
  name: string;
  email: string;
  /** The parent's account; null for a guardian who has only the link. */
  accountId: string | null;
  askedAt: Date;
  retiredAt: Date | null;
  tokenHash: Buffer;
}>;

export type NamedGuardian = Readonly<{ name: string; email: string }>;

const COLUMNS = `g.id, g.profile_id as "profileId", g.name, g.email, g.account_id as "accountId",
  g.asked_at as "askedAt", g.retired_at as "retiredAt", g.token_hash as "tokenHash"`;

/** The guardian of that link, also a retired one; null when the profile is gone. */
export function guardianById(id: string, transaction?: Transaction): Promise<Guardian | null> {
  return row<Guardian>(`select ${COLUMNS} from guardians g where g.id = $1`, [id], transaction);
}

/** Who answers for a profile now. */
export function guardianOf(profileId: string, transaction?: Transaction): Promise<Guardian | null> {
  return row<Guardian>(
    `select ${COLUMNS} from guardians g where g.profile_id = $1 and g.retired_at is null`,
    [profileId],
    transaction,
  );
}

/** The profile that a guardian answers for. */
export function wardOf(guardian: Guardian, transaction?: Transaction): Promise<Ward | null> {
  return row<Ward>(`${WARD_SQL} where p.id = $1`, [guardian.profileId], transaction);
}

/** Names who answers for a profile and retires whoever did before. @returns the new guardian's id */
export async function nameGuardian(
  profileId: string,
  named: NamedGuardian & { accountId: string | null },
  transaction: Transaction,
): Promise<string> {
  await rows(
    'update guardians set retired_at = now() where profile_id = $1 and retired_at is null',
    [profileId],
    transaction,
  );
  const id = randomUUID();
  await rows(
    `insert into guardians (id, profile_id, name, email, account_id, token_hash) values ($1, $2, $3, $4, $5, $6)`,
    [id, profileId, named.name, named.email, named.accountId, hashOfLink(signLink('guardian', id))],
    transaction,
  );
  return id;
}

/** Asks a guardian whom a minor named: the mail with the link commits with the request. */
export async function askGuardian(
  profileId: string,
  accountId: string,
  named: NamedGuardian,
  actor: Actor,
  transaction: Transaction,
): Promise<void> {
  const id = await nameGuardian(profileId, { ...named, accountId: null }, transaction);
  const reference = newReference();
  await queueMail(
    { template: 'guardian-request', to: named.email, subjectId: id, accountId, reference },
    transaction,
  );
  const event = { action: 'guardian.asked', subject: 'profile', subjectId: profileId } as const;
  await record(actor, { ...event, detail: { guardianId: id } }, transaction);
}

/**
 * Asks again, the same guardian or another one.
 * @throws Conflict when the minor has access already or has asked three times today, Invalid for a wrong address
 */
export function askAgain(ward: Ward, minorEmail: string, named: NamedGuardian, actor: Actor): Promise<void> {
  return inTransaction(async (transaction) => {
    await rows('select 1 from profiles where id = $1 for update', [ward.profileId], transaction);
    const now = await row<Ward>(`${WARD_SQL} where p.id = $1`, [ward.profileId], transaction);
    if (!now || hasAccess(standingOf(now, await readSettings(transaction), new Date()))) {
      throw new Conflict('Nobody needs to be asked any more.');
    }
    await requireGuardianAddress(named.email, minorEmail, transaction);
    const asked = await row<{ count: number }>(
      `select count(*)::int as count from guardians where profile_id = $1 and asked_at > now() - interval '1 day'`,
      [ward.profileId],
      transaction,
    );
    if ((asked?.count ?? 0) >= MOST_REQUESTS_A_DAY) {
      throw new Conflict('We have asked three times today. Please try again tomorrow.');
    }
    await askGuardian(ward.profileId, ward.accountId, named, actor, transaction);
  });
}

/** The guardian whom a minor named. @throws Invalid with one sentence a field */
export async function readGuardian(
  typed: { guardianName: string; guardianEmail: string },
  minorEmail: string,
): Promise<NamedGuardian> {
  const email = normaliseAddress(typed.guardianEmail);
  const errors: Record<string, string> = {};
  if (typed.guardianName === '') errors.guardianName = 'Type the name of your parent or guardian';
  if (email === null) errors.guardianEmail = 'Type the e-mail address of your parent or guardian';
  if (email === null || typed.guardianName === '') throw new Invalid(errors);
  await requireGuardianAddress(email, minorEmail);
  return { name: typed.guardianName, email };
}

/** @throws Invalid when the address is the minor's own, in whatever spelling, or another minor's */
export async function requireGuardianAddress(
  email: string,
  minorEmail: string,
  transaction?: Transaction,
): Promise<void> {
  if (sameMailbox(email) === sameMailbox(minorEmail)) {
    throw new Invalid({
      guardianEmail: 'This is your own address. Type the address of your parent or guardian',
    });
  }
  const { fullAccessFromAge } = await readSettings(transaction);
  // Born after this year means: not surely grown up today.
  const grownUpBorn = new Date().getUTCFullYear() - fullAccessFromAge - 1;
  const minors = await row<{ minors: boolean }>(
    `select coalesce(bool_and(born > $2), false) as minors from (
       select coalesce(m.year_of_birth, p.stated_year_of_birth) as born
       from accounts a join profiles p on p.account_id = a.id and p.relationship = 'self'
       join alumni_members m on m.id = p.alumni_member_id
       where a.email = $1
       union all
       select year_of_birth from alumni_members where email = $1 and year_of_birth is not null and not deceased
         and merged_into is null
     ) known`,
    [email, grownUpBorn],
    transaction,
  );
  if (minors?.minors) {
    throw new Invalid({
      guardianEmail: 'This is the address of another young person. A guardian must be grown up',
    });
  }
}

/** What is left of an address when it only says which mailbox it reaches: case and `+tags` put aside. */
function sameMailbox(address: string): string {
  const [local = '', domain = ''] = address.toLowerCase().split('@');
  const name = local.replace(/\+.*$/, '');
  return /^(gmail|googlemail)\.com$/.test(domain)
    ? `${name.replaceAll('.', '')}@gmail.com`
    : `${name}@${domain}`;
}
