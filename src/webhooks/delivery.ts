import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { database, NOW } from '../platform/db/database.ts';

/** One event for one webhook, and the result of its delivery. Database triggers create all rows except tests. */
export class WebhookDelivery extends Model<
  InferAttributes<WebhookDelivery>,
  InferCreationAttributes<WebhookDelivery>
> {
  declare id: CreationOptional<string>;
  declare webhookId: string;
  declare eventId: string;
  declare type: string;
  /** The id of the invitation, membership or consent. Everything else is read when the message is sent. */
  declare subjectId: CreationOptional<string | null>;
  declare occurredAt: CreationOptional<Date>;
  /** The time of the next attempt. */
  declare dueAt: CreationOptional<Date>;
  declare attempts: CreationOptional<number>;
  declare lastAttemptAt: CreationOptional<Date | null>;
  declare deliveredAt: CreationOptional<Date | null>;
  declare failedAt: CreationOptional<Date | null>;
  /** The HTTP status of the last attempt; null if there was no response. */
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
