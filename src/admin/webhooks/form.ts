import { z } from 'zod';
import { t } from '../../platform/i18n/i18n.ts';
import { textField } from '../../platform/text/fields.ts';
import { findEndpointUrlError } from '../../webhooks/endpoint.ts';
import { type EventType, eventTypes } from '../../webhooks/events.ts';

/** An event's name as part of a form field's name, where dots aren't possible. */
export const eventFieldName = (type: EventType) => type.replace('.', '-');

export const webhookForm = z.object({
  url: textField(500).superRefine((typed, ctx) => {
    const urlError = findEndpointUrlError(typed);
    if (urlError) ctx.addIssue(urlError);
  }),
  events: z
    .record(z.string(), z.unknown(), { error: () => t('webhooks:new.chooseEvents') })
    .default({})
    .transform((ticked) => eventTypes.filter((type) => ticked[eventFieldName(type)] === 'yes'))
    .refine((chosen) => chosen.length > 0, { error: () => t('webhooks:new.chooseEvents') }),
});
