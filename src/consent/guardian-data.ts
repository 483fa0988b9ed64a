import type { Attributes } from 'sequelize';
import { accountById } from '../accounts/account.ts';
import { dataSources } from '../accounts/data-sources.ts';
import { rows } from '../database.ts';
import type { Guardian } from './guardian.ts';
import { Consent } from './record.ts';
import type { Ward } from './standing.ts';

/** Raised when a name in the file changes its meaning. */
const FORMAT = 1;
// Nothing of other people, the other guardian among them.
const aboutYoungPerson = ['account', 'profiles', 'memberships', 'invitations'];
const aboutDecision: (keyof Attributes<Consent>)[] = [
  'act',
  'guardianName',
  'guardianEmail',
  'authorityStated',
  'disclosureVersion',
  'policyVersion',
  'at',
  'expiresAt',
  'ip',
];

/** What is held about a young person and about the guardian, for the guardian, ready to be written as JSON. */
export async function dataForGuardian(guardian: Guardian, ward: Ward): Promise<Record<string, unknown>> {
  return {
    format: FORMAT,
    writtenAt: new Date(),
    youngPerson: ward.relationship === 'self' ? await ofAccount(ward.accountId) : ofProfile(ward),
    guardian: {
      name: guardian.name,
      email: guardian.email,
      askedAt: guardian.askedAt,
      erasureAskedAt: guardian.erasureAskedAt,
    },
    consents: await Consent.findAll({
      attributes: aboutDecision,
      where: { guardianId: guardian.id },
      order: [['id', 'ASC']],
    }),
    messages: await rows(
      `select template, reference, queued_at, sent_at, bounced_at,
         failed_at from messages where recipient = $1 and subject_id = $2 order by queued_at, id`,
      [guardian.email, guardian.id],
    ),
  };
}

async function ofAccount(accountId: string): Promise<Record<string, unknown>> {
  const account = await accountById(accountId);
  const data: Record<string, unknown> = {};
  for (const { name, read } of dataSources)
    if (account && aboutYoungPerson.includes(name)) data[name] = await read(accountId, account.email);
  return data;
}

function ofProfile({ firstName, lastName, batch, center, yearOfBirth }: Ward): Record<string, unknown> {
  return { record: { firstName, lastName, batch, center, yearOfBirth } };
}
