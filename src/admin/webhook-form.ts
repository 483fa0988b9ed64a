import { z } from 'zod';
import { text } from '../web/form.ts';
import { whyNoDestination } from '../webhooks/destination.ts';
import { type EventType, eventTypes } from '../webhooks/events.ts';

/** An event's name as a field can have it. */
export const keyOfEvent = (type: EventType) => type.replace('.', '-');

export const webhookForm = z.object({
  url: text(500).superRefine((typed, ctx) => {
    const fault = whyNoDestination(typed);
    if (fault) ctx.addIssue(fault);
  }),
  events: z
    .record(z.string(), z.unknown(), { error: 'Choose what to tell' })
    .default({})
    .transform((ticked) => eventTypes.filter((type) => ticked[keyOfEvent(type)] === 'yes'))
    .refine((chosen) => chosen.length > 0, { error: 'Choose at least one' }),
});
