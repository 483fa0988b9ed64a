import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { Account } from '../accounts/account.ts';
import { type Actor, accountIdOf, recordEvent } from '../platform/audit/audit.ts';
import { database, inTransaction, queryRows } from '../platform/db/database.ts';
import { NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { readCachedSettings } from '../settings/settings.ts';

/** A version of the text that guardians read before they decide. `body` contains placeholders. */
export class Disclosure extends Model<InferAttributes<Disclosure>, InferCreationAttributes<Disclosure>> {
  declare version: number;
  declare body: string;
  declare publishedAt: CreationOptional<Date>;
  declare publishedBy: CreationOptional<string | null>;
}

Disclosure.init(
  {
    version: { type: DataTypes.INTEGER, primaryKey: true },
    body: DataTypes.TEXT,
    publishedAt: DataTypes.DATE,
    publishedBy: DataTypes.BIGINT,
  },
  { sequelize: database, tableName: 'disclosures' },
);
Disclosure.belongsTo(Account, { as: 'publisher', foreignKey: 'publishedBy' });

/** The latest version. @throws NotFound */
export async function getCurrentDisclosure(): Promise<Disclosure> {
  const current = await Disclosure.findOne({ order: [['version', 'DESC']] });
  if (!current) throw new NotFound(t('consents:errors.noDisclosure'));
  return current;
}

/** @throws NotFound */
export async function getDisclosure(version: number): Promise<Disclosure> {
  const found = await Disclosure.findByPk(version);
  if (!found) throw new NotFound(t('consents:errors.noVersion'));
  return found;
}

/** All versions, newest first. */
export function listDisclosures(): Promise<Disclosure[]> {
  return Disclosure.findAll({ order: [['version', 'DESC']] });
}

/** The text's paragraphs, with the placeholders filled in. */
export async function paragraphsOf(disclosure: Disclosure): Promise<string[]> {
  const { organisationName, supportEmail } = await readCachedSettings();
  return disclosure.body
    .replaceAll('{organisation}', organisationName)
    .replaceAll('{support}', supportEmail)
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '');
}

/**
 * Publishes a new version. Earlier consents keep referring to the version they were given for.
 * @returns its number, or the current one if the text hasn't changed
 */
export function publishDisclosure(body: string, actor: Actor): Promise<number> {
  return inTransaction(async () => {
    await queryRows('lock table disclosures in share row exclusive mode', []);
    const current = await getCurrentDisclosure();
    if (current.body === body) return current.version;
    const version = current.version + 1;
    const publishedBy = accountIdOf(actor);
    await Disclosure.create({ version, body, publishedBy });
    const event = {
      action: 'disclosure.published',
      subject: 'disclosure',
      subjectId: String(version),
    } as const;
    await recordEvent(actor, event);
    return version;
  });
}
