import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { database } from '../platform/db/database.ts';

/** A picture that an office uploaded as its logo. Settings name the one in use. */
export class Logo extends Model<InferAttributes<Logo>, InferCreationAttributes<Logo>> {
  /** The beginning of the content's SHA-256, and its format: `0f3c….png`. */
  declare file: string;
  declare content: Buffer;
  declare createdAt: CreationOptional<Date>;
}

Logo.init(
  {
    file: { type: DataTypes.TEXT, primaryKey: true },
    content: DataTypes.BLOB,
    createdAt: DataTypes.DATE,
  },
  { sequelize: database, tableName: 'logos' },
);

/** The path of a logo on this site. Its content never changes. */
export function logoPath(file: string): string {
  return `/logo/${file}`;
}

/** The content of a logo, also of an earlier one: mails that were sent with it still show it. */
export async function findLogoContent(file: string): Promise<Buffer | null> {
  const logo = await Logo.findByPk(file);
  return logo?.content ?? null;
}
