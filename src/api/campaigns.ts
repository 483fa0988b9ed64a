import type { Attributes } from 'sequelize';
import { z } from 'zod';
import { type Campaign, campaignStateOf, getCampaign, listCampaigns } from '../campaigns/campaign.ts';
import { createCampaign, recheckDraft, updateDraft } from '../campaigns/draft.ts';
import { countIncluded, listReasonCounts } from '../campaigns/inclusion.ts';
import { getProgressByCampaign } from '../campaigns/progress.ts';
import { recallCampaign } from '../campaigns/recall.ts';
import { sendCampaign } from '../campaigns/send.ts';
import { reasonNames, warningNames } from '../invitations/eligibility/eligibility.ts';
import { validityDaysField } from '../invitations/validity.ts';
import { actorOf } from '../sign-in/guard.ts';
import { overrideSchema } from './new-invitation.ts';
import { defineOperation } from './operation.ts';
import { toCursor, toPage } from './pagination.ts';
import {
  countsSchema,
  emptySchema,
  groupRoleSchema,
  idSchema,
  pageQuery,
  pageSchema,
  reasonTextSchema,
  textSchema,
  timeSchema,
} from './schemas.ts';

const listedCampaignSchema = z
  .strictObject({
    id: idSchema,
    name: z.string(),
    state: z.enum(['loading', 'checking', 'draft', 'sending', 'sent', 'recalling', 'recalled']),
    version: z.int(),
    message: z.string(),
    validity_days: z.int(),
    group_id: idSchema.nullable(),
    group_role: groupRoleSchema.nullable(),
    override: z.array(z.enum(warningNames as [string, ...string[]])),
    recipient_count: z.int(),
    included_count: z.int().meta({ description: 'How many people it invites; confirm this number' }),
    reasons: z.array(
      z.strictObject({
        name: z.enum(reasonNames),
        severity: z.enum(['blocked', 'warning', 'info']),
        count: z.int(),
      }),
    ),
    created_at: timeSchema,
    confirmed_at: timeSchema.nullable(),
    finished_at: timeSchema.nullable(),
    recalled_at: timeSchema.nullable(),
  })
  .meta({ id: 'ListedCampaign' });

const campaignSchema = listedCampaignSchema
  .extend({ progress: countsSchema.meta({ description: 'How many invitations are in each state' }) })
  .meta({ id: 'Campaign' });

const exampleListed: z.output<typeof listedCampaignSchema> = {
  id: 1,
  name: 'Spring reunion',
  state: 'draft',
  version: 1,
  message: 'See you in May.',
  validity_days: 14,
  group_id: null,
  group_role: null,
  override: [],
  recipient_count: 1,
  included_count: 1,
  reasons: [],
  created_at: '2026-11-25T14:30:00.000Z',
  confirmed_at: null,
  finished_at: null,
  recalled_at: null,
};
const exampleCampaign: z.output<typeof campaignSchema> = { ...exampleListed, progress: { queued: 0 } };

function toListedJson(campaign: Attributes<Campaign>): z.output<typeof listedCampaignSchema> {
  return {
    id: Number(campaign.id),
    name: campaign.name,
    state: campaignStateOf(campaign),
    version: campaign.version,
    message: campaign.message,
    validity_days: campaign.validityDays,
    group_id: campaign.groupId === null ? null : Number(campaign.groupId),
    group_role: campaign.groupRole,
    override: [...campaign.override],
    recipient_count: campaign.recipientCount,
    included_count: countIncluded(campaign as Campaign),
    reasons: listReasonCounts(campaign as Campaign),
    created_at: campaign.createdAt.toISOString(),
    confirmed_at: campaign.confirmedAt?.toISOString() ?? null,
    finished_at: campaign.finishedAt?.toISOString() ?? null,
    recalled_at: campaign.recalledAt?.toISOString() ?? null,
  };
}

async function readCampaign(id: string): Promise<z.output<typeof campaignSchema>> {
  const campaign = await getCampaign(id);
  const progress = (await getProgressByCampaign([campaign.id]))(campaign.id);
  return { ...toListedJson(campaign), progress };
}

const toId = (number: number | null) => (number === null ? null : String(number));

const versionSchema = z.int().min(1).meta({ description: 'As you read it' });

export const listCampaignsOperation = defineOperation({
  method: 'get',
  path: '/v1/campaigns',
  operationId: 'listCampaigns',
  summary: 'List campaigns',
  description: 'Returns one page of 25 campaigns, newest first.',
  permission: 'admin',
  scope: 'campaigns:read',
  query: z.strictObject({ after: pageQuery.after, before: pageQuery.before }),
  body: null,
  status: 200,
  response: pageSchema(listedCampaignSchema),
  problemStatuses: [],
  examples: { query: {}, response: { items: [exampleListed], previous: null, next: null } },
  run: async ({ req, query }) => toPage(req, await listCampaigns(toCursor(query)), toListedJson),
});

export const createCampaignOperation = defineOperation({
  method: 'post',
  path: '/v1/campaigns',
  operationId: 'createCampaign',
  summary: 'Create a campaign',
  description:
    'Creates a draft for the valid rows of a checked import of people to invite. The recipients are then checked: request it until its state is `draft`.',
  permission: 'admin',
  scope: 'campaigns:write',
  query: emptySchema,
  body: z.strictObject({ import_id: idSchema, name: z.string().min(1).max(100) }),
  status: 201,
  response: campaignSchema,
  location: ({ id }) => `/v1/campaigns/${id}`,
  problemStatuses: [404, 409],
  examples: {
    body: { import_id: 2, name: 'Spring reunion' },
    response: { ...exampleCampaign, state: 'loading' },
  },
  async run({ req, res, body: { import_id, name } }) {
    const { id } = await createCampaign({ importId: String(import_id), name }, actorOf(req, res));
    return readCampaign(id);
  },
});

export const getCampaignOperation = defineOperation({
  method: 'get',
  path: '/v1/campaigns/:id',
  operationId: 'getCampaign',
  summary: 'Get a campaign',
  description: 'Returns its settings, the result of the check, and its progress.',
  permission: 'admin',
  scope: 'campaigns:read',
  query: emptySchema,
  body: null,
  status: 200,
  response: campaignSchema,
  problemStatuses: [404],
  examples: { response: exampleCampaign },
  run: ({ id }) => readCampaign(id),
});

export const updateCampaignOperation = defineOperation({
  method: 'post',
  path: '/v1/campaigns/:id/settings',
  operationId: 'updateCampaign',
  summary: 'Change a draft',
  description:
    'Fields that are left out keep their values. 409: the draft has changed since `version`, or was sent.',
  permission: 'admin',
  scope: 'campaigns:write',
  query: emptySchema,
  body: z.strictObject({
    version: versionSchema,
    name: z.string().min(1).max(100).optional(),
    message: textSchema(2_000).optional(),
    validity_days: validityDaysField.optional(),
    group_id: idSchema.nullable().optional(),
    group_role: groupRoleSchema.nullable().optional(),
    override: overrideSchema,
  }),
  status: 200,
  response: campaignSchema,
  problemStatuses: [404, 409],
  examples: { body: { version: 1, message: 'See you in May.' }, response: exampleCampaign },
  async run({ req, res, id, body }) {
    const draft = await getCampaign(id);
    const settings = {
      name: body.name ?? draft.name,
      message: body.message ?? draft.message,
      language: draft.language,
      validityDays: body.validity_days ?? draft.validityDays,
      groupId: body.group_id === undefined ? draft.groupId : toId(body.group_id),
      groupRole: body.group_role === undefined ? draft.groupRole : body.group_role,
      override: body.override ?? draft.override,
    };
    await updateDraft(id, body.version, settings, actorOf(req, res));
    return readCampaign(id);
  },
});

export const checkCampaignOperation = defineOperation({
  method: 'post',
  path: '/v1/campaigns/:id/checks',
  operationId: 'checkCampaign',
  summary: 'Check the recipients again',
  description: 'Checks the eligibility of all recipients of a draft again.',
  permission: 'admin',
  scope: 'campaigns:write',
  query: emptySchema,
  body: z.strictObject({ version: versionSchema }),
  status: 200,
  response: campaignSchema,
  problemStatuses: [404, 409],
  examples: { body: { version: 2 }, response: { ...exampleCampaign, state: 'checking' } },
  async run({ req, res, id, body: { version } }) {
    await recheckDraft(id, version, actorOf(req, res));
    return readCampaign(id);
  },
});

export const sendCampaignOperation = defineOperation({
  method: 'post',
  path: '/v1/campaigns/:id/sending',
  operationId: 'sendCampaign',
  summary: 'Send a campaign',
  description: 'Send `version` and `included_count` as you read them, so that what you saw is what is sent.',
  permission: 'admin',
  scope: 'campaigns:write',
  query: emptySchema,
  body: z.strictObject({ version: versionSchema, count: z.int().min(1) }),
  status: 200,
  response: campaignSchema,
  problemStatuses: [404, 409],
  examples: { body: { version: 3, count: 1 }, response: { ...exampleCampaign, state: 'sending' } },
  async run({ req, res, id, body }) {
    await sendCampaign(id, body, actorOf(req, res));
    return readCampaign(id);
  },
});

export const recallCampaignOperation = defineOperation({
  method: 'post',
  path: '/v1/campaigns/:id/recall',
  operationId: 'recallCampaign',
  summary: 'Recall a campaign',
  description: 'Revokes its open invitations.',
  permission: 'admin',
  scope: 'campaigns:write',
  query: emptySchema,
  body: z.strictObject({ reason: reasonTextSchema }),
  status: 200,
  response: campaignSchema,
  problemStatuses: [404, 409],
  examples: { body: { reason: 'The wrong list' }, response: { ...exampleCampaign, state: 'recalling' } },
  async run({ req, res, id, body: { reason } }) {
    await recallCampaign(id, reason, actorOf(req, res));
    return readCampaign(id);
  },
});
