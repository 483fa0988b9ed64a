import type { Account } from '../../accounts/account.ts';
import { type AgePolicy, ageStatusAt } from '../../alumni/age.ts';
import { type Actor, recordEvent } from '../../platform/audit/audit.ts';
import { inTransaction, queryRow, queryRows } from '../../platform/db/database.ts';
import { InvalidInput } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import {
  type EditableSettings,
  readSettings,
  type Settings,
  SettingsRow,
  saveSettings,
} from '../settings.ts';
import { listTimeZones } from '../time-zones.ts';

type Admin = Pick<Account, 'twoStepEnabledAt'>;

/** What the form confirms: the version of the settings that it showed, and that age limits may affect members. */
export type SettingsConfirmation = Readonly<{ savedAt: string; agesConfirmed: boolean }>;

/** When the settings were last saved, as text for a hidden form field. */
export async function getSettingsSavedAt(): Promise<string> {
  const found = await queryRow<{ at: string }>('select updated_at::text as at from settings');
  return found?.at ?? '';
}

/**
 * Saves the given settings, unless someone else saved them since `confirmation.savedAt`.
 * @returns the names of the changed settings
 * @throws InvalidInput
 */
export async function changeSettings(
  updated: Partial<EditableSettings>,
  confirmation: SettingsConfirmation,
  admin: Admin,
  actor: Actor,
): Promise<string[]> {
  const changed = await inTransaction(async () => {
    await SettingsRow.findOne({ lock: true });
    const before = await readSettings();
    const current: Record<string, unknown> = before;
    const names = Object.entries(updated).flatMap(([name, value]) => (value === current[name] ? [] : [name]));
    if (names.length === 0) return names;
    if ((await getSettingsSavedAt()) !== confirmation.savedAt)
      throw new InvalidInput({ form: t('settings:errors.conflict') });
    refuseTwoStepLockout(before, updated, admin);
    if (names.includes('timeZone')) await requireKnownTimeZone(updated.timeZone);
    if (!confirmation.agesConfirmed) await requireAgesConfirmed(before, { ...before, ...updated });
    await saveSettings(updated);
    const event = { action: 'settings.changed', subject: 'settings', subjectId: 'all' } as const;
    await recordEvent(actor, { ...event, detail: { changed: names } });
    return names;
  });
  await readSettings();
  return changed;
}

async function requireKnownTimeZone(timeZone = ''): Promise<void> {
  if ((await listTimeZones()).includes(timeZone)) return;
  throw new InvalidInput({ timeZone: t('settings:errors.timeZone') });
}

function refuseTwoStepLockout(
  before: Settings,
  updated: Partial<EditableSettings>,
  { twoStepEnabledAt }: Admin,
): void {
  if (updated.twoStepForStaff && !before.twoStepForStaff && twoStepEnabledAt === null)
    throw new InvalidInput({
      twoStepForStaff: t('settings:errors.twoStepForStaff'),
    });
}

async function requireAgesConfirmed(before: Settings, updated: Settings): Promise<void> {
  const affected = await countProfilesAffected(before, updated);
  if (affected === 0) return;
  throw new InvalidInput({ agesConfirmed: t('settings:errors.agesConfirmed', { count: affected }) });
}

/** Counts the profiles whose age status today differs between two policies. */
async function countProfilesAffected(before: AgePolicy, after: AgePolicy): Promise<number> {
  const years = await queryRows<{ year: number; count: number }>(
    `select coalesce(m.year_of_birth, p.stated_year_of_birth) as year, count(*)::int as count
     from profiles p join alumni_members m on m.id = p.alumni_member_id
     where coalesce(m.year_of_birth, p.stated_year_of_birth) is not null group by 1`,
  );
  const today = new Date();
  return years
    .filter(({ year }) => ageStatusAt(year, today, before) !== ageStatusAt(year, today, after))
    .reduce((sum, { count }) => sum + count, 0);
}
