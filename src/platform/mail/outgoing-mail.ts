import type { RenderedMail } from './render.ts';

/** `messageId` is the whole header, `<…@host>`; `to` is one address in its stored spelling. */
export type OutgoingMail = RenderedMail & Readonly<{ messageId: string; to: string }>;

/** `send` resolves when the mail server has taken the mail, and rejects with its refusal, see `setback.ts`. */
export type Transport = Readonly<{ send(mail: OutgoingMail): Promise<void>; close(): void }>;
