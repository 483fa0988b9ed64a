import type { Message } from './messages.ts';

/** The row of `messages` that a mail is filled for. `subjectId` names what it is about, see the template. */
export type TemplateMessage = Readonly<
  Pick<Message, 'id' | 'subjectId' | 'recipient' | 'reference' | 'queuedAt'>
>;

/**
 * One kind of mail. A room exports its templates; the worker fills them when it sends.
 * `views` is a path below `views/` without ending: `<views>.subject.ejs`, `<views>.text.ejs`, `<views>.html.ejs`.
 */
export type MailTemplate = Readonly<{
  name: string;
  views: string;
  /** An invitation, a reminder or a campaign: not sent to those who unsubscribed or complained. */
  isInvitation?: boolean;
  /**
   * Reads the state anew and returns the values for the views, secret links among them: they live no longer than the
   * sending takes. Null when the mail is no longer due (revoked, superseded, account gone): nothing is sent.
   */
  loadValues(message: TemplateMessage): Promise<Readonly<Record<string, unknown>> | null>;
}>;
