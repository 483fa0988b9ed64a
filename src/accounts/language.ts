import { Account } from './account.ts';

/** Saves the language that a person chose for pages and mails. */
export async function chooseLanguage(accountId: string, language: string): Promise<void> {
  await Account.update({ language }, { where: { id: accountId } });
}
