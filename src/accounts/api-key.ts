import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type NonAttribute,
  Op,
} from 'sequelize';
import { type Actor, accountIdOf, recordEvent } from '../platform/audit/audit.ts';
import { database, inTransaction, NOW } from '../platform/db/database.ts';
import { Conflict, NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { isId } from '../platform/text/text.ts';
import { Account } from './account.ts';
import { apiKeyStart, generateApiKey, hashApiKey, isApiKeyShaped } from './api-key-format.ts';

/** What a key may be used for: a kind of thing, to read or to change. */
export const apiScopes = [
  'invitations:read',
  'invitations:write',
  'alumni:read',
  'alumni:write',
  'groups:read',
  'groups:write',
  'campaigns:read',
  'campaigns:write',
  'imports:read',
  'imports:write',
  'requests:read',
  'requests:write',
  'consents:read',
  'webhooks:read',
  'webhooks:write',
] as const;
export type ApiScope = (typeof apiScopes)[number];

/** For how many days a new key can be valid. */
export const apiKeyDays = [30, 90, 180, 365] as const;

// Exact times would show when another system works, and cost a write for each request.
const LAST_USED_STEP_MS = 60 * 60 * 1000;

/** A credential of another program, which acts for the account that created it. */
export class ApiKey extends Model<InferAttributes<ApiKey>, InferCreationAttributes<ApiKey>> {
  declare id: CreationOptional<string>;
  declare accountId: string;
  declare name: string;
  /** The first characters, by which people recognise it. */
  declare start: string;
  declare keyHash: Buffer;
  declare scopes: readonly ApiScope[];
  declare createdAt: CreationOptional<Date>;
  declare expiresAt: Date;
  /** To the hour. */
  declare lastUsedAt: CreationOptional<Date | null>;
  declare revokedAt: CreationOptional<Date | null>;
  declare revokedBy: CreationOptional<string | null>;

  declare account?: NonAttribute<Account>;

  get state(): NonAttribute<'active' | 'expired' | 'revoked'> {
    if (this.revokedAt !== null) return 'revoked';
    return this.expiresAt <= new Date() ? 'expired' : 'active';
  }
}

ApiKey.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    accountId: DataTypes.BIGINT,
    name: DataTypes.TEXT,
    start: DataTypes.TEXT,
    keyHash: DataTypes.BLOB,
    scopes: DataTypes.ARRAY(DataTypes.TEXT),
    createdAt: DataTypes.DATE,
    expiresAt: DataTypes.DATE,
    lastUsedAt: DataTypes.DATE,
    revokedAt: DataTypes.DATE,
    revokedBy: DataTypes.BIGINT,
  },
  { sequelize: database, tableName: 'api_keys' },
);
ApiKey.belongsTo(Account, { as: 'account', foreignKey: 'accountId' });

export type NewApiKey = Readonly<{ name: string; scopes: readonly ApiScope[]; days: number }>;

/** Creates a key for an account. @returns the key itself, which is not stored */
export function createApiKey(
  accountId: string,
  { name, scopes, days }: NewApiKey,
  actor: Actor,
): Promise<string> {
  return inTransaction(async () => {
    const key = generateApiKey();
    const expiresAt = new Date(Date.now() + days * 24 * 60 * 60 * 1000);
    const created = await ApiKey.create({
      accountId,
      name,
      start: apiKeyStart(key),
      keyHash: hashApiKey(key),
      scopes,
      expiresAt,
    });
    await recordApiKeyEvent('created', created.id, actor, { scopes, days });
    return key;
  });
}

/** All keys with their accounts, newest first. There are only a few. */
export function listApiKeys(): Promise<ApiKey[]> {
  return ApiKey.findAll({ include: 'account', order: [['id', 'DESC']] });
}

/** @throws NotFound */
export async function getApiKey(id: string): Promise<ApiKey> {
  const found = isId(id) ? await ApiKey.findByPk(id, { include: 'account' }) : null;
  if (!found) throw new NotFound(t('api:keys.errors.notFound'));
  return found;
}

/** Stops a key for good, from the next request on. @throws NotFound, Conflict if it is already revoked */
export function revokeApiKey(id: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await getApiKey(id);
    const revokedBy = accountIdOf(actor);
    const [changed] = await ApiKey.update(
      { revokedAt: NOW, revokedBy },
      { where: { id, revokedAt: { [Op.is]: null } } },
    );
    if (changed === 0) throw new Conflict(t('api:keys.errors.alreadyRevoked'));
    await recordApiKeyEvent('revoked', id, actor);
  });
}

/**
 * Finds a usable key: not revoked, not expired, and of an account that is staff and not suspended. A mistyped or made-up
 * key costs no query, because its checksum is wrong.
 */
export async function findApiKey(key: string): Promise<{ apiKey: ApiKey; account: Account } | null> {
  if (!isApiKeyShaped(key)) return null;
  const apiKey = await ApiKey.findOne({ where: { keyHash: hashApiKey(key) }, include: 'account' });
  const account = apiKey?.account;
  if (!apiKey || !account || apiKey.state !== 'active') return null;
  if (account.suspendedAt !== null || account.staffRole === null) return null;
  if (Date.now() - (apiKey.lastUsedAt?.getTime() ?? 0) >= LAST_USED_STEP_MS)
    await ApiKey.update({ lastUsedAt: NOW }, { where: { id: apiKey.id } });
  return { apiKey, account };
}

function recordApiKeyEvent(
  verb: 'created' | 'revoked',
  subjectId: string,
  actor: Actor,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  return recordEvent(actor, { action: `api-key.${verb}`, subject: 'api-key', subjectId, detail });
}
