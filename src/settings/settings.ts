import { type Attributes, DataTypes, type InferAttributes, Model } from 'sequelize';
import { columnsOf, database, NOW, queryRow } from '../platform/db/database.ts';
import { setOfficeLocale } from '../platform/i18n/languages.ts';
import { retention } from './retention.ts';

/** The table `settings`. It always has exactly one row. */
export class SettingsRow extends Model<InferAttributes<SettingsRow>> {
  declare onlyRow: boolean;
  declare organisationName: string;
  declare supportEmail: string;
  declare supportPhone: string | null;
  /** An IANA name, such as `Europe/London`. */
  declare timeZone: string;
  /** For people whose language isn't known. */
  declare defaultLanguage: string;
  declare accentColor: string;
  /** Null: our own drawing. See `Logo`. */
  declare logoFile: string | null;
  /** In pixels, like `logoHeight`. */
  declare logoWidth: number | null;
  declare logoHeight: number | null;
  /** Placeholder: `{organisation}`. See `platform/mail/placeholders.ts`. Null, as in the next four: the standard wording. */
  declare invitationSubject: string | null;
  /** Placeholders of both: `{name}`, `{inviter}` and `{organisation}`. */
  declare invitationIntro: string | null;
  declare invitationClosing: string | null;
  /** Placeholders: `{name}` and `{organisation}`. */
  declare mailGreeting: string | null;
  /** For people whose name isn't on file. Placeholder: `{organisation}`. */
  declare mailGreetingNameless: string | null;
  declare mailFooter: string;
  declare invitationDays: number;
  /** Days before and after an invitation expires on which one reminder is sent. 0: no reminder. */
  declare remindDaysBefore: number;
  declare remindDaysAfter: number;
  declare blockedBelowAge: number;
  declare fullAccessFromAge: number;
  /** Incremented by the database whenever the age limits change. */
  declare policyVersion: number;
  /** Whether the addresses on file for minors are those of their guardians. */
  declare minorsAddressesAreGuardians: boolean;
  declare twoStepForStaff: boolean;
  /** The current versions: see `LegalText`. Null: none is shown. */
  declare privacyVersion: number | null;
  declare termsVersion: number | null;
  /** In days, like the next ones: see `retention`. */
  declare retainImportRowsDays: number;
  declare retainInvitationsDays: number;
  declare retainMessagesDays: number;
  declare retainRequestsDays: number;
  declare retainWebhookDeliveriesDays: number;
  declare retainIpsDays: number;
  declare inactiveAfterDays: number;
  declare updatedAt: Date;
}

SettingsRow.init(
  {
    onlyRow: { type: DataTypes.BOOLEAN, primaryKey: true },
    organisationName: DataTypes.TEXT,
    supportEmail: DataTypes.CITEXT,
    supportPhone: DataTypes.TEXT,
    timeZone: DataTypes.TEXT,
    defaultLanguage: DataTypes.TEXT,
    accentColor: DataTypes.TEXT,
    logoFile: DataTypes.TEXT,
    logoWidth: DataTypes.INTEGER,
    logoHeight: DataTypes.INTEGER,
    invitationSubject: DataTypes.TEXT,
    invitationIntro: DataTypes.TEXT,
    invitationClosing: DataTypes.TEXT,
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
    privacyVersion: DataTypes.INTEGER,
    termsVersion: DataTypes.INTEGER,
    retainImportRowsDays: DataTypes.INTEGER,
    retainInvitationsDays: DataTypes.INTEGER,
    retainMessagesDays: DataTypes.INTEGER,
    retainRequestsDays: DataTypes.INTEGER,
    retainWebhookDeliveriesDays: DataTypes.INTEGER,
    retainIpsDays: DataTypes.INTEGER,
    inactiveAfterDays: DataTypes.INTEGER,
    updatedAt: DataTypes.DATE,
  },
  { sequelize: database, tableName: 'settings' },
);

export type Settings = Readonly<Omit<Attributes<SettingsRow>, 'onlyRow' | 'updatedAt'>>;

type LogoSettings = 'logoFile' | 'logoWidth' | 'logoHeight';
/** The settings of the forms. The logo, the privacy notice and the terms have operations of their own. */
export type EditableSettings = Omit<
  Settings,
  'policyVersion' | 'privacyVersion' | 'termsVersion' | LogoSettings
>;

const CACHE_MS = 5_000;

const defaultSettings: Settings = {
  organisationName: 'Alumni Association',
  supportEmail: 'alumni-office@example.org',
  supportPhone: null,
  timeZone: 'UTC',
  defaultLanguage: 'en',
  accentColor: '#1f5f5b',
  logoFile: null,
  logoWidth: null,
  logoHeight: null,
  mailFooter: '',
  invitationDays: 7,
  blockedBelowAge: 14,
  fullAccessFromAge: 18,
  policyVersion: 1,
  minorsAddressesAreGuardians: false,
  twoStepForStaff: false,
  privacyVersion: null,
  termsVersion: null,
  retainImportRowsDays: retention.retainImportRowsDays.default,
  retainInvitationsDays: retention.retainInvitationsDays.default,
  retainMessagesDays: retention.retainMessagesDays.default,
  retainRequestsDays: retention.retainRequestsDays.default,
  retainWebhookDeliveriesDays: retention.retainWebhookDeliveriesDays.default,
  retainIpsDays: retention.retainIpsDays.default,
  inactiveAfterDays: retention.inactiveAfterDays.default,
  remindDaysBefore: 3,
  remindDaysAfter: 1,
  invitationSubject: null,
  invitationIntro: null,
  invitationClosing: null,
  mailGreeting: null,
  mailGreetingNameless: null,
};

let cachedSettings: Settings = defaultSettings;
let cachedAt = Number.NEGATIVE_INFINITY;

/** Reads the settings from the database. Use this for every decision. */
export async function readSettings(): Promise<Settings> {
  const found = await queryRow<Settings>(`select ${columnsOf(SettingsRow, 's')} from settings s`);
  cachedSettings = found ?? defaultSettings;
  cachedAt = Date.now();
  setOfficeLocale(cachedSettings.defaultLanguage, cachedSettings.timeZone);
  return cachedSettings;
}

/** Saves the settings. `readCachedSettings` in other processes returns them within five seconds. */
export async function saveSettings(settings: Partial<EditableSettings>): Promise<void> {
  await SettingsRow.update({ ...settings, updatedAt: NOW }, { where: { onlyRow: true } });
}

/** Returns settings that are at most five seconds old, for the layout of a page. */
export async function readCachedSettings(): Promise<Settings> {
  return Date.now() - cachedAt < CACHE_MS ? cachedSettings : readSettings();
}

/** Returns the settings as last read, without a query, for pages that must not run one. */
export function getCachedSettings(): Settings {
  return cachedSettings;
}
