import { retryOnConflict } from '../invitations/invite.ts';
import { inTransaction } from '../platform/db/database.ts';
import { NotFound } from '../platform/errors.ts';
import { type Campaign, type CampaignState, campaignStateOf, enqueueStep, lockCampaign } from './campaign.ts';
import { checkRecipientsStep, loadRecipientsStep } from './check.ts';
import { recallStep } from './recall.ts';
import { sendStep } from './send.ts';

const steps: Readonly<Partial<Record<CampaignState, (campaign: Campaign) => Promise<void>>>> = {
  loading: loadRecipientsStep,
  checking: checkRecipientsStep,
  sending: sendStep,
  recalling: recallStep,
};

/**
 * The job: runs one step of a campaign and queues the next in the same transaction. A killed worker loses only its
 * current step. A second worker waits for the lock and continues where the first one stopped.
 */
export function runCampaign(id: string): Promise<void> {
  return retryOnConflict(() =>
    inTransaction(async () => {
      const campaign = await lockCampaign(id).catch(nullIfNotFound);
      const step = campaign && steps[campaignStateOf(campaign)];
      if (!step) return;
      await step(campaign);
      await enqueueStep(id);
    }),
  );
}

function nullIfNotFound(error: unknown): null {
  if (error instanceof NotFound) return null;
  throw error;
}
