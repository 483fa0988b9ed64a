import { type AgePolicy, ageStatusAt } from '../alumni/age.ts';
import { displayName, listRecordsForAddress, type RecordOnFile } from '../alumni/record.ts';
import { t } from '../platform/i18n/i18n.ts';
import { readSettings } from '../settings/settings.ts';

/** How an invitation mail addresses the person, and what it says about why they get it. */
export type Addressee = Readonly<{
  /** The name to greet by. */
  name: string | null;
  /** If the name isn't known: the last name that everyone on file shares. */
  family: string | null;
  /** The person on file, such as “Maya Lindqvist, batch of 2008, Alder Hill”. Null if there are several or none. */
  onFile: string | null;
  /** Whether anyone is on file for the address. */
  isOnFile: boolean;
}>;

/** Finds out whom a mail to an address is for. `givenName` is used if nobody is on file for it. */
export async function findAddressee(email: string, givenName: string | null): Promise<Addressee> {
  const records = await listRecordsForAddress(email);
  const [record] = records;
  if (!record) return { name: givenName || null, family: null, onFile: null, isOnFile: false };
  if (records.length > 1 || isGuardiansAddress(record, await readSettings())) {
    const family = records.every(({ lastName }) => lastName === record.lastName) ? record.lastName : null;
    return { name: null, family, onFile: null, isOnFile: true };
  }
  const batch = record.batch === null ? null : t('invitations:mails.onFile.batch', { batch: record.batch });
  const onFile = [displayName(record), batch, record.center].filter(Boolean).join(', ');
  return { name: record.firstName || record.lastName, family: null, onFile, isOnFile: true };
}

/** Whether the address is that of the person's guardian, who must not be greeted by the child's name. */
function isGuardiansAddress(
  { yearOfBirth, emailOf }: RecordOnFile,
  policy: AgePolicy & Readonly<{ minorsAddressesAreGuardians: boolean }>,
): boolean {
  if (emailOf !== null) return emailOf === 'guardian';
  return (
    policy.minorsAddressesAreGuardians &&
    yearOfBirth !== null &&
    ageStatusAt(yearOfBirth, new Date(), policy) !== 'full'
  );
}
