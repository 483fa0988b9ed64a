/** Whose data it is. Staff also look up people without an account, and people of whom only a record is known. */
export type PersonIds = Readonly<{
  accountId: string | null;
  email: string | null;
  /** Their own records. */
  recordIds: readonly string[];
}>;

/** One section of the personal-data file. */
export type PersonalDataSource = Readonly<{
  /** The section's key in the file. External programs read it, so don't change it. */
  name: string;
  /** Returns rows or one object, ready for JSON, without secrets or their hashes. */
  read(person: PersonIds): Promise<unknown>;
}>;

/** Increment it when a key in the file changes its meaning. */
const FORMAT_VERSION = 1;

/** Collects all data about a person, ready to be written as JSON. Dates become ISO 8601. */
export async function collectPersonalData(
  person: PersonIds,
  sources: readonly PersonalDataSource[],
): Promise<Record<string, unknown>> {
  const data: Record<string, unknown> = { format: FORMAT_VERSION, writtenAt: new Date() };
  for (const { name, read } of sources) data[name] = await read(person);
  return data;
}
