import { queryRows } from '../../platform/db/database.ts';
import type { Import } from '../import.ts';

const LONGEST_PADDED = 10;

/**
 * Finds ids that differ only in the zeros in front from one that is on file or on an earlier line. A spreadsheet drops these
 * zeros from numbers, so both are probably one person. @returns the other id by id
 */
export async function findIdsWithOtherZeros(
  { id: importId, lastLine }: Import,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const variants = ids.flatMap((id) => variantsOf(id).map((variant) => ({ id, variant })));
  const found = await queryRows<{ id: string; variant: string }>(
    `select input.id, input.variant from unnest($1::text[], $2::text[]) as input (id, variant)
     where exists (select from alumni_members m where m.external_id = input.variant)
       or exists (select from import_rows r where r.import_id = $3 and r.key = input.variant and r.line <= $4)`,
    [variants.map(({ id }) => id), variants.map(({ variant }) => variant), importId, lastLine],
  );
  const chunk = new Set<string>();
  const inChunk = ids.flatMap((id) => {
    const variant = variantsOf(id).find((candidate) => chunk.has(candidate));
    chunk.add(id);
    return variant === undefined ? [] : [[id, variant] as const];
  });
  return new Map([...inChunk, ...found.map(({ id, variant }) => [id, variant] as const)]);
}

/** The same number with fewer or more zeros in front. */
function variantsOf(id: string): string[] {
  if (!/^\d+$/.test(id)) return [];
  const number = id.replace(/^0+(?=\d)/, '');
  const padded = Array.from({ length: Math.max(0, LONGEST_PADDED - number.length) }, (_, zeros) =>
    number.padStart(number.length + zeros + 1, '0'),
  );
  return [number, ...padded].filter((variant) => variant !== id);
}
