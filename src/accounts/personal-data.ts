/** One part of what is held about a person. Each room whose tables know of people has some. */
export type PersonalDataSource = Readonly<{
  /** Its name in the file: part of what outside programs read, so it stays. */
  name: string;
  /** Rows or one object, fit for JSON: no secret and no hash of one. `email` is the account's address. */
  read(accountId: string, email: string): Promise<unknown>;
}>;

/** Raised when a name in the file changes its meaning. */
const FORMAT_VERSION = 1;

/** Everything that is held about the person of an account, ready to be written as JSON; dates become ISO 8601. */
export async function collectPersonalData(
  { id, email }: Readonly<{ id: string; email: string }>,
  sources: readonly PersonalDataSource[],
): Promise<Record<string, unknown>> {
  const data: Record<string, unknown> = { format: FORMAT_VERSION, writtenAt: new Date() };
  for (const { name, read } of sources) data[name] = await read(id, email);
  return data;
}
