import type { RenderedMail } from './render.ts';

/**
 * `messageId` is the complete Message-ID header, `<…@host>`; `to` and `replyTo` are one normalised address each; `language`
 * is a BCP 47 tag. `unsubscribeLink` is a URL that stops mail of this kind with one POST, or null.
 */
export type OutgoingMail = RenderedMail &
  Readonly<{
    messageId: string;
    to: string;
    replyTo: string;
    language: string;
    unsubscribeLink: string | null;
  }>;

/** `send` resolves when the mail server has accepted the mail, and rejects with an error for `classifySmtpError`. */
export type Transport = Readonly<{ send(mail: OutgoingMail): Promise<void>; close(): void }>;
