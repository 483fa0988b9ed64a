import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { currentKey, decrypt, deriveKey, type Encrypted, encrypt } from '../platform/crypto/encryption.ts';
import { database } from '../platform/db/database.ts';

const PURPOSE = 'two-step secret';
const SECRET_BYTES = 20;
const TIME_STEP_MS = 30_000;

/** What an account shares with its authenticator app, encrypted. */
export class TwoStepSecret extends Model<
  InferAttributes<TwoStepSecret>,
  InferCreationAttributes<TwoStepSecret>
> {
  declare accountId: string;
  declare keyId: number;
  declare encrypted: Buffer;
  /** The newest half-minute whose code was accepted, so that no code counts twice. */
  declare lastStep: number;
  declare createdAt: CreationOptional<Date>;
}

TwoStepSecret.init(
  {
    accountId: { type: DataTypes.BIGINT, primaryKey: true },
    keyId: DataTypes.SMALLINT,
    encrypted: DataTypes.BLOB,
    lastStep: DataTypes.INTEGER,
    createdAt: DataTypes.DATE,
  },
  { sequelize: database, tableName: 'two_step_secrets' },
);

/** The seed of a secret that is being set up: 16 random bytes as hex. Without the ring it tells nothing of the secret. */
export function newSetupSeed(): string {
  return randomBytes(16).toString('hex');
}

/** The secret that a seed stands for, made by the ring's first key: no session holds it in the clear. */
export function deriveSetupSecret(seed: string, accountId: string): Buffer {
  return deriveKey(currentKey(), `two-step setup ${accountId}`, SECRET_BYTES, Buffer.from(seed, 'hex'));
}

/** Seals a secret for one account. */
export function encryptSecret(secret: Buffer, accountId: string): Encrypted {
  return encrypt(PURPOSE, secret, accountId);
}

/** Decrypts the secret of this account. @throws when its key has left the ring, or the bytes are not ours */
export function decryptSecret(encrypted: Encrypted, accountId: string): Buffer {
  return decrypt(PURPOSE, encrypted, accountId);
}

/** The half-minute whose code this is, now or one step to either side; null for any other code. */
export function findTimeStep(secret: Buffer, code: string): number | null {
  const timestamp = Date.now();
  const delta = totp(secret).validate({ token: code, timestamp, window: 1 });
  return delta === null ? null : Math.floor(timestamp / TIME_STEP_MS) + delta;
}

/** What an authenticator app reads from the QR code, and the secret as a person types it: words of 4 letters. */
export function provisioningDetails(
  secret: Buffer,
  organisation: string,
  email: string,
): { uri: string; secretGroups: string[] } {
  const provisioning = totp(secret, organisation.replaceAll(':', ' '), email);
  return { uri: provisioning.toString(), secretGroups: provisioning.secret.base32.match(/.{4}/g) ?? [] };
}

function totp(secret: Buffer, issuer = '', label = ''): TOTP {
  return new TOTP({ issuer, label, secret: new Secret({ buffer: Uint8Array.from(secret).buffer }) });
}
