import { type Attributes, DataTypes, type InferAttributes, Model } from 'sequelize';
import { columnsOf, database, NOW, queryRow } from '../platform/db/database.ts';

/** What an alumni office may change while the product runs: a table of one row, which is always there. */
export class SettingsRow extends Model<InferAttributes<SettingsRow>> {
  declare onlyRow: boolean;
  declare organisationName: string;
  declare supportEmail: string;
  declare supportPhone: string | null;
  declare accentColor: string;
  /** `{organisation}` is filled in, see `mail/wording.ts`. */
  declare invitationSubject: string;
  /** How mails begin: `{name}` and `{organisation}` are filled in; without a name the other is used. */
  declare mailGreeting: string;
  declare mailGreetingNameless: string;
  declare mailFooter: string;
  declare invitationDays: number;
  /** Days before and after the expiry of an invitation when its holder is reminded once; 0 is never. */
  declare remindDaysBefore: number;
  declare remindDaysAfter: number;
  declare blockedBelowAge: number;
  declare fullAccessFromAge: number;
  /** Counted by the database whenever the ages change. */
  declare policyVersion: number;
  /** The addresses that the office keeps for minors are their guardians'. */
  declare minorsAddressesAreGuardians: boolean;
  declare twoStepForStaff: boolean;
  declare updatedAt: Date;
}

SettingsRow.init(
  {
    onlyRow: { type: DataTypes.BOOLEAN, primaryKey: true },
    organisationName: DataTypes.TEXT,
    supportEmail: DataTypes.CITEXT,
    supportPhone: DataTypes.TEXT,
    accentColor: DataTypes.TEXT,
    invitationSubject: DataTypes.TEXT,
    mailGreeting: DataTypes.TEXT,
    mailGreetingNameless: DataTypes.TEXT,
    mailFooter: DataTypes.TEXT,
    invitationDays: DataTypes.INTEGER,
    remindDaysBefore: DataTypes.INTEGER,
    remindDaysAfter: DataTypes.INTEGER,
    blockedBelowAge: DataTypes.INTEGER,
    fullAccessFromAge: DataTypes.INTEGER,
    policyVersion: DataTypes.INTEGER,
    minorsAddressesAreGuardians: DataTypes.BOOLEAN,
    twoStepForStaff: DataTypes.BOOLEAN,
    updatedAt: DataTypes.DATE,
  },
  { sequelize: database, tableName: 'settings' },
);

export type Settings = Readonly<Omit<Attributes<SettingsRow>, 'onlyRow' | 'updatedAt'>>;

/** What the office may change; the policy's version counts by itself. */
export type EditableSettings = Omit<Settings, 'policyVersion'>;

const CACHE_MS = 5_000;

const defaultSettings: Settings = {
  organisationName: 'Alumni Association',
  supportEmail: 'alumni-office@example.org',
  supportPhone: null,
  accentColor: '#1f5f5b',
  mailFooter: '',
  invitationDays: 7,
  blockedBelowAge: 14,
  fullAccessFromAge: 18,
  policyVersion: 1,
  minorsAddressesAreGuardians: false,
  twoStepForStaff: false,
  remindDaysBefore: 3,
  remindDaysAfter: 1,
  invitationSubject: 'Your invitation to {organisation}',
  mailGreeting: 'Hello {name},',
  mailGreetingNameless: 'Hello,',
};

let cachedSettings: Settings = defaultSettings;
let cachedAt = Number.NEGATIVE_INFINITY;

/** The settings as they stand in the database now: what every decision is made by. */
export async function readSettings(): Promise<Settings> {
  const found = await queryRow<Settings>(`select ${columnsOf(SettingsRow, 's')} from settings s`);
  cachedSettings = found ?? defaultSettings;
  cachedAt = Date.now();
  return cachedSettings;
}

/** Writes all that may be changed. Other processes see it within five seconds; whoever decides by it, at once. */
export async function saveSettings(settings: EditableSettings): Promise<void> {
  await SettingsRow.update({ ...settings, updatedAt: NOW }, { where: { onlyRow: true } });
}

/** The settings for the frame of a page: at most five seconds old. */
export async function readCachedSettings(): Promise<Settings> {
  return Date.now() - cachedAt < CACHE_MS ? cachedSettings : readSettings();
}

/** The settings as last read, without a query: for pages that must not cost one. */
export function getCachedSettings(): Settings {
  return cachedSettings;
}
