import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { type Actor, accountIdOf, recordEvent } from '../platform/audit/audit.ts';
import { database, inTransaction, queryRow } from '../platform/db/database.ts';
import { Conflict, NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { readSettings, SettingsRow } from '../settings/settings.ts';
import { Account } from './account.ts';

export const legalTextKinds = ['privacy', 'terms'] as const;
export type LegalTextKind = (typeof legalTextKinds)[number];

/** A version of the privacy notice or the terms. The settings say which one is current; without one, none is shown. */
export class LegalText extends Model<InferAttributes<LegalText>, InferCreationAttributes<LegalText>> {
  declare kind: LegalTextKind;
  declare version: number;
  declare body: string;
  declare publishedAt: CreationOptional<Date>;
  declare publishedBy: CreationOptional<string | null>;
}

LegalText.init(
  {
    kind: { type: DataTypes.TEXT, primaryKey: true },
    version: { type: DataTypes.INTEGER, primaryKey: true },
    body: DataTypes.TEXT,
    publishedAt: DataTypes.DATE,
    publishedBy: DataTypes.BIGINT,
  },
  { sequelize: database, tableName: 'legal_texts' },
);
LegalText.belongsTo(Account, { as: 'publisher', foreignKey: 'publishedBy' });

/** That a member was shown (privacy) or accepted (terms) a version. */
export class LegalAcceptance extends Model<
  InferAttributes<LegalAcceptance>,
  InferCreationAttributes<LegalAcceptance>
> {
  declare accountId: string;
  declare kind: LegalTextKind;
  declare version: number;
  declare at: CreationOptional<Date>;
}

LegalAcceptance.init(
  {
    accountId: { type: DataTypes.BIGINT, primaryKey: true },
    kind: { type: DataTypes.TEXT, primaryKey: true },
    version: { type: DataTypes.INTEGER, primaryKey: true },
    at: DataTypes.DATE,
  },
  { sequelize: database, tableName: 'legal_acceptances' },
);
LegalAcceptance.belongsTo(Account, { as: 'account', foreignKey: 'accountId' });

const settingOf = { privacy: 'privacyVersion', terms: 'termsVersion' } as const;

/** The current version, or null if the office has none. */
export async function findCurrentLegalText(kind: LegalTextKind): Promise<LegalText | null> {
  const version = (await readSettings())[settingOf[kind]];
  return version === null ? null : LegalText.findOne({ where: { kind, version } });
}

/** @throws NotFound, also without a current version */
export async function getLegalText(kind: LegalTextKind, version: number | null): Promise<LegalText> {
  const found =
    version === null
      ? await findCurrentLegalText(kind)
      : await LegalText.findOne({ where: { kind, version } });
  if (!found) throw new NotFound(t('settings:legal.notFound'));
  return found;
}

/** All versions, newest first. */
export function listLegalTexts(kind: LegalTextKind): Promise<LegalText[]> {
  return LegalText.findAll({ where: { kind }, order: [['version', 'DESC']] });
}

/** Publishes a new version, or stops showing the text if `body` is empty. Does nothing if the text hasn't changed. */
export async function publishLegalText(kind: LegalTextKind, body: string, actor: Actor): Promise<void> {
  await inTransaction(async () => {
    await SettingsRow.findOne({ lock: true });
    const current = await findCurrentLegalText(kind);
    if ((current?.body ?? '') === body) return;
    const version = body === '' ? null : await createVersion(kind, body, actor);
    await SettingsRow.update({ [settingOf[kind]]: version }, { where: { onlyRow: true } });
    const action = version === null ? 'legal-text.withdrawn' : 'legal-text.published';
    await recordEvent(actor, { action, subject: 'legal-text', subjectId: kind, detail: { version } });
  });
  await readSettings();
}

async function createVersion(kind: LegalTextKind, body: string, actor: Actor): Promise<number> {
  const [newest] = await listLegalTexts(kind);
  const version = (newest?.version ?? 0) + 1;
  await LegalText.create({ kind, version, body, publishedBy: accountIdOf(actor) });
  return version;
}

/** Records which versions a new member was shown. */
export async function recordShownTexts(accountId: string): Promise<void> {
  for (const kind of legalTextKinds) {
    const current = await findCurrentLegalText(kind);
    if (current) await LegalAcceptance.create({ accountId, kind, version: current.version });
  }
}

/** The version of the terms that a member hasn't accepted yet, or null. */
export async function findUnacceptedTerms(accountId: string): Promise<number | null> {
  const found = await queryRow<{ version: number }>(
    `select terms_version as version from settings where terms_version is not null and not exists (
       select from legal_acceptances where account_id = $1 and kind = 'terms' and version = terms_version)`,
    [accountId],
  );
  return found?.version ?? null;
}

/** Accepts the terms, once. @throws NotFound without terms; Conflict if `version` isn't the current one */
export function acceptTerms(accountId: string, version: number, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const current = await getLegalText('terms', null);
    if (current.version !== version) throw new Conflict(t('settings:legal.newerVersion'));
    const [, isNew] = await LegalAcceptance.findOrCreate({ where: { accountId, kind: 'terms', version } });
    const event = { action: 'account.terms-accepted', subject: 'account', subjectId: accountId } as const;
    if (isNew) await recordEvent(actor, { ...event, detail: { version } });
  });
}

/** A part of a paragraph; links are web addresses that were typed. */
type TextPart = Readonly<{ text: string; isLink: boolean }>;

/** The text's blocks: paragraphs, and headings, which begin with `# `. */
export function blocksOf({ body }: LegalText): { isHeading: boolean; parts: TextPart[] }[] {
  return body
    .split(/\n{2,}/)
    .map((block) => block.trim())
    .filter((block) => block !== '')
    .map((block) => ({
      isHeading: /^# [^\n]+$/.test(block),
      parts: block
        .replace(/^# /, '')
        .split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/)
        .map((text, index) => ({ text, isLink: index % 2 === 1 })),
    }));
}
