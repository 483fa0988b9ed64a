import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { database, NOW } from '../platform/db/database.ts';

/** One event for one webhook, and how its delivery went. Most are made by triggers of the database. */
export class WebhookDelivery extends Model<
  InferAttributes<WebhookDelivery>,
  InferCreationAttributes<WebhookDelivery>
> {
  declare id: CreationOptional<string>;
  declare webhookId: string;
  declare eventId: string;
  declare type: string;
  /** Of what it is about. The rest is read when it is sent. */
  declare subjectId: CreationOptional<string | null>;
  declare occurredAt: CreationOptional<Date>;
  /** When it is tried next. */
  declare dueAt: CreationOptional<Date>;
  declare attempts: CreationOptional<number>;
  declare lastAttemptAt: CreationOptional<Date | null>;
  declare deliveredAt: CreationOptional<Date | null>;
  declare failedAt: CreationOptional<Date | null>;
  /** What the receiver answered last, such as 503; null when it didn't. */
  declare responseStatus: CreationOptional<number | null>;
  declare error: CreationOptional<string | null>;
}

WebhookDelivery.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    webhookId: DataTypes.UUID,
    eventId: DataTypes.UUID,
    type: DataTypes.TEXT,
    subjectId: DataTypes.BIGINT,
    occurredAt: { type: DataTypes.DATE, defaultValue: NOW },
    dueAt: DataTypes.DATE,
    attempts: DataTypes.INTEGER,
    lastAttemptAt: DataTypes.DATE,
    deliveredAt: DataTypes.DATE,
    failedAt: DataTypes.DATE,
    responseStatus: DataTypes.INTEGER,
    error: DataTypes.TEXT,
  },
  {
    sequelize: database,
    tableName: 'webhook_deliveries',
    scopes: { pending: { where: { deliveredAt: null, failedAt: null } } },
  },
);
