import type { Attributes } from 'sequelize';
import { findAccount } from '../../accounts/account.ts';
import { personalDataSources } from '../../accounts/personal-data-sources.ts';
import { queryRows } from '../../platform/db/database.ts';
import { Consent } from '../consent.ts';
import type { ProfileAccess } from '../profile-access.ts';
import type { Guardian } from './guardian.ts';

/** Increase it when a field of the file changes its meaning. */
const FORMAT_VERSION = 1;
// The sources that contain nothing about other people, such as a second guardian.
const minorSourceNames = ['account', 'profiles', 'memberships', 'invitations'];
const consentAttributes: (keyof Attributes<Consent>)[] = [
  'decision',
  'guardianName',
  'guardianEmail',
  'authorityStated',
  'disclosureVersion',
  'policyVersion',
  'at',
  'expiresAt',
  'ip',
];

/** What we store about a guardian and their minor, as JSON for the guardian to download. */
export async function collectGuardianData(
  guardian: Guardian,
  profile: ProfileAccess,
): Promise<Record<string, unknown>> {
  return {
    format: FORMAT_VERSION,
    writtenAt: new Date(),
    youngPerson:
      profile.relationship === 'self' ? await collectAccountData(profile.accountId) : profileData(profile),
    guardian: {
      name: guardian.name,
      email: guardian.email,
      requestedAt: guardian.requestedAt,
      erasureRequestedAt: guardian.erasureRequestedAt,
    },
    consents: await Consent.findAll({
      attributes: consentAttributes,
      where: { guardianId: guardian.id },
      order: [['id', 'ASC']],
    }),
    messages: await queryRows(
      `select template, reference, queued_at, sent_at, bounced_at,
         failed_at from messages where recipient = $1 and subject_id = $2 order by queued_at, id`,
      [guardian.email, guardian.id],
    ),
  };
}

async function collectAccountData(accountId: string): Promise<Record<string, unknown>> {
  const account = await findAccount(accountId);
  const data: Record<string, unknown> = {};
  for (const { name, read } of personalDataSources)
    if (account && minorSourceNames.includes(name))
      data[name] = await read({ accountId, email: account.email, recordIds: [] });
  return data;
}

function profileData({
  firstName,
  lastName,
  batch,
  center,
  yearOfBirth,
}: ProfileAccess): Record<string, unknown> {
  return { record: { firstName, lastName, batch, center, yearOfBirth } };
}
