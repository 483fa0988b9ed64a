import type { ImportKindName } from '../import.ts';
import { inviteesKind } from './invitees.ts';
import type { ImportKind } from './kind.ts';
import { alumniKind } from './records.ts';

const importKinds: Readonly<Record<ImportKindName, ImportKind>> = {
  alumni: alumniKind,
  invitees: inviteesKind,
};

export function importKindOf({ kind }: Readonly<{ kind: ImportKindName }>): ImportKind {
  return importKinds[kind];
}
