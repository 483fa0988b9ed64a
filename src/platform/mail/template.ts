import type { Message } from './messages.ts';

/** The message that a mail is composed for. The template defines what `subjectId` refers to. */
export type TemplateMessage = Readonly<
  Pick<Message, 'id' | 'subjectId' | 'recipient' | 'reference' | 'queuedAt'>
>;

/**
 * What the views of a mail show. `unsubscribeLink` is also a header: mail that `unsubscribed` stops must have it.
 */
export type MailValues = Readonly<Record<string, unknown> & { unsubscribeLink?: string }>;

/**
 * One kind of mail. `views` is a path below `views/` without extension: `<views>.subject.ejs`, `<views>.text.ejs`,
 * `<views>.html.ejs`.
 */
export type MailTemplate = Readonly<{
  name: string;
  views: string;
  /** Invitations, reminders and campaign mail are not sent to people who unsubscribed or complained. */
  isInvitation?: boolean;
  /**
   * Loads the values for the views when the mail is sent, including secret links, which are never stored. Null if the mail is
   * no longer due (revoked, superseded, account deleted).
   */
  loadValues(message: TemplateMessage): Promise<MailValues | null>;
}>;
