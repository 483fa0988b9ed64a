import {
  getAlumniRecordOperation,
  putAlumniRecordOperation,
  putAlumniRecordsOperation,
  searchAlumniOperation,
} from './alumni.ts';
import { createInvitationsOperation } from './bulk-invitations.ts';
import {
  checkCampaignOperation,
  createCampaignOperation,
  getCampaignOperation,
  listCampaignsOperation,
  recallCampaignOperation,
  sendCampaignOperation,
  updateCampaignOperation,
} from './campaigns.ts';
import { listConsentsOperation } from './consents.ts';
import { generateInviteLinkOperation, redeemInviteLinkOperation } from './group-links.ts';
import { listGroupsOperation } from './groups.ts';
import {
  confirmImportOperation,
  getImportOperation,
  listImportsOperation,
  undoImportOperation,
  uploadImportOperation,
} from './imports.ts';
import {
  correctAddressOperation,
  createInvitationOperation,
  extendInvitationOperation,
  getInvitationOperation,
  listInvitationsOperation,
  resendInvitationOperation,
  revokeInvitationOperation,
} from './invitations.ts';
import type { Operation } from './operation.ts';
import { approveRequestOperation, dismissRequestOperation, listRequestsOperation } from './requests.ts';
import { getTokenOperation } from './token.ts';
import {
  createWebhookOperation,
  deleteWebhookOperation,
  getWebhookOperation,
  listWebhooksOperation,
  pauseWebhookOperation,
  resumeWebhookOperation,
} from './webhooks.ts';

/** All operations of the API. Fixed paths come before paths with `:id`. */
export const operations: readonly Operation[] = [
  getTokenOperation,
  listInvitationsOperation,
  createInvitationOperation,
  createInvitationsOperation,
  getInvitationOperation,
  resendInvitationOperation,
  extendInvitationOperation,
  correctAddressOperation,
  revokeInvitationOperation,
  listGroupsOperation,
  generateInviteLinkOperation,
  redeemInviteLinkOperation,
  searchAlumniOperation,
  putAlumniRecordsOperation,
  getAlumniRecordOperation,
  putAlumniRecordOperation,
  listImportsOperation,
  uploadImportOperation,
  getImportOperation,
  confirmImportOperation,
  undoImportOperation,
  listCampaignsOperation,
  createCampaignOperation,
  getCampaignOperation,
  updateCampaignOperation,
  checkCampaignOperation,
  sendCampaignOperation,
  recallCampaignOperation,
  listRequestsOperation,
  approveRequestOperation,
  dismissRequestOperation,
  listConsentsOperation,
  listWebhooksOperation,
  createWebhookOperation,
  getWebhookOperation,
  pauseWebhookOperation,
  resumeWebhookOperation,
  deleteWebhookOperation,
];
