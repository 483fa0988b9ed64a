import type { RenderedMail } from './render.ts';

/**
 * `messageId` is the complete Message-ID header, `<…@host>`; `to` is one normalised address; `language` is a BCP 47 tag.
 */
export type OutgoingMail = RenderedMail & Readonly<{ messageId: string; to: string; language: string }>;

/** `send` resolves when the mail server has accepted the mail, and rejects with an error for `classifySmtpError`. */
export type Transport = Readonly<{ send(mail: OutgoingMail): Promise<void>; close(): void }>;
