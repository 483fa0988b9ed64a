import { inTransaction } from '../database.ts';
import { NotFound } from '../errors.ts';
import { retried } from '../invitations/invite.ts';
import { type Campaign, type CampaignState, enqueueStep, holdCampaign, stateOf } from './campaign.ts';
import { checkStep, fillStep } from './check.ts';
import { recallStep } from './recall.ts';
import { sendStep } from './send.ts';

const steps: Readonly<Partial<Record<CampaignState, (campaign: Campaign) => Promise<void>>>> = {
  filling: fillStep,
  checking: checkStep,
  sending: sendStep,
  recalling: recallStep,
};

/**
 * The job: one step of what is to be done with a campaign and, in the same transaction, the job of the next. Killed in the
 * middle, it has done nothing of the step; run twice at once, the second waits and goes on where the first has ended.
 */
export function runCampaign(id: string): Promise<void> {
  return retried(() =>
    inTransaction(async () => {
      const campaign = await holdCampaign(id).catch(ifGone);
      const step = campaign && steps[stateOf(campaign)];
      if (!step) return;
      await step(campaign);
      await enqueueStep(id);
    }),
  );
}

function ifGone(error: unknown): null {
  if (error instanceof NotFound) return null;
  throw error;
}
