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

/** The secret shared by an account and its authenticator app, encrypted. */
export class TwoStepSecret extends Model<
  InferAttributes<TwoStepSecret>,
  InferCreationAttributes<TwoStepSecret>
> {
  declare accountId: string;
  declare keyId: number;
  declare encrypted: Buffer;
  /** The time step of the last accepted code, so that no code works twice. */
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

/** Creates the seed of a secret during setup: 16 random bytes as hex. It reveals nothing without the key ring. */
export function newSetupSeed(): string {
  return randomBytes(16).toString('hex');
}

/** Derives the secret from its seed and the current key, so that no session contains the secret itself. */
export function deriveSetupSecret(seed: string, accountId: string): Buffer {
  return deriveKey(currentKey(), `two-step setup ${accountId}`, SECRET_BYTES, Buffer.from(seed, 'hex'));
}

/** Encrypts a secret for one account. */
export function encryptSecret(secret: Buffer, accountId: string): Encrypted {
  return encrypt(PURPOSE, secret, accountId);
}

/** Decrypts an account's secret. @throws if its key is no longer in the ring, or the data was tampered with */
export function decryptSecret(encrypted: Encrypted, accountId: string): Buffer {
  return decrypt(PURPOSE, encrypted, accountId);
}

/** Finds the time step of a code: the current one, the previous or the next. @returns null for any other code */
export function findTimeStep(secret: Buffer, code: string): number | null {
  const timestamp = Date.now();
  const delta = totp(secret).validate({ token: code, timestamp, window: 1 });
  return delta === null ? null : Math.floor(timestamp / TIME_STEP_MS) + delta;
}

/** The URI for the QR code, and the secret in groups of four characters, to be typed by hand. */
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
