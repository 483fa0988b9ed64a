import {
  type Attributes,
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type NonAttribute,
  Op,
} from 'sequelize';
import { Account } from '../accounts/account.ts';
import { Group, type GroupRole } from '../groups/group.ts';
import { Import } from '../imports/import.ts';
import type { ReasonName } from '../invitations/eligibility/eligibility.ts';
import { columnsOf, database } from '../platform/db/database.ts';
import { Conditions, type Cursor, type Page, readPage } from '../platform/db/paging.ts';
import { NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { enqueue } from '../platform/jobs/queue.ts';
import { isId } from '../platform/text/text.ts';

/** Many invitations sent for one purpose. Only the draft that staff confirmed is sent. */
export class Campaign extends Model<InferAttributes<Campaign>, InferCreationAttributes<Campaign>> {
  declare id: CreationOptional<string>;
  declare name: string;
  declare importId: CreationOptional<string | null>;
  declare createdBy: CreationOptional<string | null>;
  /** The origin of the latest request, for the audit events that the worker records later. */
  declare ip: CreationOptional<string | null>;
  declare requestId: CreationOptional<string | null>;
  declare createdAt: CreationOptional<Date>;
  declare recipientsLoadedAt: CreationOptional<Date | null>;
  declare checkedAt: CreationOptional<Date | null>;
  /** Increases with each change of the draft. */
  declare version: CreationOptional<number>;
  declare message: CreationOptional<string>;
  /** For recipients whose language isn’t known. */
  declare language: CreationOptional<string | null>;
  declare validityDays: number;
  /** The group of recipients who have none of their own. */
  declare groupId: CreationOptional<string | null>;
  declare groupRole: CreationOptional<GroupRole | null>;
  declare override: CreationOptional<ReasonName[]>;
  declare confirmedAt: CreationOptional<Date | null>;
  declare confirmedBy: CreationOptional<string | null>;
  declare finishedAt: CreationOptional<Date | null>;
  declare recalledAt: CreationOptional<Date | null>;
  declare recalledBy: CreationOptional<string | null>;
  declare recallReason: CreationOptional<string | null>;
  declare recallFinishedAt: CreationOptional<Date | null>;
  /** When the recipients were deleted after their retention period. */
  declare recipientsPurgedAt: CreationOptional<Date | null>;
  declare recipientCount: CreationOptional<number>;
  /** The worker has processed every recipient up to this position. */
  declare lastPosition: CreationOptional<number>;
  declare checkedCount: CreationOptional<number>;
  /** How many recipients staff confirmed to invite. */
  declare confirmedCount: CreationOptional<number | null>;
  declare invitedCount: CreationOptional<number>;
  declare skippedCount: CreationOptional<number>;
  declare recalledCount: CreationOptional<number>;
  /** The number of recipients by their exact list of reasons, such as `open,declined`. */
  declare reasonCounts: CreationOptional<Readonly<Record<string, number>>>;
  declare outcomeCounts: CreationOptional<Readonly<Record<string, number>>>;

  declare creator?: NonAttribute<Account | null>;
  declare confirmer?: NonAttribute<Account | null>;
  declare recaller?: NonAttribute<Account | null>;
  declare group?: NonAttribute<Group | null>;
  declare source?: NonAttribute<Import | null>;
}

Campaign.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    name: DataTypes.TEXT,
    importId: DataTypes.BIGINT,
    createdBy: DataTypes.BIGINT,
    ip: DataTypes.INET,
    requestId: DataTypes.TEXT,
    createdAt: DataTypes.DATE,
    recipientsLoadedAt: DataTypes.DATE,
    checkedAt: DataTypes.DATE,
    version: DataTypes.INTEGER,
    message: DataTypes.TEXT,
    language: DataTypes.TEXT,
    validityDays: DataTypes.INTEGER,
    groupId: DataTypes.BIGINT,
    groupRole: DataTypes.TEXT,
    override: DataTypes.ARRAY(DataTypes.TEXT),
    confirmedAt: DataTypes.DATE,
    confirmedBy: DataTypes.BIGINT,
    finishedAt: DataTypes.DATE,
    recalledAt: DataTypes.DATE,
    recalledBy: DataTypes.BIGINT,
    recallReason: DataTypes.TEXT,
    recallFinishedAt: DataTypes.DATE,
    recipientsPurgedAt: DataTypes.DATE,
    recipientCount: DataTypes.INTEGER,
    lastPosition: DataTypes.INTEGER,
    checkedCount: DataTypes.INTEGER,
    confirmedCount: DataTypes.INTEGER,
    invitedCount: DataTypes.INTEGER,
    skippedCount: DataTypes.INTEGER,
    recalledCount: DataTypes.INTEGER,
    reasonCounts: DataTypes.JSONB,
    outcomeCounts: DataTypes.JSONB,
  },
  { sequelize: database, tableName: 'campaigns' },
);
Campaign.belongsTo(Account, { as: 'creator', foreignKey: 'createdBy' });
Campaign.belongsTo(Account, { as: 'confirmer', foreignKey: 'confirmedBy' });
Campaign.belongsTo(Account, { as: 'recaller', foreignKey: 'recalledBy' });
Campaign.belongsTo(Group, { as: 'group', foreignKey: 'groupId' });
Campaign.belongsTo(Import, { as: 'source', foreignKey: 'importId' });

export type CampaignState = 'loading' | 'checking' | 'draft' | 'sending' | 'sent' | 'recalling' | 'recalled';

type CampaignStateFacts = Pick<
  Attributes<Campaign>,
  'recipientsLoadedAt' | 'checkedAt' | 'confirmedAt' | 'finishedAt' | 'recalledAt' | 'recallFinishedAt'
>;

/** Derives the state from the timestamps. In state `sent`, every invitation exists but mail may still be queued. */
export function campaignStateOf(campaign: CampaignStateFacts): CampaignState {
  if (campaign.recalledAt) return campaign.recallFinishedAt ? 'recalled' : 'recalling';
  if (campaign.finishedAt) return 'sent';
  if (campaign.confirmedAt) return 'sending';
  if (campaign.checkedAt) return 'draft';
  return campaign.recipientsLoadedAt ? 'checking' : 'loading';
}

/** Includes the accounts that created, confirmed and recalled it, its group and its import. @throws NotFound */
export async function getCampaign(id: string): Promise<Campaign> {
  const include = ['creator', 'confirmer', 'recaller', 'group', 'source'];
  const campaign = isId(id) ? await Campaign.findByPk(id, { include }) : null;
  if (!campaign) throw campaignNotFound();
  return campaign;
}

/** Locks the row until the transaction ends. @throws NotFound */
export async function lockCampaign(id: string): Promise<Campaign> {
  const campaign = isId(id) ? await Campaign.findByPk(id, { lock: true }) : null;
  if (!campaign) throw campaignNotFound();
  return campaign;
}

/** `authorName` is who sent the campaign or, for a draft, who created it. */
export type ListedCampaign = Attributes<Campaign> & Readonly<{ authorName: string | null }>;

/** One page of campaigns, newest first. */
export function listCampaigns(cursor: Cursor | null): Promise<Page<ListedCampaign>> {
  return readPage<ListedCampaign>({
    select: `${columnsOf(Campaign, 'c')}, a.name as author_name`,
    from: 'campaigns c left join accounts a on a.id = coalesce(c.confirmed_by, c.created_by)',
    conditions: new Conditions(),
    order: [{ sql: 'c.id', type: 'bigint' }],
    descending: true,
    cursor,
  });
}

/** The newest sent campaigns, for filters. */
export function listSentCampaigns(limit: number): Promise<Pick<Campaign, 'id' | 'name'>[]> {
  return Campaign.findAll({
    attributes: ['id', 'name'],
    where: { confirmedAt: { [Op.ne]: null } },
    order: [['id', 'DESC']],
    limit,
  });
}

/** Queues the next step with a higher priority than the mail of earlier steps. */
export function enqueueStep(id: string): Promise<void> {
  return enqueue('run-campaign', { campaignId: id }, { key: `campaign:${id}`, priority: -10 });
}

function campaignNotFound(): NotFound {
  return new NotFound(t('campaigns:errors.notFound'));
}
