import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import type { GroupRole } from '../groups/group.ts';
import type { ReasonName } from '../invitations/eligibility/eligibility.ts';
import { database } from '../platform/db/database.ts';

/** What happened to an included recipient: invited, or why not. */
export type RecipientOutcome = 'invited' | ReasonName | 'group-archived' | 'group-forbidden' | 'recalled';

/** The most serious reason, or `ready`. */
export type RecipientStatus = ReasonName | 'ready';

/** A recipient of a campaign. `reasons`, `status` and `explanation` are null until the check. */
export class CampaignRecipient extends Model<
  InferAttributes<CampaignRecipient>,
  InferCreationAttributes<CampaignRecipient>
> {
  declare campaignId: string;
  /** The line in the file. */
  declare position: number;
  declare email: string;
  declare name: CreationOptional<string>;
  /** This and `language`, `groupId` and `groupRole` replace the campaign’s. */
  declare message: CreationOptional<string | null>;
  declare language: CreationOptional<string | null>;
  declare groupId: CreationOptional<string | null>;
  declare groupRole: CreationOptional<GroupRole | null>;
  declare reasons: CreationOptional<ReasonName[] | null>;
  declare status: CreationOptional<RecipientStatus | null>;
  declare explanation: CreationOptional<string | null>;
  declare outcome: CreationOptional<RecipientOutcome | null>;
  declare invitationId: CreationOptional<string | null>;
}

CampaignRecipient.init(
  {
    campaignId: { type: DataTypes.BIGINT, primaryKey: true },
    position: { type: DataTypes.INTEGER, primaryKey: true },
    email: DataTypes.CITEXT,
    name: DataTypes.TEXT,
    message: DataTypes.TEXT,
    language: DataTypes.TEXT,
    groupId: DataTypes.BIGINT,
    groupRole: DataTypes.TEXT,
    reasons: DataTypes.ARRAY(DataTypes.TEXT),
    status: DataTypes.TEXT,
    explanation: DataTypes.TEXT,
    outcome: DataTypes.TEXT,
    invitationId: DataTypes.BIGINT,
  },
  { sequelize: database, tableName: 'campaign_recipients' },
);
