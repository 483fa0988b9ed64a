/** One section of the personal-data file. */
export type PersonalDataSource = Readonly<{
  /** The section's key in the file. External programs read it, so don't change it. */
  name: string;
  /** Returns rows or one object, ready for JSON, without secrets or their hashes. `email` is the account's address. */
  read(accountId: string, email: string): Promise<unknown>;
}>;

/** Increment it when a key in the file changes its meaning. */
const FORMAT_VERSION = 1;

/** Collects all data about an account holder, ready to be written as JSON. Dates become ISO 8601. */
export async function collectPersonalData(
  { id, email }: Readonly<{ id: string; email: string }>,
  sources: readonly PersonalDataSource[],
): Promise<Record<string, unknown>> {
  const data: Record<string, unknown> = { format: FORMAT_VERSION, writtenAt: new Date() };
  for (const { name, read } of sources) data[name] = await read(id, email);
  return data;
}
